"""`amparo check-offer`: the production job-offer check over the adverts of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from amparo import wiring
from amparo.bot import knowledge_base
from amparo.bot.evaluate import load_agent, read_cases, write_lines
from amparo.bot.offer_replies import offer_facts
from amparo.bot.replies import Replies
from amparo.bot.understand import hear
from amparo.core import job_offer


async def verdicts(cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One line per advert, in order."""
    agent = load_agent()
    app = wiring.application()
    base = knowledge_base.shared()
    rows = []
    for case in cases:
        text = str(case.get("text") or "")
        understood = (await hear(agent, app.content.exact_words, text)).understood
        verdict = job_offer.judge(base.signs.find(text, understood.lang), base.knowledge.indicators, offer_facts(understood))
        language = app.content.languages.nearest(understood.lang)
        said = Replies(base, language, "telegram", app.clock.now()).offers.texts(verdict)
        rows.append(
            {
                "id": case.get("id"),
                "lang": understood.lang,
                "signs": [{"id": sign.indicator, "quote": sign.quote} for sign in verdict.signs],
                "strength": verdict.strength,
                "text": "\n".join(one.text for one in said),
            }
        )
    return rows


def run(cases: Path, out: Path) -> int:
    """The command. Exit code 0."""
    from amparo import run as runner

    runner.prepare_environment()
    write_lines(out, asyncio.run(verdicts(read_cases(cases))))
    return 0
