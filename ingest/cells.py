"""What people write into cells, read as values: numbers, dates and lists, German or English. Pure."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Sequence
from typing import Literal

Decimal = Literal[",", "."]
_NUMBER = re.compile(r"[+\-]?\d[\d.,'\u00a0\u202f ]*(?:[eE][+\-]?\d+)?")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2011": "-", "\u00a0": " ", "\u202f": " ", "\u2019": "'"})
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner january jan",
            "februar feber february feb",
            "märz maerz march mar mär mrz",
            "april apr",
            "mai may",
            "juni june jun",
            "juli july jul",
            "august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}
_FORMULA = r"=+\-@\t\r\uff1d\uff0b\uff0d\uff20"
_DANGEROUS = re.compile(rf"(^|[;,|\t\n\x22])('*[{_FORMULA}])")
_GUARDED = re.compile(rf"(^|[;,|\t\n\x22])'('*[{_FORMULA}])")


class Ambiguous(ValueError):
    """A number or date that German and English readers read differently."""


def number(text: str, decimal: Decimal | None = None) -> int | float:
    """Return the number that `text` is, grouped or not: 1.234,5 and 1,234.5 are the same.

    `decimal` says which mark the other cells use. Raises Ambiguous for 1.234 without it, else ValueError.
    """
    plain = text.translate(_MINUS).strip()
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"no number: {text}")
    mantissa, _, exponent = plain.lower().partition("e")
    mark = decimal_mark(mantissa) or decimal
    if mark is None and _one_group(mantissa):
        raise Ambiguous(text)
    whole, _, fraction = mantissa.partition(mark) if mark else (mantissa, "", "")
    whole = re.sub(r"(?<=\d)[.,' ](?=\d{3}(?:\D|$))", "", whole.strip())
    if not re.fullmatch(r"[+\-]?\d+", whole) or not re.fullmatch(r"\d*", fraction):
        raise ValueError(f"no number: {text}")
    if exponent or fraction:
        return float(f"{whole}.{fraction or 0}e{exponent or 0}")
    return int(whole)


def _one_group(mantissa: str) -> bool:
    return re.fullmatch(r"[+\-]?[1-9]\d{0,2}[.,]\d{3}", mantissa) is not None


def decimal_mark(text: str) -> Decimal | None:
    """Return the mark that must be the decimal one in the number `text`, or None where it may be either or is none."""
    marks = re.findall(r"[.,]", text)
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return None
    last: Decimal = "," if marks[-1] == "," else "."
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else None
    return None if _one_group(text.strip()) else last


def decimal_of(texts: Iterable[str]) -> Decimal | None:
    """Return the decimal mark that all of `texts` agree on, or None."""
    marks = {
        mark
        for text in texts
        for found in _NUMBER.findall(text.translate(_MINUS))
        if (mark := decimal_mark(found.lower().partition("e")[0].strip())) is not None
    }
    return marks.pop() if len(marks) == 1 else None


def figure(text: str, decimal: Decimal | None = None) -> tuple[str, int | float, str]:
    """Return the words before the one number of `text`, the number, and what follows it (its unit).

    Raises Ambiguous or ValueError, also for two numbers.
    """
    plain = text.translate(_MINUS)
    found = list(_NUMBER.finditer(plain))
    if len(found) != 1:
        raise ValueError(f"no number: {text}")
    start, end = found[0].span()
    return plain[:start].strip(), number(found[0].group().strip(" '"), decimal), plain[end:].strip()


def year(text: str) -> int:
    """Return the one year of four digits in `text`, be it a year or a date. Raises ValueError."""
    found = set(re.findall(r"(?<!\d)[12]\d{3}(?!\d)", text))
    if len(found) != 1 or not re.fullmatch(r"[\w\s./,\-]{4,25}", text.strip()):
        raise ValueError(f"no year: {text}")
    return int(found.pop())


def day(text: str) -> datetime.date:
    """Return the day that `text` names: 2021-03-31, 31.3.2021, 31 March 2021, March 31, 2021 or 3/31/2021.

    Raises Ambiguous for 3/4/2021, which is a day in March or in April, else ValueError.
    """
    plain = " ".join(text.lower().replace(",", " ").split())
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ][\d:.]+z?)?", plain):
        return datetime.date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", plain):
        return datetime.date(int(match[3]), int(match[2]), int(match[1]))
    if match := re.fullmatch(r"(\d{1,2})\.? ([^\W\d]+)\.? (\d{4})", plain):
        return datetime.date(int(match[3]), _month(match[2], text), int(match[1]))
    if match := re.fullmatch(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)? (\d{4})", plain):
        return datetime.date(int(match[3]), _month(match[1], text), int(match[2]))
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", plain):
        first, second, in_year = (int(part) for part in match.groups())
        if first <= 12 and second <= 12 and first != second:
            raise Ambiguous(text)
        return datetime.date(in_year, min(first, second) if first > 12 else first, max(first, second))
    raise ValueError(f"no day: {text}")


def _month(word: str, text: str) -> int:
    if word not in _MONTHS:
        raise ValueError(f"no day: {text}")
    return _MONTHS[word]


def split(cell: str) -> list[str]:
    """Return the values of a cell, separated by semicolons or line breaks; one that holds either is in quotes."""
    found = []
    for row in csv.reader(io.StringIO(cell, newline=""), delimiter=";", skipinitialspace=True):
        found += [value.strip() for value in row if value.strip()]
    return found


def join(values: Sequence[str]) -> str:
    """Return the cell that `split` takes apart into `values`."""
    return "; ".join('"' + value.replace('"', '""') + '"' if _needs_quotes(value) else value for value in values)


def _needs_quotes(value: str) -> bool:
    return value.startswith('"') or ";" in value or "\n" in value or "\r" in value


def guarded(text: str) -> str:
    """Return `text` so that no spreadsheet program takes it for a formula when it opens a CSV file.

    Also after each mark inside: a program that expects another mark than the file has starts a cell there.
    """
    return _DANGEROUS.sub(r"\1'\2", text)


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given."""
    return _GUARDED.sub(r"\1\2", text)
