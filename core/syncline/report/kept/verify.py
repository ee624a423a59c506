"""Whether a kept report still says what the database says, and where it does not, why.

Every fact's stored query is run again over the working set of its snapshot, and the report is made again by the rules
of this Syncline. Records keep only their present version, so what has changed since cannot be made again: that is said,
and is another thing than a number that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from syncline.errors import ConfigError
from syncline.report.basis import as_known, load_texts
from syncline.report.facts import IDS_KEPT, Fact, Ledger, digest
from syncline.report.kept.make import again
from syncline.report.kept.saved import Saved
from syncline.store import reports
from syncline.store.instants import to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from syncline.report.model import Report


class Verdict(StrEnum):
    """What became of a fact."""

    SAME = "same"
    CHANGED = "cannot be made again"
    WRONG = "differs"


@dataclass(frozen=True)
class Checked:
    """A fact, the verdict, and the reason in words; the words are ours."""

    fact: Fact
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True)
class Verification:
    """``page`` says whether what was written can be written again to the byte."""

    checked: tuple[Checked, ...]
    page: Verdict
    page_why: str = ""

    @property
    def differs(self) -> bool:
        """Whether anything is not what it was."""
        verdicts = {one.verdict for one in self.checked} | {self.page}
        return verdicts != {Verdict.SAME}

    def count(self, verdict: Verdict) -> int:
        return sum(one.verdict is verdict for one in self.checked)


def verify(
    connection: Connection, saved: Saved, written: Callable[[Report], str], digest_of: Callable[[str], str]
) -> Verification:
    """Check every fact and the page. ``written`` renders a report as the kept one was, ``digest_of`` as it was kept."""
    later = _Later(
        reports.changed_since(connection, saved.known_seq),
        reports.last_seq(connection) > saved.known_seq,
        reports.pulled_since(connection, saved.made_at),
    )
    rows = _rerun(connection, saved)
    made: Report | None = None
    digest_now, why = "", ""
    try:
        whole = again(connection, saved)
        made, digest_now = whole, digest_of(written(whole))
    except ConfigError as error:
        why = str(error)
    values = {fact.name: fact for fact in made.facts} if made else {}
    checked = tuple(_check(fact, rows[fact.id], values.get(fact.name), made, later) for fact in saved.facts)
    if why:
        return Verification(checked, Verdict.CHANGED, f"the report cannot be made again: {why}")
    if digest_now == saved.digest:
        return Verification(checked, Verdict.SAME)
    return Verification(checked, *_page(checked, later, saved))


@dataclass(frozen=True)
class _Later:
    """What came after the report: names of what changed, whether anything was learned, whether anything was pulled."""

    changed: frozenset[str]
    learned: bool
    pulled: bool


def _rerun(connection: Connection, saved: Saved) -> dict[str, tuple[int, frozenset[str]]]:
    """By fact: how many rows its own query gives now, and their ids."""
    texts = dict(saved.relations)
    basis = load_texts(as_known(connection, saved.known_seq), saved.as_of, texts)
    parameters: dict[str, str | int] = {"as_of": to_text(saved.as_of)}
    for fact in saved.facts:
        parameters |= dict(fact.parameters)
    with Ledger(basis, parameters) as ledger:
        return {fact.id: _rows(ledger, fact) for fact in saved.facts}


def _rows(ledger: Ledger, fact: Fact) -> tuple[int, frozenset[str]]:
    for name, value in fact.parameters:
        ledger.let(name, value)
    rows = ledger.rows(fact.sql)
    return len(rows), frozenset(str(row[0]) for row in rows)


def _check(
    fact: Fact,
    rows: tuple[int, frozenset[str]],
    made: Fact | None,
    whole: Report | None,
    later: _Later,
) -> Checked:
    n, ids = rows
    same_rows = n == fact.n and digest(ids) == fact.digest
    rule_gone = whole is not None and made is None
    same_value = made is None or made.value == fact.value
    if same_rows and same_value and not rule_gone:
        return Checked(fact, Verdict.SAME)
    touched = _touched(fact, ids, later)
    if touched:
        return Checked(fact, Verdict.CHANGED, touched)
    if not same_rows:
        return Checked(fact, Verdict.WRONG, f"its query gives {n} rows, {fact.n} were kept, or others")
    return Checked(
        fact, Verdict.WRONG, "this Syncline has no such fact" if rule_gone else "its value is another now"
    )


def _touched(fact: Fact, ids: frozenset[str], later: _Later) -> str:
    """Why the rows behind a fact need not be what they were; empty where they must."""
    rows = ids | set(fact.ids)
    known = [name for name in rows if (name[:1] == "i" and name[1:].isdecimal()) or name.count(":") >= 2]
    hit = sum(name in later.changed for name in known)
    if hit:
        return f"{hit} of its records changed since"
    if len(known) < len(rows) and (later.learned or later.pulled):
        return "its rows say how the data stood, and more was read since"
    if fact.n > IDS_KEPT and later.learned:
        return "records changed since, and its rows are too many to be kept"
    return ""


def _page(checked: tuple[Checked, ...], later: _Later, saved: Saved) -> tuple[Verdict, str]:
    from syncline import __version__

    if saved.version != __version__:
        return Verdict.CHANGED, f"it was written by Syncline {saved.version}"
    if any(one.verdict is Verdict.WRONG for one in checked):
        return Verdict.WRONG, "facts on it differ"
    if later.learned or later.pulled:
        return Verdict.CHANGED, "records changed since, or more was read"
    return Verdict.WRONG, "its facts are the same, its bytes are not"


def by_reason(checked: tuple[Checked, ...]) -> Mapping[tuple[Verdict, str], list[Fact]]:
    """Facts that are not what they were, by verdict and reason."""
    found: dict[tuple[Verdict, str], list[Fact]] = {}
    for one in checked:
        if one.verdict is not Verdict.SAME:
            found.setdefault((one.verdict, one.why), []).append(one.fact)
    return found
