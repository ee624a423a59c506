"""What one section says about another must hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from syncline.config.connection import ConnectionConfig
from syncline.config.document import Config
from syncline.config.problems import Place, Problem, unknown_key
from syncline.config.values import nearest

if TYPE_CHECKING:
    from syncline.config.company import FieldConfig
    from syncline.config.when import When

AIMED_AT = ("objective", "initiative", "project", "epic")
"""Kinds of record that can stand for an objective."""


def cross_problems(config: Config, connections: Iterable[str]) -> list[Problem]:
    """Everything that names something which is not there; ``connections`` are all that the file has."""
    known = frozenset(connections)
    return [
        *_copied_fields(config),
        *_sites(config),
        *_teams(config, known),
        *_syncs(config, known),
        *_roadmap(config, known),
        *_objectives(config, known),
        *_messages(config),
    ]


def _absent(place: Place, what: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    known = list(known)
    if name not in known:
        yield Problem(place, f'no {what} is named "{name}"; {nearest(name, known)}')


def _copied_fields(config: Config) -> Iterator[Problem]:
    for label, connection in config.connections.items():
        place: Place = ("connections", label, "fields")
        known = {*config.fields, *connection.mappable}
        for name in connection.fields:
            if name not in known:
                yield unknown_key((*place, name), known)
        yield from _copied_values(connection, config.fields, place)


def _copied_values(
    connection: ConnectionConfig, fields: Mapping[str, FieldConfig], place: Place
) -> Iterator[Problem]:
    for name, copy in connection.fields.items():
        if name not in fields:
            continue
        for value in copy.values:
            if value not in (fields[name].values or ()):
                yield unknown_key((*place, name, "values", value), fields[name].values or ())


def _sites(config: Config) -> Iterator[Problem]:
    """Where the file itself says what a site is, two connections of one would overwrite each other's records."""
    owners: dict[tuple[str, str], str] = {}
    for label, connection in config.connections.items():
        site = getattr(connection, "site", None)
        if site is None:
            continue
        owner = owners.setdefault((connection.connector, site), label)
        if owner != label:
            yield Problem(("connections", label, "site"), f'is "{site}", as for {owner}; give each its own')


def _teams(config: Config, connections: frozenset[str]) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for name, team in config.teams.items():
        for container in team.containers:
            if (owner := owners.setdefault(container, name)) != name:
                yield Problem(("teams", name, "containers"), f'"{container}" is one of {owner}, too')
            connection, colon, key = container.partition(":")
            place: Place = ("teams", name, "containers")
            if not colon or not key:
                yield Problem(place, 'must be written connection:key, as in "eng:ENG"')
            else:
                yield from _absent(place, "connection", connection, connections)


def _conditions(place: Place, conditions: Iterable[When], config: Config) -> Iterator[Problem]:
    names = frozenset(config.fields)
    for condition in conditions:
        for text in condition.unknown(names):
            yield Problem(place, text)


def _syncs(config: Config, connections: frozenset[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, sync in enumerate(config.sync):
        if sync.name in seen:
            yield Problem(("sync", number, "name"), "is the name of another block, too")
        seen.add(sync.name)
        for name in sync.between:
            yield from _absent(("sync", number, "between"), "connection", name, connections)
        yield from _conditions(("sync", number), sync.conditions(), config)
    if config.sync:
        from syncline.config.syncs import sync_problems  # few files have blocks

        yield from sync_problems(config)


def _roadmap(config: Config, connections: frozenset[str]) -> Iterator[Problem]:
    roadmap = config.roadmap
    if roadmap is None:
        return
    for number, rule in enumerate(roadmap.items):
        yield from _absent(("roadmap", "items", number, "from"), "connection", rule.from_, connections)
    for name in roadmap.target or ():
        yield from _absent(("roadmap", "target"), "connection", name, connections)
    if roadmap.demand:
        yield from _absent(("roadmap", "demand", "weight"), "field", roadmap.demand.weight, config.fields)
    yield from _conditions(("roadmap",), roadmap.conditions(), config)


def _objectives(config: Config, connections: frozenset[str]) -> Iterator[Problem]:
    for number, objective in enumerate(config.objective):
        if objective.from_:
            connection, _, rest = objective.from_.partition(":")
            kind, _, name = rest.partition(":")
            place: Place = ("objective", number, "from")
            yield from _absent(place, "connection", connection, connections)
            if kind.casefold() not in AIMED_AT or not name:
                yield Problem(place, f"must be written connection:kind:name; a kind is {', '.join(AIMED_AT)}")
        if objective.start and objective.due and objective.due <= objective.start:
            yield Problem(("objective", number, "due"), "must lie after start")


def _messages(config: Config) -> Iterator[Problem]:
    named: list[tuple[Place, Iterable[str]]] = []
    for number, report in enumerate(config.report):
        named.append((("report", number, "send"), report.send or ()))
        named.append((("report", number, "draft"), report.draft.send if report.draft else ()))
    named += [(("alert", number, "send"), alert.send) for number, alert in enumerate(config.alert)]
    if config.notify:
        named.append((("notify", "person_needed"), config.notify.person_needed))
        named.append((("notify", "failure"), config.notify.failure))
    for place, channels in named:
        for channel in channels:
            yield from _absent(place, "channel", channel, config.channels)
    yield from _twice("report", [report.name for report in config.report])
    yield from _twice("alert", [alert.name for alert in config.alert])
    yield from _unsendable(config)


def _twice(section: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield Problem((section, number, "name"), f"is the name of another {section}, too")
        seen.add(name)


def _unsendable(config: Config) -> Iterator[Problem]:
    """Mail without a server."""
    for name, channel in config.channels.items():
        if channel.kind == "mail" and config.mail is None:
            yield Problem(("channels", name), "mail needs the section [mail], which says by which server")
