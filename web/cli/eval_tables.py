"""What `pfadfinder eval` measured, as tables of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from index.directions import HYBRID, Run
from index.evaluate import MEASURES, SHARES, Summary
from web.figures import groups, points, span
from web.i18n import Translator

WIDTH = 100


def tables(run: Run, words: Translator) -> str:
    """Return the tables as text with colours; a run that was compared also tells its changes."""
    console = Console(file=StringIO(), width=WIDTH, force_terminal=True, color_system="standard", highlight=False)
    console.print(words("eval.what", cases=run["cases"], model=run["model"]), style="dim")
    legs: dict[str, Summary] = run["legs"]
    if legs[HYBRID]["queries"]:
        console.print(_by_leg(legs, words))
        console.print(_groups_by_leg(legs, words))
        console.print(_groups(legs[HYBRID], words))
    console.print(_refusals(legs, words))
    if "against" in legs[HYBRID]:
        console.print(_changes(legs, words) if legs[HYBRID]["against"] else words("eval.no_common") + "\n")
    console.print(words("eval.reading"), style="dim")
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().rstrip().splitlines())


def _by_leg(legs: dict[str, Summary], words: Translator) -> Table:
    table = _table(words("eval.by_leg"), [words(f"measure.{name}") for name in MEASURES])
    for leg, summary in legs.items():
        table.add_row(words(f"leg.{leg}"), str(summary["queries"]), *_cells(summary, MEASURES, words))
    return table


def _groups_by_leg(legs: dict[str, Summary], words: Translator) -> Table:
    table = _table(words("eval.groups_by_leg"), [words(f"leg.{leg}") for leg in legs])
    for rows in zip(*(_rows(summary, words) for summary in legs.values()), strict=True):
        name, first, last = rows[0]
        cells = [_cell(summary, "ndcg@10", words) for _, summary, _ in rows]
        table.add_row(name, str(first["queries"]), *cells, end_section=last)
    return table


def _groups(summary: Summary, words: Translator) -> Table:
    names = MEASURES[1:]
    table = _table(words("eval.groups"), [words(f"measure.{name}") for name in names])
    for name, group, last in _rows(summary, words):
        table.add_row(name, str(group["queries"]), *_cells(group, names, words), end_section=last)
    return table


def _refusals(legs: dict[str, Summary], words: Translator) -> Table:
    table = _empty_table(words("eval.refusals"))
    table.add_column("")
    for share in SHARES:
        table.add_column("n", justify="right")
        table.add_column(words(f"measure.{share}"), justify="right")
    rows = [(name, group, last) for name, group, last in _rows(legs[HYBRID], words, kinds=False)]
    rows[-1] = (*rows[-1][:2], True)
    rows += [(words("eval.alone", leg=words(f"leg.{leg}")), legs[leg], False) for leg in legs if leg != HYBRID]
    for name, group, last in rows:
        refused, rejected = _cells(group, SHARES, words)
        table.add_row(name, str(group["queries"]), refused, str(group["negatives"]), rejected, end_section=last)
    return table


def _changes(legs: dict[str, Summary], words: Translator) -> Table:
    table = _empty_table(words("eval.changes"))
    table.add_column("")
    table.add_column("n", justify="right")
    table.add_column("nDCG@10", justify="right")
    table.add_column("")
    for leg, summary in legs.items():
        for name, group, _ in _rows(summary, words):
            change = group.get("against")
            if change is None or (leg != HYBRID and group is not summary):
                continue
            low, high = (points(bound, words.language, sign=True) for bound in change["interval"])
            table.add_row(
                words(f"leg.{leg}") if group is summary else f"  {name}",
                str(change["queries"]),
                words("eval.change", change=points(change["change"], words.language, sign=True), low=low, high=high),
                words("eval.noise" if change["noise"] else "eval.real"),
            )
    return table


def _rows(summary: Summary, words: Translator, kinds: bool = True) -> Iterator[tuple[str, Summary, bool]]:
    """Yield name and summary of everything together and of each group, and whether a rule follows."""
    found = [("", words("group.all"), summary)]
    found += [group for group in groups(summary, words) if kinds or group[0] != "kind"]
    for at, (grouping, name, group) in enumerate(found):
        yield name, group, at + 1 < len(found) and found[at + 1][0] != grouping


def _table(title: str, columns: Iterable[str]) -> Table:
    table = _empty_table(title)
    table.add_column("")
    table.add_column("n", justify="right")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _empty_table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)


def _cells(summary: Summary, measures: Iterable[str], words: Translator) -> list[str]:
    return [_cell(summary, measure, words) for measure in measures]


def _cell(summary: Summary, measure: str, words: Translator) -> str:
    interval = span(summary, measure, words.language)
    value = points(summary[measure], words.language)
    return f"{value} [dim]({interval})[/]" if interval else value
