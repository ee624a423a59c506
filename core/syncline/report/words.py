"""Text from outside made fit to print, and dates and numbers written the same on every machine."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syncline.report.facts import Form, Scalar, number_of
from syncline.report.formulas.exact import rounded
from syncline.report.formulas.forecast import chance_words
from syncline.text.terminal import one_line

if TYPE_CHECKING:
    from syncline.report.facts import Fact
    from syncline.report.formulas.refusal import Refusal

LONGEST = 240
"""Characters of a title that are printed."""

NO_COUNTS = frozenset({"", "days", "hours", "%", "points", "percentage points"})
"""Units of what cannot be added up."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def tidy(text: str | None, otherwise: str) -> str:
    """One line of bearable length, cleaned of control, reordering and invisible characters.

    ``otherwise`` stands in where nothing readable is left.
    """
    if text and text.isascii() and text.isprintable() and len(text) <= LONGEST:  # nearly always
        return text.strip() or otherwise
    line = one_line((text or "")[: LONGEST * 4])
    if not line:
        return otherwise
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def safe_url(url: str | None, hosts: frozenset[str]) -> str | None:
    """The address if it is http or https and leads to one of ``hosts``, else None."""
    return url if url is not None and origin(url) in hosts else None


def origin(url: str) -> str | None:
    """``host:port`` of an http or https address; None for anything else, or anything ambiguous.

    A backslash, a user name or white space make browsers and parsers disagree about the host, so they are refused.
    """
    if not url.isascii() or not url.isprintable() or any(character in url for character in "\\ \"'<>`"):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    return f"{parts.hostname}:{port or (443 if parts.scheme == 'https' else 80)}"


def day_text(day: date) -> str:
    """``22 Nov 2026``, whatever the locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_text(at: datetime) -> str:
    """``22 Nov 2026, 15:04`` in the zone that ``at`` carries."""
    return f"{day_text(at.date())}, {at.hour:02d}:{at.minute:02d}"


def number_text(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def value_text(fact: Fact, key: str | None) -> str:
    """A fact's value as it is printed; a dash where it has none."""
    return printed(number_of(fact, key), fact.form, fact.places)


def total_text(fact: Fact) -> str:
    """The value of a fact as its ledger prints it: a sum of ages, places or scores says nothing, so it is a dash."""
    summed = isinstance(fact.value, tuple)
    return "–" if summed and fact.unit in NO_COUNTS else value_text(fact, None)


def printed(value: Scalar | None, form: Form, places: int) -> str:
    """A value in the form of its fact."""
    match value:
        case None:
            return "–"
        case str():
            return value
        case date():
            return day_text(value)
    match form:
        case Form.CHANCE:
            return chance_words(float(value), 0 if value == 1 else 1)
        case Form.PERCENT:
            return f"{rounded(value * 100, places):,} %"
        case Form.SIGNED:
            return _signed(value, places)
        case _:
            return f"{value if isinstance(value, int) and not places else rounded(value, places):,}"


def decimal(value: Fraction | float | date) -> str:
    """A number for programs, as decimal text of at most twelve digits; a day as ISO text."""
    return value.isoformat() if isinstance(value, date) else f"{float(value):.12g}"


def _signed(value: int | Fraction | float, places: int) -> str:
    number = rounded(value, places)
    return f"+{number:,}" if number > 0 else f"−{abs(number):,}" if number < 0 else "0"


def refusal_text(refusal: Refusal | None) -> str:
    """Why there is no value, in a few words."""
    if refusal is None:
        return "not known"
    about = f" ({refusal.about})" if refusal.about else ""
    needed = f": {refusal.n} of {refusal.needed} needed" if refusal.n is not None and refusal.needed else ""
    return f"{refusal.reason.value}{about}{needed}"
