"""Conditions on records: ``when``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator

from syncline.config.values import CalendarDay, OneOrMore, Section, listed, nearest
from syncline.model import Kind, Priority, StatusCategory


def _kinds(value: Any) -> Any:
    spelt = {kind.lower(): kind for kind in Kind}
    return tuple(spelt.get(one.lower(), one) if isinstance(one, str) else one for one in listed(value))


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise ValueError("must be a text, a number, true or false, or a list of these")
    return value


Scalar = Annotated[str | int | float, PlainValidator(_scalar)]
Scalars = Annotated[tuple[Scalar, ...], BeforeValidator(listed), Field(min_length=1)]


class When(Section):
    """Keys are AND, the values of a list OR. Names of `[fields]` are keys, too."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Scalars]

    kind: Annotated[tuple[Kind, ...], BeforeValidator(_kinds)] = ()
    """Kinds of record, such as "issue"."""
    type: OneOrMore | None = None
    """The tool's own types."""
    status: OneOrMore | None = None
    """Native statuses."""
    category: Annotated[tuple[StatusCategory, ...], BeforeValidator(listed)] = ()
    """Status categories."""
    labels: OneOrMore | None = None
    """Has any of these labels."""
    priority: Annotated[tuple[Priority, ...], BeforeValidator(listed)] = ()
    """Common priorities."""
    assignee: OneOrMore | None = None
    """Persons."""
    team: OneOrMore | None = None
    """Teams of `[teams]`."""
    container: OneOrMore | None = None
    """Keys of containers."""
    created_after: CalendarDay | None = None
    """Created on this day or later."""
    text: OneOrMore | None = None
    """Title or body holds any of these."""
    not_: When | None = Field(default=None, alias="not")
    """A condition that must not hold."""
    any_: tuple[When, ...] = Field(default=(), alias="any")
    """Conditions of which one must hold."""

    def unknown(self, names: frozenset[str]) -> list[str]:
        """One sentence for each key, here or nested, that is no key of a condition and not in ``names``."""
        known = [field.alias or name for name, field in type(self).model_fields.items()]
        own = [
            f'unknown key "{key}" in a condition; {nearest(key, [*known, *names])}'
            for key in self.__pydantic_extra__
            if key not in names
        ]
        nested = [*self.any_, *([self.not_] if self.not_ else [])]
        return own + [line for one in nested for line in one.unknown(names)]
