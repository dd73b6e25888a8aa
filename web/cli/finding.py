"""The terminal: `pfadfinder search | match | show | export`, what readers ask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from kb.filters import FILTERS, HAS_FIGURES, Filters, resolve
from kb.text import Language
from web.cli.terminal import Exit, Terminal, print_json
from web.i18n import Translator

if TYPE_CHECKING:
    from web.address import State


def search(
    terminal: Terminal,
    query: str,
    without: Sequence[str],
    by_effect: bool,
    page: int,
    lang: Language | None,
    as_json: bool,
    **given: Any,
) -> Exit:
    """Print what a query finds, a page at a time."""
    from web.address import State
    from web.listing import find
    from web.serialise import listing_data

    state = State(" ".join(query.split()), _filters(terminal, given), lang, page, tuple(without), by_effect)
    _refuse_order(terminal, state)
    terminal.services.make_ready(terminal.watch(), update=False)
    language = lang or terminal.language
    with terminal.services.store() as store:
        listing = find(store, terminal.services.searcher(), state, language)
    if as_json:
        print_json(listing_data(listing, terminal.services.taxonomy))
    else:
        words = Translator(language)
        click.echo(words("results.count", n=listing.total))
        click.echo("\n".join(terminal.lines(language).asked(listing)))
        for entry in listing.entries:
            click.echo("\n".join(terminal.lines(language).entry(entry)))
        if listing.wider:
            click.echo("\n".join(terminal.lines(language).wider(listing.wider)))
        if listing.near_misses:
            click.echo(words("results.nothing_fits"))
            click.echo("\n".join(terminal.lines(language).near_misses(listing.near_misses)))
        if listing.page < listing.pages:
            click.echo(words("cli.search.more", page=listing.page, pages=listing.pages, next=listing.page + 1))
    return Exit.DONE if listing.total else Exit.NOTHING


def match(terminal: Terminal, file: BinaryIO, page: int, lang: Language | None, as_json: bool, **given: Any) -> Exit:
    """Print the cases comparable with the text of a file."""
    from web.cli.textfile import read_text
    from web.comparable import like_text
    from web.serialise import listing_data

    text, filters, language = read_text(file), _filters(terminal, given), lang or terminal.language
    terminal.services.make_ready(terminal.watch(), update=False)
    with terminal.services.store() as store:
        comparer = terminal.services.comparer()
        listing = like_text(store, comparer, terminal.services.taxonomy, text, filters, page, language)
    if as_json:
        print_json(listing_data(listing, terminal.services.taxonomy))
    else:
        words, lines = Translator(language), terminal.lines(language)
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


def show(terminal: Terminal, case_id: str, lang: Language | None, as_json: bool) -> Exit:
    """Print one case."""
    terminal.services.make_ready(terminal.watch(), update=False)
    with terminal.services.store() as store:
        case = store.get(case_id)
    if case is None:
        click.echo(terminal.words("cli.show.unknown", id=case_id), err=True)
        return Exit.NOTHING
    if as_json:
        print_json(case.to_record())
    else:
        click.echo("\n".join(terminal.lines(lang).case(case)))
    return Exit.DONE


def export(
    terminal: Terminal,
    target: Path,
    query: str,
    without: Sequence[str],
    by_effect: bool,
    format: str | None,
    lang: Language | None,
    **given: Any,
) -> Exit:
    """Write every case of a search to a file, a folder or the standard output."""
    from web.address import State
    from web.cli.export import export as write_cases

    state = State(" ".join(query.split()), _filters(terminal, given), lang, 1, tuple(without), by_effect)
    _refuse_order(terminal, state)
    terminal.services.make_ready(terminal.watch(), update=False)
    return (
        Exit.DONE
        if write_cases(terminal.services, state, target, format, terminal.language, terminal.say)
        else Exit.NOTHING
    )


def _filters(terminal: Terminal, given: dict[str, Any]) -> Filters:
    """Return the filters that the options mean. Raises click.UsageError with the allowed values."""
    words = {name: _words(given[name]) for name in FILTERS if name != HAS_FIGURES}
    words[HAS_FIGURES] = ("yes",) if given[HAS_FIGURES] else ()
    return resolve(words, terminal.services.taxonomy)


def _refuse_order(terminal: Terminal, state: State) -> None:
    if state.by_effect and state.filters.effect.metric is None:
        raise click.UsageError(terminal.words("cli.search.by_effect"))


def _words(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()
