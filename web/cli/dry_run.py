"""The terminal: `pfadfinder ingest FILE --dry-run`, what each row of a file would do, as the preview page says it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.errors import Faulty

if TYPE_CHECKING:
    from ingest.plan import Plan, PlannedRow
    from web.cli.terminal import Terminal


def preview(terminal: Terminal, path: Path, as_json: bool) -> bool:
    """Print what the file or folder at `path` would do; nothing is stored. Returns whether all of it can be read."""
    from ingest.mapping import records_of
    from ingest.plan import State, plan
    from ingest.readers import UnreadableFile, find_files, load

    services = terminal.services
    plans: dict[Path, Plan] = {}
    unreadable: dict[Path, UnreadableFile] = {}
    with services.store() as store:
        for file in find_files(path):
            try:
                plans[file] = plan(
                    records_of(load(file), services.taxonomy),
                    services.taxonomy,
                    store.get,
                    services.twins(store),
                    terminal.progress("cli.progress.ingest"),
                    is_taken=store.proposals.is_taken,
                )
            except UnreadableFile as error:
                unreadable[file] = error
    counts = {state.value: 0 for state in State} | Counter(row.state.value for p in plans.values() for row in p.rows)
    counts["faulty"] += len(unreadable)
    if as_json:
        files = [{"file": file.name, "rows": [row.to_json() for row in found.rows]} for file, found in plans.items()]
        files += [
            {
                "file": file.name,
                "faults": [{"field": f.field, "de": f.message.de, "en": f.message.en} for f in e.faults],
            }
            for file, e in unreadable.items()
        ]
        click.echo(json.dumps({"dry_run": True, **counts, "files": files}, ensure_ascii=False, indent=2))
    else:
        for refusal in unreadable.values():
            click.echo(refusal.describe(terminal.language), err=True)
        for file, found in plans.items():
            for row in found.rows:
                for line in _lines(terminal, row, file):
                    click.echo(line, err=row.state is State.FAULTY)
        click.echo(terminal.words("cli.ingest.plan", **counts))
        click.echo(terminal.words("cli.ingest.dry_run"))
    return not counts["faulty"]


def _lines(terminal: Terminal, row: PlannedRow, file: Path) -> Iterator[str]:
    """Yield what there is to say of a row; nothing of one that is merely new or unchanged."""
    language = terminal.language
    if row.faults:
        yield Faulty(f"{file.name} {row.record.place}", row.faults).describe(language)
    if row.case is not None and row.differences:
        yield f"{row.case.id}: {', '.join(difference.field for difference in row.differences)}"
    if row.case is not None and row.twins:
        twin = row.twins[0]
        reasons = ", ".join(reason[language] for reason in twin.reasons)
        yield f"{row.case.id}: {terminal.words('cli.ingest.twin', id=twin.case_id, reasons=reasons)}"
