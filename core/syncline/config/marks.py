"""``[[mark]]``: what ships is marked in the charts of another tool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from syncline.config.problems import Place, Problem
from syncline.config.values import OneOrMore, Section, Word, Words, nearest
from syncline.errors import ConfigError
from syncline.model import Kind

if TYPE_CHECKING:
    from syncline.config.document import Config
    from syncline.registry import Registry

SHIPPED = frozenset({Kind.RELEASE, Kind.DEPLOY})
"""What can be marked."""


class Mark(Section):
    """Marks in the charts of one connection what ships in others: releases and deployments."""

    name: Word = Field(examples=["releases"])
    """Its label; no [[sync]] block may have the same."""
    from_: OneOrMore = Field(alias="from", examples=[["eng"]])
    """Connections whose releases and deployments are marked."""
    to: Word = Field(examples=["usage"])
    """Connection whose charts are marked."""
    mode: Literal["preview", "on", "paused"] = "preview"
    """"preview" plans and shows and writes nothing; "on"; "paused"."""
    label: Word = "{title}"
    """What a mark is called, with {title} of what shipped and {connection}, the one it is from."""
    category: Word | None = Field(default=None, examples=["Releases"])
    """The tool's category of marks, which must be there; left out: the tool's own choice."""
    environments: Words = ("production",)
    """Of deployments, only those into these environments, and those that name none."""


def mark_problems(config: Config, registry: Registry) -> Iterator[Problem]:
    """Everything about the blocks that their models cannot see; looks at the connectors that they name."""
    names = {block.name for block in config.sync}
    governed: set[tuple[str, str]] = set()
    for number, rule in enumerate(config.mark):
        place: Place = ("mark", number)
        if rule.name in names:
            yield Problem((*place, "name"), "is the name of another block, too")
        names.add(rule.name)
        for source in rule.from_:
            yield from _source((*place, "from"), source, config, registry)
            if (source, rule.to) in governed:
                yield Problem((*place, "from"), f"{source} is marked in {rule.to} by another block, too")
            governed.add((source, rule.to))
        yield from _target(place, rule, config, registry)


def _source(place: Place, name: str, config: Config, registry: Registry) -> Iterator[Problem]:
    given = config.connections.get(name)
    if given is None:
        yield Problem(place, f'no connection is named "{name}"; {nearest(name, config.connections)}')
    elif SHIPPED.isdisjoint(registry.get(given.connector).capabilities.reads):
        yield Problem(place, f"{name} ({given.connector}) tells of neither releases nor deployments")


def _target(place: Place, rule: Mark, config: Config, registry: Registry) -> Iterator[Problem]:
    from syncline.target import TakesMarks

    given = config.connections.get(rule.to)
    if given is None:
        yield Problem(
            (*place, "to"), f'no connection is named "{rule.to}"; {nearest(rule.to, config.connections)}'
        )
        return
    connector = registry.get(given.connector)
    if not issubclass(connector, TakesMarks):
        yield Problem(
            (*place, "to"), f"{rule.to} ({given.connector}) takes no marks; docs/connectors.md says who does"
        )
        return
    if rule.mode == "on" and given.access != "write":
        yield Problem((*place, "mode"), f'"on" needs access = "write" in [connections.{rule.to}]')
    try:
        connector.mark_zone(given)
    except ConfigError as error:
        yield Problem(("connections", rule.to), str(error))
