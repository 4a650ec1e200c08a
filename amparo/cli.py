"""The `amparo` command. Every sub-command is a thin, late import, so that help is instant."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any


def parser() -> argparse.ArgumentParser:
    """All sub-commands."""
    top = argparse.ArgumentParser(prog="amparo", description="Information and a warm handoff to a human counselor.")
    sub = top.add_subparsers(dest="command", required=True)
    sub.add_parser("run", help="start assistant, desk and jobs")
    sub.add_parser("train", help="train where data, content or component code changed")
    sub.add_parser("migrate", help="bring the database to the newest schema")
    sub.add_parser("chat", help="talk to Amparo in the terminal")
    sub.add_parser("settings", help="print every setting")
    sub.add_parser("purge", help="delete what has outlived its retention, now")
    sub.add_parser("live-check", help="what is missing before real people may use it")
    evaluate = sub.add_parser("evaluate", help="understand the texts of a JSONL file")
    evaluate.add_argument("cases", type=Path)
    evaluate.add_argument("--out", type=Path, required=True)
    evaluate.add_argument("--report", type=Path)
    for name, about in (("answer", "answer the questions of a JSONL file"), ("check-offer", "check the job adverts of a JSONL file")):
        one = sub.add_parser(name, help=about)
        one.add_argument("cases", type=Path)
        one.add_argument("--out", type=Path, required=True)
    content = sub.add_parser("content", help="check, report, export, import, worksheets, fill or schemas: content/")
    content.add_argument("action", choices=["check", "report", "export", "import", "worksheets", "fill", "schemas"])
    content.add_argument("file", type=Path, nargs="?")
    channels = sub.add_parser("channels", help="check or set up the channels")
    channels.add_argument("action", choices=["check", "setup"])
    counselor = sub.add_parser("counselor", help="desk users").add_subparsers(dest="action", required=True)
    add = counselor.add_parser("add")
    add.add_argument("name")
    add.add_argument("--role", default="counselor")
    add.add_argument("--languages", default="es pt en fr ht")
    add.add_argument("--password-stdin", action="store_true")
    known = counselor.add_parser("set", help="a woman or a man, and what an account interprets")
    known.add_argument("name")
    known.add_argument("--woman", action="store_true")
    for account in (add, known):
        account.add_argument("--man", action="store_true", help="without it: a woman")
        account.add_argument("--interprets", metavar="CODES", help='languages that the account interprets, such as "qu ay"; "" for none')
        account.add_argument("--town", default="", help="the interpreter's town, said to her, so that she can refuse")
    for action in ("disable", "reset"):
        one = counselor.add_parser(action)
        one.add_argument("name")
        one.add_argument("--password-stdin", action="store_true")
    return top


def main(argv: list[str] | None = None) -> int:
    """Runs a sub-command. Exit codes: 0 done, 1 it found problems, 2 it was refused."""
    args = parser().parse_args(argv)
    from amparo.settings import SettingsError

    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return int(COMMANDS[args.command](args) or 0)
    except SettingsError as error:
        print("Amparo does not start:\n- " + "\n- ".join(error.problems), file=sys.stderr)
        return 2


def _run(_args: Any) -> int:
    from amparo import run

    return run.main()


def _train(_args: Any) -> int:
    from amparo import run

    run.prepare_environment()
    return run.train(force=False)


def _migrate(_args: Any) -> int:
    from amparo import run, wiring
    from amparo.store import migrate

    run.prepare_environment()
    migrate.upgrade(wiring.application().settings.database_url)
    return 0


def _chat(_args: Any) -> int:
    from amparo import chat

    return chat.main()


def _settings(_args: Any) -> int:
    from amparo import settings

    print(settings.table())
    return 0


def _evaluate(args: Any) -> int:
    from amparo.bot import evaluate

    return evaluate.run(args.cases, args.out, args.report)


def _answer(args: Any) -> int:
    from amparo.bot import answer_cases

    return answer_cases.run(args.cases, args.out)


def _check_offer(args: Any) -> int:
    from amparo.bot import offer_cases

    return offer_cases.run(args.cases, args.out)


def _content(args: Any) -> int:
    from amparo.store import content_check, content_report, content_schema, content_sheet, content_worksheets

    root = Path(os.environ.get("AMPARO_CONTENT", "content"))
    if args.action == "check":
        return content_check.main(root)
    if args.action == "report":
        return content_report.main(root, args.file or Path("var/content-report"))
    if args.action == "worksheets":
        return content_worksheets.write_main(root, args.file or Path("var/worksheets"))
    if args.action == "schemas":
        content_schema.write(root / "schemas")
        return 0
    if args.action == "fill":
        return content_worksheets.fill_main(root, args.file)
    file = args.file or Path("content.xlsx")
    return content_sheet.export_main(root, file) if args.action == "export" else content_sheet.import_main(root, file)


def _channels(args: Any) -> int:
    from channels import setup

    return setup.main(args.action)


def _counselor(args: Any) -> int:
    from amparo import run, wiring
    from amparo.desk import accounts
    from amparo.store import migrate

    run.prepare_environment()
    migrate.upgrade(wiring.application().settings.database_url)
    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else ""

    async def work() -> None:
        services = wiring.services()
        try:
            if args.action == "add":
                await accounts.add(services, args.name, args.role, password or _ask(), args.languages, woman=not args.man)
                await _about(services, args)
            elif args.action == "set":
                await _about(services, args)
            elif args.action == "disable":
                await accounts.change(services, args.name, active=0)
            else:
                await accounts.change(services, args.name, password=password or _ask(), active=1, totp_on=0, totp_enc=None)
        finally:
            await wiring.close()

    try:
        asyncio.run(work())
    except accounts.AccountError as error:
        print(str(error), file=sys.stderr)
        return 2
    print(f"{args.name}: done")
    return 0


async def _about(services: Any, args: Any) -> None:
    """A woman or a man, and what the account interprets. Raises AccountError."""
    from amparo.desk import accounts, interpreting

    identifier = await accounts.id_of(services, args.name)
    if args.man or getattr(args, "woman", False):
        await accounts.set_woman(services, identifier, not args.man, "host")
    if args.interprets is not None:
        await interpreting.mark(services, identifier, args.interprets, args.town)


def _ask() -> str:
    import getpass

    return getpass.getpass("Password: ")


def _purge(_args: Any) -> int:
    from amparo import wiring
    from amparo.jobs.purge import Purge

    async def work() -> dict[str, int]:
        try:
            return await Purge(wiring.services()).round()
        finally:
            await wiring.close()

    print(asyncio.run(work()))
    return 0


def _live_check(_args: Any) -> int:
    from amparo import live_check

    return live_check.main()


COMMANDS = {
    "run": _run,
    "train": _train,
    "migrate": _migrate,
    "chat": _chat,
    "settings": _settings,
    "evaluate": _evaluate,
    "answer": _answer,
    "check-offer": _check_offer,
    "content": _content,
    "channels": _channels,
    "counselor": _counselor,
    "purge": _purge,
    "live-check": _live_check,
}
