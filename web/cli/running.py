"""The terminal: `pfadfinder ingest | index | stats | serve | eval`, what whoever runs Pfadfinder does."""

from __future__ import annotations

from pathlib import Path

import click

from kb.errors import Faulty
from web.cli.terminal import Exit, Terminal, print_json


def ingest(terminal: Terminal, path: Path | None, dry_run: bool, as_json: bool) -> Exit:
    """Bring in cases from files, or the shipped collection again, and build the index."""
    from kb.review import COLLECTION
    from kb.shipped import COLLECTION_FOLDER
    from web.cli.dry_run import preview

    if path and dry_run:
        return Exit.DONE if preview(terminal, path, as_json) else Exit.FAULTY
    origin = "file" if path else COLLECTION
    report = terminal.services.take_in(path or COLLECTION_FOLDER, origin, dry_run=dry_run, watch=terminal.watch())
    counts = report.counts()
    for file in report.files:
        if file.faults:
            click.echo(Faulty(file.file.name, file.faults).describe(terminal.language), err=True)
    changed = counts["new"] + counts["changed"]
    if changed and not dry_run:
        terminal.services.build_index(terminal.watch())
    if as_json:
        print_json({"dry_run": dry_run, **counts, "files": [file.to_json() for file in report.files]})
    else:
        click.echo(terminal.words("cli.ingest.done", **counts))
        if dry_run:
            click.echo(terminal.words("cli.ingest.dry_run"))
        elif not changed and not counts["faulty"]:
            click.echo(terminal.words("cli.ingest.no_change"))
    return Exit.FAULTY if counts["faulty"] else Exit.DONE


def index(terminal: Terminal, check: bool, as_json: bool) -> Exit:
    """Build the index, or say whether it fits."""
    if check:
        faults = terminal.services.index_faults()
        if as_json:
            print_json({"fits": not faults, "faults": [{"de": fault["de"], "en": fault["en"]} for fault in faults]})
        else:
            click.echo("\n".join(fault[terminal.language] for fault in faults) or terminal.words("cli.index.fits"))
        return Exit.NOTHING if faults else Exit.DONE
    built = terminal.services.build_index(terminal.watch())
    if as_json:
        manifest = built.manifest
        figures = {"cases": manifest.cases, "passages": manifest.passages, "embedded": built.embedded}
        print_json({**figures, "model": manifest.fingerprint.model, "seq": manifest.fingerprint.seq})
    else:
        click.echo(
            terminal.words(
                "cli.index.done",
                cases=built.manifest.cases,
                passages=built.manifest.passages,
                embedded=built.embedded,
                model=built.manifest.fingerprint.model,
            )
        )
    return Exit.DONE


def stats(terminal: Terminal, as_json: bool) -> Exit:
    """Print the collection in figures."""
    from web.cli.stats import stats as figures_of

    terminal.services.make_ready(terminal.watch(), update=False)
    with terminal.services.store() as store:
        figures = figures_of(store)
    if as_json:
        print_json(figures)
    else:
        click.echo("\n".join(terminal.lines(None).stats(figures)))
    return Exit.DONE


def serve(terminal: Terminal, host: str, port: int | None) -> Exit:
    """Serve the pages until somebody stops it."""
    from web.serving import serve as serve_pages

    serve_pages(terminal.services, host, port if port is not None else terminal.settings.port, terminal.watch())
    return Exit.DONE


def evaluate(terminal: Terminal, file: str, save: Path | None, against: Path | None, as_json: bool) -> Exit:
    """Measure the search by judged queries."""
    from index.report import SETS, shipped_file
    from web.cli.evaluation import compare, measure, read_run, refuse_unless_writable, save_run

    path = shipped_file(file) if file in SETS else Path(file)
    if not path.exists():
        raise click.UsageError(terminal.words("eval.no_file", file=file, sets=", ".join(SETS)))
    if save:
        refuse_unless_writable(save)
    terminal.services.make_ready(terminal.watch(), update=False)
    before = read_run(against) if against else None
    result, unknown = measure(terminal.services, path)
    if save:
        save_run(save, result)
        click.echo(terminal.words("eval.saved", file=save), err=True)
    if before:
        result = compare(result, before)
    if unknown:
        click.echo(terminal.words("eval.unknown", ids=", ".join(unknown)), err=True)
    if as_json:
        print_json(result)
    else:
        from web.cli.eval_tables import tables

        click.echo(tables(result, terminal.words))
    return Exit.DONE
