"""`amparo live-check`: what is missing before real people may use this (DH-15). A gate, not a promise."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from amparo import wiring
from amparo.core.hours import holidays_run_out
from amparo.core.model import LANGUAGES

SIGNED = ("danger", "suicide", "minors", "consent", "limits", "exit")
CALLED_DAYS = 90


def missing(root: Path, today: date) -> list[str]:
    """One sentence per missing thing."""
    from amparo.store.content_files import ContentFiles
    from amparo.store.yaml_files import read

    content = ContentFiles(root)
    path = root / "live.yml"
    signed = (read(path) or {}) if path.exists() else {}
    lines = []
    for lang in LANGUAGES:
        done = set((signed.get("reviewed") or {}).get(lang) or ())
        lines += [f"{lang}: nobody has signed the {text} texts" for text in SIGNED if text not in done]
    for country in signed.get("countries") or ():
        numbers = [s for s in content.knowledge.services.values() if s.country == country and s.kind == "emergency"]
        fresh = [s for s in numbers if s.called_on and today - s.called_on <= timedelta(days=CALLED_DAYS)]
        if not fresh:
            lines.append(f"{country}: no emergency number was called within {CALLED_DAYS} days")
        if not (root / "policy" / f"{country.lower()}.yml").exists():
            lines.append(f"{country}: no policy file signed by a lawyer")
        lines += _cards(root, country)
    if not signed.get("countries"):
        lines.append("no country is named in content/live.yml")
    for role in ("supervisor", "on_call", "data_protection_assessment"):
        if not signed.get(role):
            lines.append(f"{role.replace('_', ' ')} is missing in content/live.yml")
    if holidays_run_out(content.helpline.schedule, today):
        lines.append("the holiday table runs out within 45 days")
    return lines


def _cards(root: Path, country: str) -> list[str]:
    """The fields of a country's policy, health and rescue card that are empty, and cards that nobody signed (DH-20)."""
    from amparo.store.content_schema import CARDS
    from amparo.store.yaml_files import read

    lines = []
    for name, fields in CARDS.items():
        path = root / name / f"{country.lower()}.yml"
        card = (read(path) or {}) if path.exists() else {}
        have = card.get("fields") or {}
        lines += [
            f"{country}: {field.replace('_', ' ')} is missing in content/{name}/{country.lower()}.yml"
            for field in fields
            if not have.get(field)
        ]
        if card and not card.get("signed_on"):
            lines.append(f"{country}: nobody has signed content/{name}/{country.lower()}.yml")
    return lines


def main() -> int:
    """Prints what is missing; exit code 1 where anything is."""
    lines = missing(wiring.application().settings.content, date.today())
    print("\n".join(lines) if lines else "Nothing is missing.")
    return 1 if lines else 0
