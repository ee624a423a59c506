"""``[[sync]]``: which records are kept in agreement, and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from syncline.config.values import CalendarDay, FilePath, Flag, OneOrMore, Section, Word, Words
from syncline.config.when import Scalars, When


class FieldRule(Section):
    """How one field crosses. `{}`: both ways, and a conflict waits for a person."""

    prefer: Words | None = Field(default=None, examples=[["product"]])
    """Both ways; on conflict the first of these connections wins."""
    conflict: Literal["hold", "newest"] | None = None
    """Both ways; "hold" waits for a person, "newest" takes the later change."""
    from_: Word | None = Field(default=None, alias="from")
    """One way, from this connection, or from its other field as connection.field."""
    to: OneOrMore | None = None
    """One way, to these connections only."""
    only: Words | None = None
    """Of a list, only these values cross."""
    except_: Words | None = Field(default=None, alias="except")
    """Of a list, these values do not cross."""
    on: Literal["create"] | None = None
    """Only when the record is made."""
    visibility: Literal["team", "customer"] | None = None
    """Of comments and status: "customer" also for customers, with customer_visible on the connection."""
    signature: Word | Literal[""] | None = None
    """Of comments: the line above a copy, with {author} and {tool}."""
    as_: Literal["link", "copy"] | None = Field(default=None, alias="as")
    """Of attachments: a link to the file, or the file."""

    @model_validator(mode="after")
    def _one_policy(self) -> Self:
        if sum(policy is not None for policy in (self.prefer, self.conflict, self.from_)) > 1:
            raise ValueError("prefer, conflict and from exclude one another")
        return self


def _rule(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


Rule = Annotated[FieldRule, BeforeValidator(_rule)]
Pair = Mapping[str, OneOrMore]
StatusRow = Mapping[str, OneOrMore]


class Route(Section):
    """Where a new record is made; the first route whose condition holds decides."""

    when: When | None = None
    """A condition; left out: always."""
    container: Word = Field(examples=["ENG"])
    """Key of the container."""


class Create(Section):
    """Makes counterparts in one direction; without it nothing is made that way."""

    from_: Word = Field(alias="from", examples=["product"])
    """Connection whose records get a counterpart."""
    to: Word = Field(examples=["eng"])
    """Connection in which it is made."""
    when: When | None = Field(default=None, examples=[{"labels": ["needs-eng"]}])
    """Which records; left out: all."""
    route: tuple[Route, ...] = Field(default=(), examples=[[{"container": "ENG"}]])
    """Where; left out: as the pairs say."""
    type: Word | None = Field(default=None, examples=["Story"])
    """The tool's own type."""
    title: Word | None = Field(default=None, examples=["{title}"])
    """Title, with {key} and {title} of the source."""
    body: FilePath | None = Field(default=None, examples=["templates/body.md"])
    """Template of the text."""
    set: Mapping[str, Scalars] = Field(default={}, examples=[{"labels": ["from-linear"]}])
    """Fields given fixed values."""


class NoteRule(Section):
    """A note written once, when a condition comes true; internal unless customer_visible."""

    to: Word = Field(examples=["product"])
    """Connection whose records get the note."""
    when: When = Field(examples=[{"category": ["done"]}])
    """A condition on the other side."""
    text: Word = Field(examples=["Shipped with {key}."])
    """The note, with {key} of the other side."""
    visibility: Literal["team", "customer"] = "team"
    """Who reads it: "customer" only with customer_visible on the connection, and without {title}."""


class Sync(Section):
    """Keeps linked records of two or more connections in agreement, field by field."""

    name: Word = Field(examples=["delivery"])
    """Its label."""
    between: Words = Field(min_length=2, examples=[["product", "eng"]])
    """Two connections or more."""
    link: Literal["same", "about"] = Field(examples=["same"])
    """"same": one piece of work; "about": many records point at one."""
    mode: Literal["preview", "on", "paused"] = "preview"
    """"preview" plans and shows and writes nothing; "on"; "paused"."""
    lead: Word | None = Field(default=None, examples=["eng"])
    """Whose title, dates and events speak for the item in reports; left out: the earliest created."""
    since: CalendarDay | None = Field(default=None, examples=[date(2026, 11, 1)])
    """Unlinked records created before are neither matched nor copied; linked ones always sync."""
    match: tuple[Literal["native", "url", "title"], ...] = ("native", "url")
    """How existing records are recognised; two candidates are listed by `suggest`, never linked."""
    first: Word = "hold"
    """When two existing records differ at their first link this side wins once; "hold" asks."""
    gone: Literal["keep", "archive"] = "keep"
    """What happens to the other side of a record that is gone."""
    moved: Literal["follow", "freeze", "unlink"] = "follow"
    """What happens when a record moves to another container."""
    backlink: Flag = True
    """Show the other side by the tool's own link object."""
    status: tuple[StatusRow, ...] = Field(
        default=(), examples=[[{"product": ["In Review"], "eng": ["In Review", "QA"]}]]
    )
    """One row, one meaning: every name is read, the first is written; no row: blocked, never guessed."""
    pair: tuple[Pair, ...] = Field(default=(), examples=[[{"product": "COR", "eng": "ENG"}]])
    """Containers that belong together; the first pair that names a record's container decides."""
    create: tuple[Create, ...] = ()
    """One table per direction."""
    fields: Mapping[str, Rule] = Field(
        default={}, examples=[{"title": {"prefer": ["product"]}, "estimate": {"from": "eng"}}]
    )
    """A field that is not named does not cross."""
    note: tuple[NoteRule, ...] = ()
    """Notes written to one side when something happens on the other."""

    @model_validator(mode="after")
    def _only_own_connections(self) -> Self:
        own = set(self.between)
        for name in self._named_connections():
            if name not in own:
                raise ValueError(f'"{name}" is not one of the connections in between')
        return self

    def _named_connections(self) -> list[str]:
        named = [name for table in (*self.status, *self.pair) for name in table]
        named += [name for one in self.create for name in (one.from_, one.to)]
        named += [note.to for note in self.note]
        for rule in self.fields.values():
            named += [*(rule.prefer or ()), *(rule.to or ())]
            named += [rule.from_.partition(".")[0]] if rule.from_ else []
        named += [self.lead] if self.lead else []
        return named + ([self.first] if self.first != "hold" else [])

    def conditions(self) -> list[When]:
        """Every condition of the block."""
        found = [one.when for one in self.create] + [note.when for note in self.note]
        found += [route.when for one in self.create for route in one.route]
        return [when for when in found if when is not None]
