"""What an operator can set, read once from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from kb.errors import PfadfinderError
from kb.text import Language, Text

VARIABLES = {
    "PFADFINDER_HOME": "home",
    "PORT": "port",
    "PFADFINDER_HTTPS": "https",
    "PFADFINDER_PROXY": "proxy",
    "PFADFINDER_BASE_URL": "base_url",
    "PFADFINDER_FOUR_EYES": "four_eyes",
    "PFADFINDER_INVITATIONS": "invitations",
    "PFADFINDER_FETCH": "fetching",
    "PFADFINDER_CONTACT": "contact",
    "PFADFINDER_MODEL": "model",
    "PFADFINDER_QUERY_PREFIX": "query_prefix",
    "PFADFINDER_PASSAGE_PREFIX": "passage_prefix",
    "PFADFINDER_LANG": "terminal_language",
}
"""Environment variable -> the setting that it decides."""


class InvalidSetting(PfadfinderError):
    """An environment variable that cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. `model` None means the bundled one."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 8000
    model: str | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    terminal_language: Language = "en"
    four_eyes: bool = False
    """Nobody publishes a proposal that they wrote in themselves."""
    invitations: bool = False
    """People without an account may propose by a link that a curator made."""
    fetching: bool = True
    """The server may fetch a web address for somebody with an account."""
    https: bool = False
    """The site is reached by https alone: cookies are sent over nothing else."""
    proxy: str | None = None
    """The address of the proxy that stands before the server: what it says of where a request came from is believed."""
    base_url: str | None = None
    """Where the site is reached from outside, without a slash at its end; None: wherever a request says it is."""

    contact: str | None = None
    """Where readers say what does not work: a mail address, or the https address of a form."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Return the settings that `environment` holds. Raises InvalidSetting."""
        return cls(
            home=Path(environment.get("PFADFINDER_HOME") or "instance").absolute(),
            port=_port(environment.get("PORT") or "8000"),
            model=environment.get("PFADFINDER_MODEL") or None,
            query_prefix=environment.get("PFADFINDER_QUERY_PREFIX", ""),
            passage_prefix=environment.get("PFADFINDER_PASSAGE_PREFIX", ""),
            terminal_language=terminal_language(environment),
            four_eyes=_switch(environment, "PFADFINDER_FOUR_EYES", False),
            invitations=_switch(environment, "PFADFINDER_INVITATIONS", False),
            fetching=_switch(environment, "PFADFINDER_FETCH", True),
            https=_switch(environment, "PFADFINDER_HTTPS", False),
            contact=_contact(environment.get("PFADFINDER_CONTACT", "").strip()),
            proxy=_proxy(environment.get("PFADFINDER_PROXY", "").strip()),
            base_url=_base_url(environment.get("PFADFINDER_BASE_URL", "").strip()),
        )

    @property
    def database(self) -> Path:
        """The file that holds the record."""
        return self.home / "pfadfinder.db"

    @property
    def index(self) -> Path:
        """The folder that holds what is derived."""
        return self.home / "index"


def terminal_language(environment: Mapping[str, str]) -> Language:
    """Return German for a German terminal, else English; PFADFINDER_LANG decides where it is set."""
    for name in ("PFADFINDER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "de" if value.lower().startswith("de") else "en"
    return "en"


def _switch(environment: Mapping[str, str], name: str, default: bool) -> bool:
    value = environment.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if not value:
        return default
    raise InvalidSetting(Text(de=f"{name} ist weder 1 noch 0: {value}", en=f"{name} is neither 1 nor 0: {value}"))


def _contact(value: str) -> str | None:
    if not value or re.fullmatch(r"https://[^\s<>\"']+|[^\s@<>\"'?&]+@[^\s@<>\"'?&]+\.[^\s@<>\"'?&]+", value):
        return value or None
    raise InvalidSetting(
        Text(
            de=f"PFADFINDER_CONTACT ist weder eine Mailadresse noch eine Adresse mit https://: {value}",
            en=f"PFADFINDER_CONTACT is neither a mail address nor an address with https://: {value}",
        )
    )


def _proxy(value: str) -> str | None:
    try:
        return str(ip_address(value)) if value else None
    except ValueError as error:
        raise InvalidSetting(
            Text(
                de=f"PFADFINDER_PROXY ist keine IP-Adresse: {value}. Beispiel: 127.0.0.1",
                en=f"PFADFINDER_PROXY is no IP address: {value}. For example: 127.0.0.1",
            )
        ) from error


def _base_url(value: str) -> str | None:
    if not value:
        return None
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and value.isprintable()
    except ValueError:
        fits = False
    if fits and value.isascii() and not set(' "<>\\^`{|}?#@') & set(value):
        return value.rstrip("/")
    raise InvalidSetting(
        Text(
            de=f"PFADFINDER_BASE_URL ist keine Adresse einer Website: {value}. Beispiel: https://faelle.example.org",
            en=f"PFADFINDER_BASE_URL is no address of a site: {value}. For example: https://cases.example.org",
        )
    )


def _port(value: str) -> int:
    if value.isascii() and value.isdigit() and 0 < int(value) < 65536:
        return int(value)
    raise InvalidSetting(
        Text(
            de=f"PORT ist keine Zahl von 1 bis 65535: {value}. Beispiel: PORT=8080 make run",
            en=f"PORT is not a number from 1 to 65535: {value}. For example: PORT=8080 make run",
        )
    )
