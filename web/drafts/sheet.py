"""What the page of a proposal shows besides the typed words: faults by field, what is open, labels, the next id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kb.case import CaseId
from kb.case_ids import suggest_id
from kb.errors import Fault, Faulty
from kb.proposal import Proposal
from kb.proposals import Proposals
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.drafts.fields import ROWS
from web.drafts.form import Leftover, field_at, fields_of, leftovers, rows
from web.i18n import Translator, catalogue

MOST_LEFTOVERS = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of one draft. `fields` are the words by field, `wrong` the messages by field.

    `still_open` are the fields (or groups) in which something is missing, `rows` the number of rows by group,
    an offered empty one included.
    """

    fields: dict[str, list[str]]
    rows: dict[str, int]
    wrong: dict[str, list[str]]
    still_open: tuple[str, ...]
    leftovers: tuple[Leftover, ...]
    suggested_id: CaseId | None

    @property
    def is_complete(self) -> bool:
        """Whether nothing stands in the way of proposing it."""
        return not self.wrong and not self.still_open


def sheet(
    proposals: Proposals,
    proposal: Proposal,
    record: Mapping[str, Any],
    language: Language,
    *,
    strict: bool = False,
    offered: str = "",
) -> Sheet:
    """Return the form for `record`, which `proposal` holds or is about to.

    What is merely missing is no fault while somebody writes, unless `strict`. `offered` names a group that gets an
    empty row; sources always have one row, since a case needs a source.
    """
    counts = {group: rows(record, group) for group in ROWS}
    counts = {
        group: count + (group == offered or (group == "sources" and not count)) for group, count in counts.items()
    }
    fields = fields_of(record, language)
    names = {*fields, *(f"{group}[{count - 1}].{f.name}" for group, count in counts.items() for f in ROWS[group])}
    wrong: dict[str, list[str]] = {}
    still_open: dict[str, None] = {}
    for fault in _faults(proposals, proposal, record):
        field = field_at(fault.field, names)
        if is_blank(fields.get(field, [""] if field not in ROWS else [])) or (field in ROWS and not record.get(field)):
            still_open[field] = None
            if not strict:
                continue
        wrong.setdefault(field, []).append(fault.message[language])
    no_id = proposal.case_id is None and is_blank(fields["id"])
    return Sheet(
        fields=fields,
        rows=counts,
        wrong=wrong,
        still_open=tuple(still_open),
        leftovers=tuple(leftovers(record)[:MOST_LEFTOVERS]),
        suggested_id=suggest_id(record, proposals.is_taken) if no_id and record.get("title") else None,
    )


def is_blank(words: list[str]) -> bool:
    """Say whether a field holds one word and that is empty, or a choice of many nothing."""
    return not any(word.strip() for word in words)


def label(name: str, words: Translator) -> str:
    """Return what a field is called: `Effect 2: Note (German)`."""
    row = re.fullmatch(r"(\w+)\[(\d+)\](?:\.(.+))?", name)
    if row and row[1] in ROWS:
        group = words(f"form.row.{row[1]}", number=int(row[2]) + 1)
        return f"{group}: {label(f'{row[1]}.{row[3]}', words)}" if row[3] else group
    plain = name.removesuffix(".de").removesuffix(".en")
    key = f"form.{plain}"
    if key not in catalogue(words.language):
        return name
    said = words(key)
    return said if plain == name else f"{said} ({words('language.' + name[-2:])})"


def anchor(name: str) -> str:
    """Return the id of a field's element."""
    return re.sub(r"[^\w]+", "-", name).strip("-")


def _faults(proposals: Proposals, proposal: Proposal, record: Mapping[str, Any]) -> tuple[Fault, ...]:
    try:
        proposals.check(replace(proposal, record=record))
    except Faulty as error:
        return error.faults
    return ()


def group_label(vocabulary: str, group: str, taxonomy: Taxonomy, words: Translator) -> str:
    """Return what a group of terms is called: a country, a section of the NACE, a kind of technology."""
    if vocabulary == "regions":
        return taxonomy.countries[group].label[words.language]
    if vocabulary == "sectors":
        return words("form.nace_section", letter=group)
    return words(f"form.group.{group}")
