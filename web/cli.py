"""The terminal: `pfadfinder ingest | index | search | match | export | show | serve | stats | eval | user | ...`.

Exit codes: 0 done, 1 nothing found (or, for `index --check`, nothing that fits), 2 wrong usage, 3 faulty input,
4 a database, index or model that cannot be used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from kb.effects import EFFECT_PARAMETERS
from kb.errors import Faulty, InvalidFilter, NotFound, PfadfinderError
from kb.filters import FACETS, HAS_FIGURES, Filters, resolve
from kb.text import LANGUAGES, Language, Text
from web.cli_ingest import dry_run as of_file
from web.cli_links import check_links
from web.cli_people import people
from web.i18n import Translator
from web.settings import InvalidSetting, Settings, terminal_language

if TYPE_CHECKING:
    from web.terminal import Lines
    from web.wiring import Services, Watch

# Named here too: their module would be imported for every call of the program.
EXPORT_FORMATS = ("csv", "xlsx", "json", "jsonl", "yaml", "bibtex")


class Exit(IntEnum):
    """What a script can tell from the exit code."""

    DONE = 0
    NOTHING = 1
    USAGE = 2
    FAULTY = 3
    UNUSABLE = 4


class Terminal:
    """One call of the program. Services are made when a command needs them: `--help` loads no model."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.language: Language = terminal_language(environment)
        self.words = Translator(self.language)

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_environment(self.environment)

    @cached_property
    def services(self) -> Services:
        from web.wiring import Services

        return Services(self.settings)

    def lines(self, language: Language | None) -> Lines:
        from web.terminal import Lines

        return Lines(self.services.taxonomy, Translator(language or self.language))

    def say(self, message: Text) -> None:
        """Tell the person at the terminal; never mixed with data on the standard output."""
        click.echo(message[self.language], err=True)

    def watch(self) -> Watch:
        from web.progress import watch

        return watch(self.say, self.words)

    def progress(self, key: str) -> Callable[[int, int], Any]:
        """Return what is told of work by (done, of all), and shows it where somebody looks on."""
        from web.progress import bar

        return bar(self.words(key))

    # The commands. Each returns its exit code.

    def ingest(self, path: Path | None, dry_run: bool, as_json: bool) -> Exit:
        from kb.review import COLLECTION
        from kb.shipped import COLLECTION_FOLDER

        if path and dry_run:
            return Exit.DONE if of_file(self, path, as_json) else Exit.FAULTY
        origin = "file" if path else COLLECTION
        report = self.services.take_in(path or COLLECTION_FOLDER, origin, dry_run=dry_run, watch=self.watch())
        counts = report.counts()
        for file in report.files:
            if file.faults:
                click.echo(Faulty(file.file.name, file.faults).describe(self.language), err=True)
        changed = counts["new"] + counts["changed"]
        if changed and not dry_run:
            self.services.build_index(self.watch())
        if as_json:
            _data({"dry_run": dry_run, **counts, "files": [file.to_json() for file in report.files]})
        else:
            click.echo(self.words("cli.ingest.done", **counts))
            if dry_run:
                click.echo(self.words("cli.ingest.dry_run"))
            elif not changed and not counts["faulty"]:
                click.echo(self.words("cli.ingest.no_change"))
        return Exit.FAULTY if counts["faulty"] else Exit.DONE

    def index(self, check: bool, as_json: bool) -> Exit:
        if check:
            faults = self.services.index_faults()
            if as_json:
                _data({"fits": not faults, "faults": [{"de": fault["de"], "en": fault["en"]} for fault in faults]})
            else:
                click.echo("\n".join(fault[self.language] for fault in faults) or self.words("cli.index.fits"))
            return Exit.NOTHING if faults else Exit.DONE
        built = self.services.build_index(self.watch())
        if as_json:
            manifest = built.manifest
            _data({"cases": manifest.cases, "passages": manifest.passages, "embedded": built.embedded,
                   "model": manifest.fingerprint.model, "seq": manifest.fingerprint.seq})  # fmt: skip
        else:
            click.echo(
                self.words(
                    "cli.index.done",
                    cases=built.manifest.cases,
                    passages=built.manifest.passages,
                    embedded=built.embedded,
                    model=built.manifest.fingerprint.model,
                )
            )
        return Exit.DONE

    def search(
        self,
        query: str,
        without: Sequence[str],
        by_effect: bool,
        page: int,
        lang: Language | None,
        as_json: bool,
        **given: Any,
    ) -> Exit:
        from web.address import State
        from web.listing import find
        from web.serialise import listing_data

        state = State(" ".join(query.split()), self.filters(given), lang, page, tuple(without), by_effect)
        if by_effect and state.filters.effect.metric is None:
            raise click.UsageError(self.words("cli.search.by_effect"))
        self.services.make_ready(self.watch(), update=False)
        language = lang or self.language
        with self.services.store() as store:
            listing = find(store, self.services.searcher(), state, language)
        if as_json:
            _data(listing_data(listing, self.services.taxonomy))
        else:
            words = Translator(language)
            click.echo(words("results.count", n=listing.total))
            click.echo("\n".join(self.lines(language).asked(listing)))
            for entry in listing.entries:
                click.echo("\n".join(self.lines(language).entry(entry)))
            if listing.wider:
                click.echo("\n".join(self.lines(language).wider(listing.wider)))
            if listing.near_misses:
                click.echo(words("results.nothing_fits"))
                click.echo("\n".join(self.lines(language).near_misses(listing.near_misses)))
            if listing.page < listing.pages:
                click.echo(words("cli.search.more", page=listing.page, pages=listing.pages, next=listing.page + 1))
        return Exit.DONE if listing.total else Exit.NOTHING

    def match(self, file: BinaryIO, page: int, lang: Language | None, as_json: bool, **given: Any) -> Exit:
        from web.comparable import like_text
        from web.serialise import listing_data
        from web.textfile import read_text

        text, filters, language = read_text(file), self.filters(given), lang or self.language
        self.services.make_ready(self.watch(), update=False)
        with self.services.store() as store:
            comparer = self.services.comparer()
            listing = like_text(store, comparer, self.services.taxonomy, text, filters, page, language)
        if as_json:
            _data(listing_data(listing, self.services.taxonomy))
        else:
            words, lines = Translator(language), self.lines(language)
            click.echo(words("match.count", n=listing.total))
            click.echo("")
            for entry in listing.entries:
                click.echo("\n".join(lines.comparable(entry)))
            if listing.near_misses:
                click.echo(words("match.nothing_fits"))
                click.echo("\n".join(lines.near_misses(listing.near_misses)))
            if listing.page < listing.pages:
                click.echo(words("cli.search.more", page=listing.page, pages=listing.pages, next=listing.page + 1))
        return Exit.DONE if listing.total else Exit.NOTHING

    def show(self, case_id: str, lang: Language | None, as_json: bool) -> Exit:
        self.services.make_ready(self.watch(), update=False)
        with self.services.store() as store:
            case = store.get(case_id)
        if case is None:
            click.echo(self.words("cli.show.unknown", id=case_id), err=True)
            return Exit.NOTHING
        if as_json:
            _data(case.to_record())
        else:
            click.echo("\n".join(self.lines(lang).case(case)))
        return Exit.DONE

    def stats(self, as_json: bool) -> Exit:
        from web.stats import stats

        self.services.make_ready(self.watch(), update=False)
        with self.services.store() as store:
            figures = stats(store)
        if as_json:
            _data(figures)
        else:
            click.echo("\n".join(self.lines(None).stats(figures)))
        return Exit.DONE

    def serve(self, host: str, port: int | None) -> Exit:
        from web.serving import serve

        serve(self.services, host, port if port is not None else self.settings.port, self.watch())
        return Exit.DONE

    def eval(self, file: str, save: Path | None, against: Path | None, as_json: bool) -> Exit:
        from index.report import SETS, shipped_file
        from web.evaluation import compare, evaluate, read_run, save_run

        path = shipped_file(file) if file in SETS else Path(file)
        if not path.exists():
            raise click.UsageError(self.words("eval.no_file", file=file, sets=", ".join(SETS)))
        self.services.make_ready(self.watch(), update=False)
        before = read_run(against) if against else None
        result, unknown = evaluate(self.services, path)
        if save:
            save_run(save, result)
            click.echo(self.words("eval.saved", file=save), err=True)
        if before:
            result = compare(result, before)
        if unknown:
            click.echo(self.words("eval.unknown", ids=", ".join(unknown)), err=True)
        if as_json:
            _data(result)
        else:
            from web.eval_tables import tables

            click.echo(tables(result, self.words))
        return Exit.DONE

    def export(
        self, target: Path, query: str, without: Sequence[str], format: str | None, lang: Language | None, **given: Any
    ) -> Exit:
        from web.address import State
        from web.export_command import export

        state = State(" ".join(query.split()), self.filters(given), lang, without=tuple(without))
        self.services.make_ready(self.watch(), update=False)
        return Exit.DONE if export(self.services, state, target, format, self.language, self.say) else Exit.NOTHING

    def filters(self, given: dict[str, Any]) -> Filters:
        """Return the filters that the options mean. Raises click.UsageError with the allowed values."""
        words = {facet: given[facet] for facet in FACETS}
        words[HAS_FIGURES] = ("yes",) if given[HAS_FIGURES] else ()
        words |= {name: _words(given.get(name)) for name in EFFECT_PARAMETERS}
        return resolve(words, self.services.taxonomy)


def build(terminal: Terminal) -> click.Group:
    """Return the commands with their help in the language of the terminal."""
    words = terminal.words
    group = click.Group("pfadfinder", help=words("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})

    def command(name: str, action: Callable[..., Exit], *params: click.Parameter) -> None:
        def run(**values: Any) -> None:
            sys.exit(action(**values))

        group.add_command(click.Command(name, callback=run, params=list(params), help=words(f"cli.{name}.help")))

    def option(*names: str, key: str, **rest: Any) -> click.Option:
        return click.Option(names, help=words(f"cli.option.{key}"), **rest)

    def as_json() -> click.Option:
        return option("--json", "as_json", key="json", is_flag=True)

    def lang() -> click.Option:
        return option("--lang", key="lang", type=click.Choice(LANGUAGES))

    existing = click.Path(path_type=Path, exists=True)
    command(
        "ingest",
        terminal.ingest,
        click.Argument(["path"], required=False, type=existing),
        option("--dry-run", key="dry_run", is_flag=True),
        as_json(),
    )
    command("index", terminal.index, option("--check", key="check", is_flag=True), as_json())
    command(
        "search",
        terminal.search,
        click.Argument(["query"]),
        option("--without", key="without", multiple=True),
        *(option(f"--{facet.replace('_', '-')}", facet, key=facet, multiple=True) for facet in FACETS),
        option("--has-figures", HAS_FIGURES, key=HAS_FIGURES, is_flag=True),
        *(option(f"--{name.replace('_', '-')}", name, key=name, multiple=name == "kind") for name in EFFECT_PARAMETERS),
        option("--by-effect", key="by_effect", is_flag=True),
        option("--page", key="page", type=click.IntRange(min=1), default=1),
        lang(),
        as_json(),
    )
    command(
        "match",
        terminal.match,
        click.Argument(["file"], type=click.File("rb")),
        *(option(f"--{facet.replace('_', '-')}", facet, key=facet, multiple=True) for facet in FACETS),
        option("--has-figures", HAS_FIGURES, key=HAS_FIGURES, is_flag=True),
        option("--page", key="page", type=click.IntRange(min=1), default=1),
        lang(),
        as_json(),
    )
    command(
        "export",
        terminal.export,
        click.Argument(["target"], type=click.Path(path_type=Path, allow_dash=True)),
        option("--query", "-q", key="query", default=""),
        option("--without", key="without", multiple=True),
        *(option(f"--{facet.replace('_', '-')}", facet, key=facet, multiple=True) for facet in FACETS),
        option("--has-figures", HAS_FIGURES, key=HAS_FIGURES, is_flag=True),
        *(option(f"--{name.replace('_', '-')}", name, key=name, multiple=name == "kind") for name in EFFECT_PARAMETERS),
        option("--format", key="format", type=click.Choice(EXPORT_FORMATS)),
        lang(),
    )
    command("show", terminal.show, click.Argument(["case_id"], metavar="ID"), lang(), as_json())
    command(
        "serve",
        terminal.serve,
        option("--host", key="host", default="127.0.0.1", show_default=True),
        option("--port", key="port", type=click.IntRange(0, 65535)),
    )
    command("stats", terminal.stats, as_json())
    command(
        "eval",
        terminal.eval,
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


def _words(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()


def _data(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
