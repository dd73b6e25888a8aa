"""The terminal: `pfadfinder check-links`, which asks the sources of cases whether they still answer."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from kb.errors import NotFound
from kb.permissions import OPERATOR

if TYPE_CHECKING:
    from web.cli.terminal import Terminal


def check_links(terminal: Terminal) -> click.Command:
    """Return the command with its help in the language of the terminal. Nothing else ever asks a source by itself."""
    words = terminal.words

    def run(case_ids: tuple[str, ...], as_json: bool) -> None:
        from web.cli.link_checking import answers_now, check_sources

        with terminal.services.store() as store:
            cases = store.get_many(case_ids) if case_ids else list(store.all())
            for case_id in set(case_ids) - {case.id for case in cases}:
                raise NotFound("case", case_id)
            answers = check_sources(store, cases, OPERATOR, progress=terminal.progress("cli.progress.check-links"))
        silent = [answer for answer in answers if not answers_now(answer)]
        if as_json:
            found = [
                {
                    "url": answer.url,
                    "state": answer.state.value,
                    "status": answer.status,
                    "moved_to": answer.moved_to,
                    "reason": answer.reason[terminal.language] if answer.reason else None,
                }
                for answer in answers
            ]
            click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            for answer in answers:
                why = answer.reason[terminal.language] if answer.reason else f"HTTP {answer.status}"
                if answer in silent:
                    click.echo(words("cli.check-links.silent", url=answer.url, why=why))
                elif answer.moved_to:
                    click.echo(words("cli.check-links.moved", url=answer.url, to=answer.moved_to))
            click.echo(words("cli.check-links.done", n=len(answers), silent=len(silent)))
        sys.exit(1 if silent else 0)

    return click.Command(
        "check-links",
        callback=run,
        params=[
            click.Argument(["case_ids"], nargs=-1, metavar="[ID]..."),
            click.Option(["--json", "as_json"], is_flag=True, help=words("cli.option.json")),
        ],
        help=words("cli.check-links.help"),
    )
