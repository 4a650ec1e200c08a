"""`amparo answer`: the production answer to the questions of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from amparo import wiring
from amparo.bot import knowledge_base
from amparo.bot.evaluate import load_agent, read_cases, write_lines
from amparo.bot.replies import Replies
from amparo.bot.understand import hear
from amparo.core.model import Understanding

CHANNEL = "telegram"


def reply_to(understood: Understanding) -> dict[str, Any]:
    """The same choice that the dialogue's rules make, for a new person."""
    app = wiring.application()
    language = app.content.languages.nearest(understood.lang) if understood.lang else "es"
    replies = Replies(knowledge_base.shared(), language, CHANNEL, app.clock.now())
    return _line(understood, replies.answer(understood, {}))


def _line(understood: Understanding, said: Any) -> dict[str, Any]:
    return {
        "lang": understood.lang,
        "fact_ids": list(said.decision.fact_ids),
        "decision": said.decision.kind,
        "text": "\n".join(text.text for text in said.texts),
    }


async def answers(cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One line per case, in order."""
    agent = load_agent()
    words = wiring.application().content.exact_words
    rows = []
    for case in cases:
        heard = await hear(agent, words, str(case.get("text") or ""))
        rows.append({"id": case.get("id"), **reply_to(heard.understood)})
    return rows


def run(cases: Path, out: Path) -> int:
    """The command. Exit code 0."""
    from amparo import run as runner

    runner.prepare_environment()
    write_lines(out, asyncio.run(answers(read_cases(cases))))
    return 0
