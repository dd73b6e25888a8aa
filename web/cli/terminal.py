"""What every command of the terminal has at hand: settings, words, services made when they are needed, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from kb.text import Language, Text
from web.i18n import Translator
from web.settings import Settings, terminal_language

if TYPE_CHECKING:
    from web.cli.lines import Lines
    from web.wiring import Services, Watch


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
        from web.cli.lines import Lines

        return Lines(self.services.taxonomy, Translator(language or self.language))

    def say(self, message: Text) -> None:
        """Tell the person at the terminal; never mixed with data on the standard output."""
        click.echo(message[self.language], err=True)

    def watch(self) -> Watch:
        from web.cli.progress import watch

        return watch(self.say, self.words)

    def progress(self, key: str) -> Callable[[int, int], Any]:
        """Return what is told of work by (done, of all), and shows it where somebody looks on."""
        from web.cli.progress import bar

        return bar(self.words(key))


def print_json(data: Any) -> None:
    """Print plain data to the standard output."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
