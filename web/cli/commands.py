"""The terminal: `pfadfinder ingest | index | search | match | export | show | serve | stats | eval | user | ...`.

Exit codes: 0 done, 1 nothing found (or, for `index --check`, nothing that fits), 2 wrong usage, 3 faulty input,
4 a database, index or model that cannot be used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from kb.errors import Faulty, InvalidFilter, NotFound, PfadfinderError
from kb.filters import FACETS, FILTERS, HAS_FIGURES
from kb.text import LANGUAGES
from web.cli import finding, running
from web.cli.links import check_links
from web.cli.people import people
from web.cli.terminal import Exit, Terminal
from web.settings import InvalidSetting

# Named here too: their module would be imported for every call of the program.
EXPORT_FORMATS = ("csv", "xlsx", "json", "jsonl", "yaml", "bibtex")


def build(terminal: Terminal) -> click.Group:
    """Return the commands with their help in the language of the terminal."""
    words = terminal.words
    group = click.Group("pfadfinder", help=words("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})

    def command(name: str, action: Callable[..., Exit], *params: click.Parameter) -> None:
        def run(**values: Any) -> None:
            sys.exit(action(terminal, **values))

        group.add_command(click.Command(name, callback=run, params=list(params), help=words(f"cli.{name}.help")))

    def option(*names: str, key: str, **rest: Any) -> click.Option:
        return click.Option(names, help=words(f"cli.option.{key}"), **rest)

    def as_json() -> click.Option:
        return option("--json", "as_json", key="json", is_flag=True)

    def lang() -> click.Option:
        return option("--lang", key="lang", type=click.Choice(LANGUAGES))

    def narrowing() -> list[click.Option]:
        return [
            option("--has-figures", HAS_FIGURES, key=HAS_FIGURES, is_flag=True)
            if name == HAS_FIGURES
            else option(f"--{name.replace('_', '-')}", name, key=name, multiple=name in (*FACETS, "kind"))
            for name in FILTERS
        ]

    existing = click.Path(path_type=Path, exists=True)
    command(
        "ingest",
        running.ingest,
        click.Argument(["path"], required=False, type=existing),
        option("--dry-run", key="dry_run", is_flag=True),
        as_json(),
    )
    command("index", running.index, option("--check", key="check", is_flag=True), as_json())
    command(
        "search",
        finding.search,
        click.Argument(["query"]),
        option("--without", key="without", multiple=True),
        *narrowing(),
        option("--by-effect", key="by_effect", is_flag=True),
        option("--page", key="page", type=click.IntRange(min=1), default=1),
        lang(),
        as_json(),
    )
    command(
        "match",
        finding.match,
        click.Argument(["file"], type=click.File("rb")),
        *narrowing(),
        option("--page", key="page", type=click.IntRange(min=1), default=1),
        lang(),
        as_json(),
    )
    command(
        "export",
        finding.export,
        click.Argument(["target"], type=click.Path(path_type=Path, allow_dash=True)),
        option("--query", "-q", key="query", default=""),
        option("--without", key="without", multiple=True),
        *narrowing(),
        option("--by-effect", key="by_effect", is_flag=True),
        option("--format", key="format", type=click.Choice(EXPORT_FORMATS)),
        lang(),
    )
    command("show", finding.show, click.Argument(["case_id"], metavar="ID"), lang(), as_json())
    command(
        "serve",
        running.serve,
        option("--host", key="host", default="127.0.0.1", show_default=True),
        option("--port", key="port", type=click.IntRange(0, 65535)),
    )
    command("stats", running.stats, as_json())
    command(
        "eval",
        running.evaluate,
        click.Argument(["file"], default="dev"),
        option("--save", key="save", type=click.Path(path_type=Path, dir_okay=False)),
        option("--against", key="against", type=existing),
        as_json(),
    )
    group.add_command(people(terminal))
    group.add_command(check_links(terminal))
    return group


def main(arguments: Iterable[str] | None = None) -> None:
    """Run the program with `arguments`, by default those of the process."""
    terminal = Terminal(dict(os.environ))
    try:
        build(terminal)(args=list(arguments) if arguments is not None else None, prog_name="pfadfinder")
    except (InvalidFilter, InvalidSetting) as error:
        _fail(error, terminal, Exit.USAGE)
    except Faulty as error:
        _fail(error, terminal, Exit.FAULTY)
    except NotFound as error:
        _fail(error, terminal, Exit.NOTHING)
    except PfadfinderError as error:
        _fail(error, terminal, Exit.UNUSABLE)


def _fail(error: PfadfinderError, terminal: Terminal, code: Exit) -> None:
    click.echo(error.describe(terminal.language), err=True)
    sys.exit(code)
