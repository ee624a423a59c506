"""What the checks for writing share: records to write to, values to write, and a fresh look at what the tool has."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from syncline.connector import Present
from syncline.errors import SynclineError
from syncline.model import Kind, Ref, Sourced, Text, TextFormat
from syncline.target import FIELDS, Draft, Outcome, Set, Target
from syncline.testing.bench import Skipped, WritingBench
from syncline.testing.reading import issue_stream

E = TypeVar("E", bound=BaseException)

TITLE = "made by the check"
_numbers = itertools.count(1000)


def words(text: str) -> Text:
    """A text as another tool would send it."""
    return Text(format=TextFormat.MARKDOWN, source=text)


USUAL: Mapping[str, tuple[Any, Any]] = {
    "title": ("first title", "second title"),
    "description": (words("first words"), words("second words, *stressed*")),
    "labels": (("red", "green"), ("blue",)),
    "due_on": (date(2031, 3, 30), date(2032, 2, 29)),
    "start_on": (date(2031, 1, 1), date(2030, 12, 31)),
    "estimate": (3.0, 5.0),
}
"""Two values of each field that need no knowledge of the tool."""
ELSEWHERE = frozenset({"status", "relations", "backlinks", "fields"})
"""Fields that are not written by `Set`; ``fields`` stands for names, not for a field."""


def samples(bench: WritingBench, target: Target) -> dict[str, tuple[Any, Any]]:
    """Two values for each field that can be set; AssertionError where the bench owes them."""
    writes = target.capabilities.writes
    names = {name for name in writes - ELSEWHERE if name in FIELDS}
    company = {name for name in bench.samples if name not in FIELDS} if "fields" in writes else set()
    known = {**USUAL, **bench.samples}
    assert names <= known.keys(), f"the bench must give samples for {sorted(names - known.keys())}"
    return {name: known[name] for name in sorted(names | company)}


def others(bench: WritingBench, target: Target) -> dict[str, tuple[Any, Any]]:
    """The samples without the title."""
    return {name: pair for name, pair in samples(bench, target).items() if name != "title"}


def marker(number: int = 1) -> str:
    """A marker as the engine makes them."""
    return str(uuid5(NAMESPACE_URL, f"https://syncline.example/check/{number}"))


def needs(there: object, what: str) -> None:
    """Skip the check where the tool or the connector has no such thing."""
    if not there:
        raise Skipped(what)


def drafted(
    bench: WritingBench, target: Target, title: str = TITLE, container: str | None = None, **fields: Any
) -> Draft:
    """A record to be made where the bench says."""
    kind = issue_stream(target).kinds[0]
    needs(kind in target.capabilities.creates, f"the connector makes no {kind}")
    return Draft(kind, container or bench.container, bench.type_name, {"title": title, **fields})


def made(bench: WritingBench, title: str = TITLE, container: str | None = None, **fields: Any) -> Ref:
    """A record made through a connector of its own, bare but for its title and ``fields``."""
    target = bench.connect()
    outcome = target.create(drafted(bench, target, title, container), marker(next(_numbers)))
    missing = {name: Set(value) for name, value in fields.items()}
    if missing:
        told = target.update(outcome.ref, missing, {})
        assert told.applied == fields.keys(), f"refused on a new record: {told.refused}"
    bench.settle()
    return outcome.ref


def subject(bench: WritingBench) -> Ref:
    """An issue of the bench that somebody else made."""
    target = bench.connect()
    return Ref(target.check().site, issue_stream(target).kinds[0], sorted(bench.issues)[0])


def fresh(bench: WritingBench, ref: Ref) -> Sourced:
    """The record as a new connector reads it now."""
    return next(item for item in look(bench, ref) if item.record.remote_id == ref.remote_id)


def look(bench: WritingBench, ref: Ref) -> list[Sourced]:
    """The record and all that rides on it, as a new connector reads them now."""
    (answer,) = bench.connect().fetch([ref])
    assert isinstance(answer, Present), f"{ref} must be there, but fetch says {answer}"
    return list(answer.page.records)


def riding(bench: WritingBench, ref: Ref, kind: Kind) -> Iterator[Any]:
    """The comments or files on a record."""
    return (item.record for item in look(bench, ref) if item.record.kind is kind)


def expect(error: type[E], rule: str, call: Callable[[], object]) -> E:
    """The error that ``call`` must raise; AssertionError with the rule where it raises none or another."""
    try:
        answer = call()
    except error as raised:
        return raised
    except SynclineError as raised:
        raise AssertionError(f"{rule}: {error.__name__}, not {type(raised).__name__} ({raised})") from raised
    raise AssertionError(f"{rule}: {error.__name__}, not an answer ({answer!r:.120})")


def told_of(call: Callable[[], Outcome], names: Mapping[str, object]) -> Outcome | SynclineError:
    """The outcome, which accounts for every field, or the error that was raised."""
    try:
        outcome = call()
    except SynclineError as error:
        return error
    accounted(outcome, names)
    return outcome


def accounted(outcome: Outcome, names: Mapping[str, object]) -> None:
    """Every field that an update was asked for is applied or refused, never both, and no other is named."""
    both = outcome.applied & outcome.refused.keys()
    assert not both, f"{sorted(both)} cannot be applied and refused"
    assert outcome.later <= outcome.applied, "what was read later is among what was applied"
    told = outcome.applied | outcome.refused.keys()
    assert told == names.keys(), f"asked for {sorted(names)}, told about {sorted(told)}"
