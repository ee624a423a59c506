"""The kinds of value that stand in the configuration, read strictly and explained in words."""

from __future__ import annotations

import difflib
import ipaddress
import re
import zoneinfo
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    ValidationInfo,
)


class Section(BaseModel):
    """A table of the configuration: frozen and closed. The text below a key is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


def nearest(word: str, words: Iterable[str]) -> str:
    """The ending of a message about an unknown ``word``: the closest of ``words``, else all of them."""
    known = sorted(words)
    lower = {name.lower(): name for name in reversed(known)}
    close = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{lower[close[0]]}"?'
    return f"valid are: {', '.join(known)}" if known else "none is valid here"


# ---- numbers, lists, names -----------------------------------------------------------------------------

Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Positive = Annotated[int, Strict(), Field(ge=1)]
Word = Annotated[str, StringConstraints(min_length=1)]


def listed(value: Any) -> Any:
    """One value or a list of them, as a list."""
    return value if isinstance(value, list | tuple) else (value,)


Words = Annotated[tuple[Word, ...], Field(min_length=1)]
"""A list of at least one text."""
OneOrMore = Annotated[tuple[Word, ...], BeforeValidator(listed), Field(min_length=1)]
"""A text, or a list of them."""


# ---- time ----------------------------------------------------------------------------------------------

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([1-9][0-9]{0,5})([mhdw])")


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a length of time such as "90m", "24h", "7d" or "6w"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def written(value: timedelta | None) -> str:
    """A length of time as it stands in the file."""
    if value is None:
        return "all"
    minutes = int(value.total_seconds() // 60)
    if minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes // 1440}d"
    if minutes % 60 == 0:
        return f"{minutes // 60}h"
    return f"{minutes}m"


def _reach(value: Any) -> timedelta | None:
    if value is None or value == "all":
        return None
    try:
        return _duration(value)
    except ValueError as error:
        raise ValueError(f'{error}, or "all"') from None


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(written, when_used="json")]
Reach = Annotated[timedelta | None, BeforeValidator(_reach), PlainSerializer(written, when_used="json")]
"""A length of time into the past; None for "all"."""


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        if not known:
            raise ValueError("cannot be checked: this machine has no time zones; install tzdata") from None
        close = difflib.get_close_matches(value, known, n=1)
        hint = f'did you mean "{close[0]}"?' if close else 'write it as in "Europe/Berlin"'
        raise ValueError(f"is not a time zone; {hint}") from None
    return value


ZoneName = Annotated[str, AfterValidator(_zone)]


def _moment(value: str) -> str:
    if not re.fullmatch(r"(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError('must be a day and a time such as "fri 15:00"')
    return value


Moment = Annotated[str, AfterValidator(_moment)]
"""A day of the week and a time of day, in the zone of the hub."""
CalendarDay = Annotated[date, Strict()]


# ---- files and addresses -------------------------------------------------------------------------------


def rooted(path: str | Path, info: ValidationInfo) -> Path:
    """``path`` from the directory of the configuration file, which stands in the validation context."""
    try:
        own = Path(path).expanduser()
    except RuntimeError:
        raise ValueError("begins with ~ but there is no home directory") from None
    return Path((info.context or {}).get("directory", "")) / own


def _path(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("must be the path of a file, as text in quotes")
    return rooted(value, info)


FilePath = Annotated[Path, BeforeValidator(_path)]


def _database(value: str, info: ValidationInfo) -> str:
    if value.startswith("sqlite:///"):
        path = value.removeprefix("sqlite:///")
        if not path or path.startswith(":") or "?" in path:
            raise ValueError('must name a file, as in "sqlite:///syncline.db"')
        return f"sqlite:///{rooted(path, info)}"
    if value.startswith("postgresql+psycopg://"):
        return _server(value)
    raise ValueError('must be "sqlite:///FILE" or "postgresql+psycopg://USER@HOST/NAME"')


def _server(value: str) -> str:
    """The address of a server: `host`, `service`, `sslmode`, … may follow as a query, a password nowhere."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises where it is no number
        query = parse_qs(parts.query, keep_blank_values=True)
    except ValueError:
        raise ValueError('must be as in "postgresql+psycopg://USER@HOST/NAME"') from None
    if parts.password is not None or {"password", "sslpassword"} & query.keys():
        raise ValueError("must not hold a password; keep it in ~/.pgpass or in PGPASSWORD")
    if not parts.path.strip("/") and not {"service", "dbname"} & query.keys():
        raise ValueError('must name a database, as in "postgresql+psycopg://USER@HOST/NAME"')
    return value


DatabaseUrl = Annotated[str, AfterValidator(_database)]


def _url(value: str) -> str:
    if not value.isprintable() or " " in value:
        raise ValueError("must be an address without blanks")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address such as https://acme.example") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError("must be an address such as https://acme.example")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be a bare address: no user, password, ? or #")
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]
"""A base address, without a slash at its end. `ConnectionConfig` requires https of ``url``."""


def is_loopback(url: str) -> bool:
    """Whether ``url`` leads to this machine by its very name."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
