"""How the connections of a block speak to each other: built from the database, the configuration and the connectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncline.connector import Capabilities
from syncline.model import Kind
from syncline.sync import ties, whereabouts
from syncline.sync.blocks import Block
from syncline.sync.desk import Desk
from syncline.sync.group import COMMENTS, Member, Tongue
from syncline.sync.match import Loose
from syncline.sync.values import Side

StoredForm = Callable[[str, Any], Any]
People = Mapping[str, Mapping[str, str]]
"""By site and remote id, who a person is."""


def people_of(desk: Desk, sites: Iterable[str], known: People | None = None) -> dict[str, dict[str, str]]:
    """By site and remote id the person behind an account: as the company's list says, else by e-mail.

    ``known`` goes before both.
    """
    own = list(sites)
    listed = whereabouts.listed(desk.db, own)
    found: dict[str, dict[str, str]] = {}
    for site, accounts in whereabouts.persons(desk.db, own).items():
        by_mail = {
            number: email.casefold() for number, (email, _) in accounts.items() if email and "@" in email
        }
        found[site] = by_mail | listed[site] | dict((known or {}).get(site, {}))
    return found


def tongue(
    desk: Desk,
    block: Block,
    members: Sequence[Member | Loose],
    *,
    people: People,
    capabilities: Mapping[str, Capabilities],
    stored_forms: Mapping[str, StoredForm],
    writable: frozenset[str],
    customers: frozenset[str],
    now: datetime,
    tools: Mapping[str, str],
) -> Tongue:
    """How a block's connections speak about these records, their parents and what they have relations with.

    ``writable`` and ``customers`` name the connections that may be written to, and what is read there by customers.
    """
    parents = whereabouts.parents(desk.db, members)
    ends = ties.ends(desk.db, [one for one in members if isinstance(one, Member)]) if block.relations else {}
    parents |= ends
    homes = whereabouts.homes(desk.db, desk.names, parents.values())
    names = whereabouts.persons(
        desk.db, [desk.places[name].site for name in block.between if name in desk.places]
    )
    called = {
        person: name
        for site, accounts in people.items()
        for number, person in accounts.items()
        if (name := names.get(site, {}).get(number, (None, None))[1])
    }
    sides: dict[str, Side] = {}
    for name in block.between:
        if name not in desk.places:
            continue
        site = desk.places[name].site
        own = people.get(site, {})
        there = {f"i{item}": found[name] for item, found in homes.items() if name in found}
        sides[name] = Side(
            connection=name,
            writes=_writes(capabilities[name]),
            tool=tools.get(name, name),
            rows=block.statuses(name),
            names=block.written(name),
            persons=own,
            accounts=_accounts(own),
            items={remote: item for item, remote in there.items()}
            | {remote: f"i{item}" for (at, remote), item in parents.items() if at == site},
            homes=there,
            known_names=called,
            stored_form=stored_forms.get(name),
            customers=name in customers,
        )
    related = {item: homes[item] for item in ends.values() if item in homes}
    named = ties.called(desk.db, related, {name: desk.places[name].site for name in sides})
    return Tongue(sides, writable, now, ties.grouped(desk.db, block.name, related), named)


def _writes(known: Capabilities) -> frozenset[str]:
    return known.writes | ({COMMENTS} if Kind.COMMENT in known.creates else frozenset())


def _accounts(persons: Mapping[str, str]) -> dict[str, str]:
    """Who a person is in a tool; one with several accounts is known by the first in order."""
    return {person: remote for remote, person in sorted(persons.items(), reverse=True)}
