"""The canary: one marked record in a sandbox container, every field written, read back, and put away again.

What a connector declares is compared with what the tool really does, field by field, with the account and the
permissions that will be used. Nothing but this one record is touched, and nobody but the account itself is assigned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from syncline.connector import Account, Archived, Describes, FieldInfo, Present
from syncline.errors import AuthError, ConfigError, Invalid, Unsupported, VendorError
from syncline.model import Comment, Kind, Priority, Record, Ref, Text, TextFormat, Visibility
from syncline.seams import Clock
from syncline.target import (
    FIELDS,
    AddRemove,
    Backlink,
    Change,
    CommentDraft,
    Draft,
    FileDraft,
    Move,
    Outcome,
    Removal,
    Set,
    TakesComments,
    TakesFiles,
    Target,
    same_value,
    value_of,
)

TITLE = "Syncline canary, may be deleted"
BODY = """# Canary

A record that `syncline doctor --canary` made to see what this tool stores. It **may be deleted**.

- a list
  - within a list

1. a number

> a quotation with a [link](https://example.com/a?b=c)

```python
print("code")
```

| a | table |
| --- | --- |
| 1 | two |
"""
FILE = b"Syncline canary\n\x00\xff"
PLAIN_TYPES = frozenset({"task", "story", "issue", "bug", "question"})
"""Types that a tool gives the most fields to."""
MADE = (Kind.ISSUE, Kind.TICKET)
"""What a canary may be, the first that the connector makes."""
LOOKS = 12
"""How often the marker is looked for, with `PAUSE` seconds between."""
PAUSE = 5.0


class State(StrEnum):
    """What became of one thing that the connector declares."""

    OK = "ok"
    DIFFERS = "differs"
    """Written, but the tool shows something else than `Target.stored_form` foretold."""
    REFUSED = "refused"
    UNTRIED = "not tried"


@dataclass(frozen=True)
class Finding:
    """One thing tried. ``text`` is one sentence without its full stop."""

    what: str
    state: State
    text: str


class Canary:
    """One canary in one container.

    ``container`` is a remote id, ``company`` the names of mapped company fields, ``marker`` a UUID never used before.
    """

    def __init__(
        self,
        target: Target,
        account: Account,
        container: str,
        company: tuple[str, ...],
        *,
        clock: Clock,
        marker: str,
    ) -> None:
        if not isinstance(target, Describes):
            raise ConfigError(
                "this connector cannot say what its containers hold", hint="no canary is possible"
            )
        kind = next((kind for kind in MADE if kind in target.capabilities.creates), None)
        if kind is None:
            raise ConfigError("this connector makes no issues", hint="no canary is possible")
        self._kind = kind
        self._target = target
        self._account = account
        self._container = container
        self._company = company
        self._clock = clock
        self._marker = marker
        self._began = clock.now()
        self._type = ""
        self._description = target.describe(container)
        self.ref: Ref | None = None
        self.url: str | None = None

    def findings(self) -> Iterator[Finding]:
        """Try everything, one thing after the other; the record is put away whatever happens."""
        yield from self._create()
        if self.ref is None:
            return
        try:
            yield self._found_again()
            yield from self._fields()
            yield from self._comment()
            yield from self._file()
        except VendorError:
            yield self._put_away()
            raise
        except BaseException:  # interrupted: nothing is left behind
            self._put_away()
            raise
        yield self._put_away()

    # ---- making it -------------------------------------------------------------------------------------------------

    def _create(self) -> Iterator[Finding]:
        last: VendorError | None = None
        for type_, draft in self._drafts():
            try:
                outcome = self._target.create(draft, self._marker)
            except Invalid as error:
                last = error
                continue
            except AuthError:
                raise
            except VendorError as error:
                yield Finding("create", State.REFUSED, str(error))
                return
            self.ref = outcome.ref
            self._type = type_
            self.url = outcome.stored.record.url if outcome.stored else None
            yield Finding("create", State.OK, f"made a record of the type {type_}")
            return
        yield Finding("create", State.REFUSED, str(last or "no type can be made here"))

    def _drafts(self) -> Iterator[tuple[str, Draft]]:
        """A draft for each type, those that ask for least first, and of these the plain ones."""
        types = self._description.creation or dict.fromkeys(self._description.types, ())

        def demands(entry: tuple[str, tuple[FieldInfo, ...]]) -> tuple[int, bool]:
            return sum(one.required for one in entry[1]), entry[0].casefold() not in PLAIN_TYPES

        for type_, infos in sorted(types.items(), key=demands):
            given: dict[str, Any] = {"title": TITLE}
            for info in infos:
                name = info.field
                if info.required and name and name not in given and name in self._names():
                    sample = self._sample(name, info)
                    if isinstance(sample, Set):
                        given[name] = sample.value
            yield type_, Draft(self._kind, self._container, type_, given)

    def _found_again(self) -> Finding:
        draft = Draft(self._kind, self._container, None, {"title": TITLE})
        declared = self._target.capabilities.creates[self._kind]
        for look in range(LOOKS):
            try:
                found = self._target.find_by_marker(self._marker, draft, self._began)
            except VendorError as error:
                return Finding("marker", State.REFUSED, str(error))
            if found:
                same = list(found) == [self.ref]
                seconds = (self._clock.now() - self._began).total_seconds()
                told = f"found after {seconds:.0f} s, at most {declared.settle:.0f} s are declared"
                return Finding("marker", State.OK if same else State.DIFFERS, told)
            if look + 1 < LOOKS:
                self._clock.sleep(PAUSE)
        if declared.settle > LOOKS * PAUSE:
            told = f"not found within {LOOKS * PAUSE:.0f} s; {declared.settle:.0f} s are declared"
            return Finding("marker", State.UNTRIED, told)
        return Finding("marker", State.DIFFERS, f"not found within {LOOKS * PAUSE:.0f} s")

    # ---- its fields ------------------------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        writes = self._target.capabilities.writes
        company = self._company if "fields" in writes else ()
        # the type last: with it the screens change, and what they take
        return [*(name for name in FIELDS if name in writes - {"type"}), *company, *({"type"} & writes)]

    def _fields(self) -> Iterator[Finding]:
        infos = self._infos()
        for name in self._names():
            if name == "status":
                yield self._status()
            else:
                yield self._field(name, self._sample(name, infos.get(name)))

    def _infos(self) -> Mapping[str, FieldInfo]:
        creation = [info for infos in self._description.creation.values() for info in infos]
        return {info.field: info for info in (*self._description.fields, *creation) if info.field}

    def _field(self, name: str, change: Change | str) -> Finding:
        if isinstance(change, str):
            return Finding(name, State.UNTRIED, change)
        return self._judged(name, lambda: self._written(name, change))

    def _written(self, name: str, change: Change) -> Finding:
        assert self.ref is not None
        foretold = self._target.stored_form(name, change.value) if isinstance(change, Set) else None
        outcome = self._target.update(self.ref, {name: change}, {})
        if name in outcome.refused:
            return Finding(name, State.REFUSED, str(outcome.refused[name]))
        if name not in outcome.applied:
            return Finding(name, State.DIFFERS, "the connector says neither that it was written nor why not")
        if not isinstance(change, Set):
            return Finding(name, State.OK, "written")
        return self._compared(name, foretold)

    def _compared(self, name: str, foretold: Any) -> Finding:
        shown = value_of(self._fresh(), name)
        if same_value(name, shown, foretold):
            return Finding(name, State.OK, "written and read back as foretold")
        return Finding(
            name, State.DIFFERS, f"foretold {_short(foretold)}, but the tool shows {_short(shown)}"
        )

    def _fresh(self) -> Record:
        assert self.ref is not None
        (answer,) = self._target.fetch([self.ref])
        if isinstance(answer, Present):
            for item in answer.page.records:
                if item.record.remote_id == self.ref.remote_id and item.record.kind is self._kind:
                    return item.record
        raise Unsupported(f"the record cannot be read back ({type(answer).__name__.lower()})")

    def _status(self) -> Finding:
        """The first other status that can be reached directly; all others are said to be out of reach."""
        assert self.ref is not None
        reasons = []
        before = value_of(self._fresh(), "status")
        for status in self._description.statuses:
            if status.name == before:
                continue
            try:
                outcome = self._target.update(self.ref, {"status": Move(status.name)}, {})
            except AuthError:
                raise
            except VendorError as error:
                return Finding("status", State.REFUSED, str(error))
            if "status" in outcome.applied:
                return self._judged("status", partial(self._compared, "status", status.name))
            reasons.append(f"{status.name}: {outcome.refused.get('status', 'not tried')}")
        return Finding("status", State.REFUSED, "; ".join(reasons[:3]) or "there is no other status")

    def _sample(self, name: str, info: FieldInfo | None) -> Change | str:
        """What to write into a field, or why nothing can be."""
        today = self._clock.now().date()
        samples: Mapping[str, Change | str] = {
            "title": Set(f"{TITLE}: done"),
            "description": Set(Text(format=TextFormat.MARKDOWN, source=BODY)),
            "priority": Set(Priority.HIGH),
            "assignees": Set((self._account.user_id,)),
            "labels": Set(("syncline-canary",)),
            "due_on": Set(today + timedelta(days=7)),
            "start_on": Set(today),
            "estimate": Set(3.0),
            "backlinks": AddRemove(add=(Backlink(self._marker, "https://example.com/canary", TITLE),)),
        }
        if name in samples:
            return samples[name]
        if name == "type":
            return self._another_type()
        if name == "components" and info is not None and info.choices:
            return Set((info.choices[0],))
        if name in FIELDS:
            return "needs another record"
        if info is None:
            return "the tool does not say what it holds"
        if info.choices:
            return Set(info.choices[0])
        typed: Mapping[str, Change] = {
            "number": Set(1.0),
            "date": Set(today.isoformat()),
            "string": Set("canary"),
        }
        return typed.get(info.type, f"a field of the type {info.type}")

    def _another_type(self) -> Change | str:
        types = self._description.creation or self._description.types
        others = [name for name in types if name != self._type and name.casefold() in PLAIN_TYPES]
        return Set(others[0]) if others else "there is no other plain type"

    # ---- what hangs on it ------------------------------------------------------------------------------------------

    def _comment(self) -> Iterator[Finding]:
        target, subject = self._target, self.ref
        if not isinstance(target, TakesComments) or subject is None:
            return
        body = Text(format=TextFormat.MARKDOWN, source="A comment of the *canary*\n")

        def tried() -> Finding:
            made = target.add_comment(CommentDraft(subject, body, Visibility.TEAM), self._marker)
            seen = made.stored.record if made.stored else None
            if isinstance(seen, Comment) and seen.visibility is Visibility.CUSTOMER:
                return Finding("comment", State.DIFFERS, "a comment for the team could be read by customers")
            try:
                edited = target.edit_comment(
                    made.ref, subject, Text(format=TextFormat.MARKDOWN, source="Edited\n")
                )
                target.remove_comment(made.ref, subject)
            except Unsupported:
                told = "added for the team only; the tool lets none be changed"
                return _of_outcomes("comment", made) or Finding("comment", State.OK, told)
            return _of_outcomes("comment", made, edited) or Finding(
                "comment", State.OK, "added for the team only, edited, removed"
            )

        yield self._judged("comment", tried)

    def _file(self) -> Iterator[Finding]:
        target, subject = self._target, self.ref
        if not isinstance(target, TakesFiles) or subject is None:
            return

        def tried() -> Finding:
            made = target.attach(FileDraft(subject, "canary.txt", FILE, "text/plain"), self._marker)
            if target.download(made.ref) != FILE:
                return Finding("file", State.DIFFERS, "the bytes that come back are others")
            return _of_outcomes("file", made) or Finding("file", State.OK, "attached and read back")

        yield self._judged("file", tried)

    # ---- putting it away -------------------------------------------------------------------------------------------

    def _put_away(self) -> Finding:
        assert self.ref is not None
        where = self.url or str(self.ref)
        reasons = []
        for how in (Removal.ARCHIVE, Removal.DELETE):
            try:
                self._target.remove(self.ref, how)
                (answer,) = self._target.fetch([self.ref])
            except VendorError as error:
                reasons.append(f"{how}: {error}")
                continue
            if isinstance(answer, Present):
                reasons.append(f"{how}: without effect")
                continue
            told = "archived" if isinstance(answer, Archived) else "deleted"
            return Finding("put away", State.OK, "; ".join([told, *reasons]))
        return Finding("put away", State.REFUSED, f"{where} is still there: {'; '.join(reasons)}")

    def _judged(self, what: str, tried: Callable[[], Finding]) -> Finding:
        try:
            return tried()
        except AuthError:
            raise
        except VendorError as error:
            return Finding(what, State.REFUSED, str(error))


def _of_outcomes(what: str, *outcomes: Outcome) -> Finding | None:
    for outcome in outcomes:
        for name, error in outcome.refused.items():
            return Finding(what, State.REFUSED, f"{name}: {error}")
    return None


def _short(value: Any) -> str:
    shown = value.source if isinstance(value, Text) else value
    words = repr(shown)
    return words if len(words) <= 80 else words[:79] + "…"
