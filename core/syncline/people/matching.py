"""Which account is whose. Pure."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from syncline.people.accounts import Account, folded
from syncline.people.roster import Entry, Mistake, Roster, accounts_in

NOBODY = "-"
"""In a cell: this person has no account there, whatever the e-mails say."""
By = Literal["file", "email"]
MOST = 5
"""Candidates that a message names."""


@dataclass(frozen=True)
class Person:
    """One person with all accounts: each with how it was found."""

    name: str
    email: str | None
    team: str | None
    line: int
    accounts: tuple[tuple[Account, By], ...] = ()

    def account(self, site: str) -> Account | None:
        """The account to write on a site: of several an active one that is worked with, then the first by id."""
        mine = [account for account, _ in self.accounts if account.site == site]
        return min(mine, key=lambda one: (not one.active, -one.open_items, one.remote_id), default=None)


@dataclass(frozen=True)
class Resolution:
    """The outcome. ``unknown`` are accounts without a person that the list should have, those with work first."""

    people: tuple[Person, ...] = ()
    unknown: tuple[Account, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @property
    def known(self) -> dict[str, dict[str, str]]:
        """By site and remote id, who a person is."""
        found: dict[str, dict[str, str]] = {}
        for person in self.people:
            for account, _ in person.accounts:
                found.setdefault(account.site, {})[account.remote_id] = person.name
        return found


@dataclass
class _Claims:
    """Who claims which account."""

    by_account: dict[tuple[str, str], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    by_entry: dict[int, list[tuple[Account, By]]] = field(default_factory=lambda: defaultdict(list))
    told: set[tuple[int, str]] = field(default_factory=set)
    """Entries, by line, that say themselves which account they have on a site, or that they have none."""

    def claim(self, entry: Entry, account: Account, by: By) -> None:
        if entry not in self.by_account[account.identity]:
            self.by_account[account.identity].append(entry)
            self.by_entry[entry.line].append((account, by))


def resolve(roster: Roster, accounts: Iterable[Account], sites: Mapping[str, str]) -> Resolution:
    """Link every row of the list to accounts. ``sites``: by connection, those that were pulled at least once."""
    everyone = sorted(accounts, key=lambda one: one.identity)
    by_site: dict[str, list[Account]] = defaultdict(list)
    for account in everyone:
        by_site[account.site].append(account)
    mistakes = list(roster.mistakes)
    claims = _Claims()
    for entry in roster.entries:
        for connection, cell in entry.cells.items():
            if connection in sites:
                here = by_site[sites[connection]]
                mistakes += _told(claims, entry, connection, sites[connection], cell, here)
    mistakes += _by_mail(claims, roster.entries, by_site)
    disputed = {identity for identity, entries in claims.by_account.items() if len(entries) > 1}
    mistakes += _disputes(claims, disputed, {account.identity: account for account in everyone})
    people = tuple(
        Person(
            entry.person,
            entry.email,
            entry.team,
            entry.line,
            tuple(one for one in claims.by_entry[entry.line] if one[0].identity not in disputed),
        )
        for entry in roster.entries
    )
    claimed = {identity for identity, entries in claims.by_account.items() if entries}
    unknown = [one for one in everyone if one.wanted and one.identity not in claimed]
    unknown.sort(key=lambda one: (-one.open_items, one.connection, folded(one.name or ""), one.remote_id))
    return Resolution(
        people, tuple(unknown), tuple(sorted(set(mistakes), key=lambda one: (one.line, one.text)))
    )


def _told(
    claims: _Claims, entry: Entry, connection: str, site: str, cell: str, accounts: Sequence[Account]
) -> list[Mistake]:
    """What one cell says."""
    claims.told.add((entry.line, site))
    if cell == NOBODY:
        return []
    mistakes: list[Mistake] = []
    whole = any(one.remote_id == cell for one in accounts)
    for word in [cell] if whole else accounts_in(cell):
        fitting = _fitting(word, accounts)
        if len(fitting) == 1:
            claims.claim(entry, fitting[0], "file")
        elif fitting:
            text = f'{connection}: "{word}" fits several accounts: {_listed(fitting)}; write the id of one'
            mistakes.append(Mistake(entry.line, text))
        else:
            text = f'{connection}: no account is called "{word}"{_similar(word, accounts)}'
            mistakes.append(Mistake(entry.line, text))
    return mistakes


_NAMES: tuple[Callable[[Account], str | None], ...] = (
    lambda one: one.remote_id,
    lambda one: one.key,
    lambda one: one.email,
    lambda one: one.name,
)
"""What an account may be called by, the surest first."""


def _fitting(word: str, accounts: Sequence[Account]) -> list[Account]:
    """The accounts that are called so, by the surest way that fits any; an id is taken letter by letter first."""
    exact = [one for one in accounts if one.remote_id == word]
    if exact:
        return exact
    for name in _NAMES:
        fitting = [one for one in accounts if (found := name(one)) and folded(found) == folded(word)]
        if fitting:
            return fitting
    return []


def _listed(accounts: Sequence[Account]) -> str:
    shown = ", ".join(one.shown for one in accounts[:MOST])
    return f"{shown} and {len(accounts) - MOST} more" if len(accounts) > MOST else shown


def _similar(word: str, accounts: Sequence[Account]) -> str:
    names = {folded(found): one for one in accounts for name in _NAMES if (found := name(one))}
    close = difflib.get_close_matches(folded(word), names, n=3)
    similar = list(dict.fromkeys(names[one].shown for one in close))
    return f"; similar: {', '.join(similar)}" if similar else ""


def _by_mail(
    claims: _Claims, entries: Sequence[Entry], by_site: Mapping[str, Sequence[Account]]
) -> list[Mistake]:
    """Where a row says nothing of a site, the accounts that show its e-mail and that no row names."""
    taken = {identity for identity, claimed in claims.by_account.items() if claimed}
    owners: dict[str, Entry] = {}
    mistakes: list[Mistake] = []
    shared: set[str] = set()
    for entry in entries:
        if entry.email:
            owner = owners.setdefault(folded(entry.email), entry)
            if owner is not entry:
                shared.add(folded(entry.email))
                text = f'the e-mail of "{entry.person}" stands in line {owner.line}, too; no account is found by it'
                mistakes.append(Mistake(entry.line, text))
    for site, accounts in by_site.items():
        for account in accounts:
            mail = folded(account.email or "")
            found = owners.get(mail) if mail and mail not in shared else None
            if found and account.identity not in taken and (found.line, site) not in claims.told:
                claims.claim(found, account, "email")
    return mistakes


def _disputes(
    claims: _Claims, disputed: Iterable[tuple[str, str]], accounts: Mapping[tuple[str, str], Account]
) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for identity in sorted(disputed):
        account, entries = accounts[identity], claims.by_account[identity]
        names = " and ".join(f'"{entry.person}" (line {entry.line})' for entry in entries)
        text = f"{account.connection}: {account.shown} is claimed by {names}; it counts as nobody's"
        mistakes.append(Mistake(entries[-1].line, text))
    return mistakes
