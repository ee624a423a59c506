"""Times as the vendor writes and reads them: ISO 8601 in UTC to the millisecond, or a duration from now."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from graphql import GraphQLError

_DURATION = re.compile(
    r"^(?P<sign>-?)P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)
_YEAR = re.compile(r"^\d{4}$")


def milliseconds(moment: datetime) -> datetime:
    """As it is stored: UTC, what is finer than a millisecond cut off."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def time_text(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def parse_moment(value: Any, now: datetime) -> datetime:
    """A time, a year, or a duration that is added to now; without a zone it is UTC. Raises GraphQLError."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        if found := _DURATION.match(value):
            return _shifted(now, found)
        if _YEAR.match(value):
            return datetime(int(value), 1, 1, tzinfo=UTC)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise GraphQLError(f"DateTime cannot represent an invalid date-time-string {value}.")


def parse_date(value: Any, now: datetime) -> date:
    """A day, or the day that a time or duration falls on in UTC. Raises GraphQLError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return parse_moment(value, now).date()


def _shifted(now: datetime, duration: re.Match[str]) -> datetime:
    parts = {name: int(text) for name, text in duration.groupdict().items() if text and name != "sign"}
    sign = -1 if duration["sign"] else 1
    months = sign * (parts.pop("years", 0) * 12 + parts.pop("months", 0))
    return _months_later(now, months) + sign * timedelta(**parts)


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day so many months on, or the last of that month where there is no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
