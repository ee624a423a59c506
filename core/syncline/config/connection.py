"""A connection: one account of one tool. Keys that only one tool has stand in its connector's subclass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from syncline.config.values import (
    Flag,
    OneOrMore,
    Section,
    Url,
    Word,
    Words,
    is_loopback,
    nearest,
)
from syncline.model import REFINES, Refinement, StatusCategory


class StatusReading(Section):
    """What a native status is read into, written ``category`` or ``category/refinement``."""

    category: StatusCategory
    refinement: Refinement | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, StatusReading):
            return {"category": value.category, "refinement": value.refinement}
        if not isinstance(value, str):
            raise ValueError('must be text such as "todo" or "in_progress/review"')
        category, slash, refinement = value.partition("/")
        if category not in set(StatusCategory):
            raise ValueError(f"is not a status category; {nearest(category, StatusCategory)}")
        return {"category": category, "refinement": _refinement(category, refinement) if slash else None}

    def __str__(self) -> str:
        return f"{self.category}/{self.refinement}" if self.refinement else str(self.category)


def _refinement(category: str, refinement: str) -> str:
    allowed = [word for word, refined in REFINES.items() if refined == category]
    if refinement in allowed:
        return refinement
    if refinement in set(Refinement):
        owner = REFINES[Refinement(refinement)]
        raise ValueError(f'holds a refinement of another category; write "{owner}/{refinement}"')
    if not allowed:
        raise ValueError(f'is not a status; "{category}" has no refinements')
    raise ValueError(f"is not a refinement of {category}; {nearest(refinement, allowed)}")


def field_copy(value: Any) -> Any:
    """A name or id alone as the table it stands for."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return {"field": value}
    return value


def _field_name(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class FieldCopy(Section):
    """Where a connection keeps a field: its name or id alone, or this table."""

    field: Annotated[Word, BeforeValidator(_field_name)] = Field(examples=["Severity"])
    """Display name or id in the tool."""
    values: Mapping[str, OneOrMore] = {}
    """For a choice: the company's value, then the tool's names for it; the first is the one written."""


ConnectionField = Annotated[FieldCopy, BeforeValidator(field_copy)]


class ContainerConfig(Section):
    """What is special in one container of a connection."""

    status: Mapping[str, StatusReading] = {}
    """Native status to category[/refinement]; goes before the connection's own."""


class ConnectionConfig(Section):
    """One account of one tool. It only reads until `access` says otherwise."""

    mappable: ClassVar[frozenset[str]] = frozenset({"estimate"})
    """Common fields that may stand in ``fields`` beside the company's own."""
    unused: ClassVar[frozenset[str]] = frozenset()
    """Keys of every connection that mean nothing for this tool: refused, and not documented."""

    connector: Word = Field(examples=["jira"])
    """Which tool: the name of an installed connector."""
    url: Url | None = Field(default=None, examples=["https://acme.atlassian.net"])
    """Address of the account. https, except on this machine or with `insecure`."""
    insecure: Flag = False
    """Accept an address without TLS: everything, the token included, can be read on the way."""
    access: Literal["read", "write"] = "read"
    """"read" or "write"; a reading connection refuses every request that could change something."""
    customer_visible: Flag = False
    """Allow what customers see (public replies, solving, closing) where a rule asks for it, too."""
    streams: Words | None = Field(default=None, examples=[["issues", "comments"]])
    """What is pulled; left out: everything the connector offers."""
    fields: Mapping[str, ConnectionField] = Field(default={}, examples=[{"estimate": "Story Points"}])
    """The company's field to the tool's display name or id, or to `{ field, values }` for choices."""
    status: Mapping[str, StatusReading] = Field(
        default={}, examples=[{"In Review": "in_progress/review", "Won't Do": "canceled"}]
    )
    """Native status to category[/refinement]. What is not named keeps the tool's own category."""
    containers: Mapping[str, ContainerConfig] = Field(
        default={}, examples=[{"MOB": {"status": {"Store Review": "waiting/vendor"}}}]
    )
    """By the container's key: a `status` table that goes before the one above."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The connection's label; empty where it was not loaded from a file."""
        return self._name

    def named(self, name: str) -> Self:
        """The same connection under a label."""
        copy = self.model_copy()
        copy._name = name
        return copy

    @model_validator(mode="after")
    def _refuse_unused(self) -> Self:
        for name in sorted(self.unused & self.model_fields_set):
            raise ValueError(f"{name} means nothing for {self.connector}; take it out")
        return self

    @model_validator(mode="after")
    def _require_tls(self) -> Self:
        if self.url and self.url.startswith("http:") and not self.insecure and not is_loopback(self.url):
            raise ValueError("url must begin with https://; insecure = true would accept http://")
        return self
