"""No warning that a helpline's source gave is missing in what the reader gets, in any of the five languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from amparo.core.model import LANGUAGES
from amparo.store import content_warnings, knowledge_files

CONTENT = Path(__file__).resolve().parents[2] / "content"
WARNED = {
    "police": (
        "bo-felcv bo-trata-felcc br-conare br-disque-100-trafico br-emergencia-190 br-policia-federal ca-chth cl-1455 "
        "cl-147 cl-emergencia cl-linea-libre-1515 co-defensoria co-emergencia-123 co-linea-155 co-trata cr-emergencia-911 "
        "cu-fiscalia do-linea-mujer-212 ec-1800-delito-trata ec-defensoria-pueblo ec-dinapen-ninez ec-ecu911 es-112 "
        "es-trata-policia fr-ac-se gt-1546-pgn gt-1571-idpp gt-1572 gt-pdh-1555 gt-trata-svet-pnc hn-114 hn-145 "
        "hn-conadeh-132 jm-119 jm-natfatip mx-emergencia-911 mx-trata-lnctp ni-133-mujer ni-133-trata ni-comisaria-mujer "
        "ni-emergencia-118 pe-defensoria pe-emergencia pe-linea-1818 py-fono-ayuda-147 py-fono-mujer-137 sr-tip-unit "
        "sv-emergencia-911 us-911 us-nhth ve-0800-mujeres"
    ),
    "immigration": (
        "ar-dnm br-disque-100-criancas br-dpu br-emergencia-190 br-policia-federal bz-911 bz-human-services cl-emergencia "
        "cl-sermig co-asilo-cancilleria co-defensoria co-trata cr-911-trata cr-acnur do-911 do-dgm ec-defensoria-pueblo "
        "ec-migracion es-112 gt-igm gt-pdh-1555 hn-conadeh-132 mx-ninez-procuraduria ni-acnur-fuera pa-182 pa-snm "
        "pe-defensoria pt-aima pt-apav py-conare tt-999 tt-cchr tt-immigration us-911 us-immigration-law-help "
        "us-orr-call-center us-uscis"
    ),
    "complaint": ("ar-linea-137 cl-1455 cl-147 co-fiscalia-122 do-linea-vida ec-dinapen-ninez es-112 mx-cndh uy-trata-inmujeres"),
    "shared": (
        "ar-linea-145 ca-chth ca-service-canada-tip co-asilo-cancilleria do-911 do-mudha mx-comar mx-trata-lnctp "
        "ni-133-trata py-fono-ayuda-147 us-911 us-nhth us-orr-call-center"
    ),
    "detains": ("do-dgm mx-inm pa-snm tt-immigration us-immigration-law-help us-orr-call-center"),
    "closed": ("gt-acnur-capmir ni-133-mujer sv-ormusa tt-unhcr-remote"),
}
"""Warning -> helplines whose source gives it, as it was when their notes were written."""


@pytest.mark.parametrize("cue", WARNED)
def test_the_warning_stands_in_every_language(cue: str) -> None:
    services = knowledge_files.load(CONTENT).services
    missing = [
        f"{identifier}.{lang}"
        for identifier in WARNED[cue].split()
        for lang in LANGUAGES
        if cue not in content_warnings.cues_of(services[identifier].note.get(lang, ""))
    ]
    assert missing == []


def test_the_check_names_a_language_that_lost_a_warning_or_a_number() -> None:
    knowledge = knowledge_files.load(CONTENT)
    line = knowledge.services["us-nhth"]
    mute = {**line.note, "ht": "Rele yo.", "es": line.note["es"].replace("2025", "2024")}
    changed = replace(knowledge, services={"us-nhth": replace(line, note=mute)})
    said = [text for _, owner, text in content_warnings.problems(changed) if owner == "us-nhth"]
    assert len(said) == 2 and any("note.ht" in t and "police" in t for t in said) and any("2024" in t and "note.es" in t for t in said)
