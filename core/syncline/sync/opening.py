"""From a configured connection to a connector that has proven who it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from sqlalchemy import Connection, Row, bindparam, insert, select, update

import syncline
from syncline.config import ConnectionConfig
from syncline.connector import Account, Probes, Source, Vouches
from syncline.errors import ConfigError
from syncline.http import BlockPermits, LocalPermits, Permits
from syncline.seams import Clock
from syncline.store import Store
from syncline.store.rates import FileRates, rates_beside
from syncline.store.tables import connection as table
from syncline.store.tables import record

if TYPE_CHECKING:
    from syncline.sync.aside import Helpers


@dataclass
class Connected:
    """A connector and the row that keeps its identity.

    ``origin`` is the configured address, empty where there is none; ``account`` is None until the site was looked at in
    this run.
    """

    name: str
    source: Source
    store: Store
    clock: Clock
    configured: frozenset[str]
    fingerprint: str
    origin: str
    row: Row[Any] | None
    account: Account | None = None
    _assured: bool = False

    @property
    def id(self) -> int:
        if self.row is None:
            raise LookupError(f"connection {self.name} has not been checked")
        return int(self.row.id)

    @property
    def site(self) -> str:
        if self.row is None:
            raise LookupError(f"connection {self.name} has not been checked")
        return str(self.row.site)

    def prove_credentials(self) -> None:
        """Raise AuthError unless the credentials are good; at an address not seen before, look at the site too.

        Where the answers will tell, nothing is asked now: see `assure`.
        """
        known = self.row is not None and self.row.account.get("origin") == self.origin
        if known and self._vouched() is not None:
            return
        if known and isinstance(self.source, Probes):
            self.source.probe()
        else:
            self.prove_site()
        self._assured = True

    def assure(self, *, again: bool = False, heard: bool = True) -> None:
        """Raise AuthError unless the credentials are good, by the answers so far or by asking; once, or ``again``.

        ``heard``: whether answers that another process was given vouch as well.
        """
        if self._assured and not again:
            return
        if not (heard and self._vouched()):
            self.prove_again()
        self._assured = True

    def _vouched(self) -> bool | None:
        return self.source.vouched if isinstance(self.source, Vouches) else None

    def prove_again(self) -> None:
        """Raise AuthError if the credentials were lost meanwhile: some vendors then answer with empty pages."""
        if isinstance(self.source, Probes):
            self.source.probe()

    def prove_site(self) -> None:
        """Raise ConfigError unless the account is at home where it was; asked once a run, before the first write."""
        if self.account is not None:
            return
        self.account = self.source.check()
        if self.row is not None and self.row.site != self.account.site:
            raise ConfigError(
                f"connection {self.name}: this is another site than last time "
                f"({self.account.site_name} at {self.account.url}, {self.account.site}; "
                f"before: {self.row.site_name}, {self.row.site})",
                hint="correct the address, or give the connection to the other site a name of its own",
            )
        self.row = self._remember(self.account)

    def prove_before_removal(self) -> None:
        """Raise unless we are still who we were, where we were: only then absence says anything."""
        if self.account is None:
            self.prove_site()
        else:
            self.prove_again()

    def outdate(self, db: Connection, containers: Sequence[str], *, others: bool = False) -> None:
        """Have the next run read records anew, if work is stored of containers whose map was not known then.

        ``others``: work may also have been read and not been stored yet.
        """
        if not containers:
            return
        here = select(record.c.id).where(record.c.site == self.site, record.c.container.in_(containers))
        if others or db.execute(here.limit(1)).one_or_none() is not None:
            db.execute(update(table).where(table.c.id == self.id).values(fingerprint="outdated"))

    def adopt(self) -> None:
        """Look after records of connections to this site that are no longer configured, or nobody would."""
        with self.store.reading() as db:
            rows = db.execute(_AT_SITE, {"site": self.site}).all()
        left = [
            row.id for row in rows if row.connector == self.source.name and row.name not in self.configured
        ]
        if left:
            with self.store.writing() as db:
                theirs = record.c.connection_id.in_(left)
                db.execute(update(record).where(theirs).values(connection_id=self.id))

    def _remember(self, account: Account) -> Row[Any]:
        values = {
            "name": self.name,
            "connector": self.source.name,
            "site": account.site,
            "site_name": account.site_name,
            "account": asdict(account) | {"memo": dict(account.memo), "origin": self.origin},
            "checked_at": self.clock.now(),
        }
        with self.store.writing() as db:
            row = self.row or self._renamed(db.execute(select(table)).all(), account)
            if row is None:
                db.execute(insert(table).values(fingerprint="", **values))
            else:
                db.execute(update(table).where(table.c.id == row.id).values(**values))
            return db.execute(_NAMED, {"name": self.name}).one()

    def _renamed(self, rows: Iterable[Row[Any]], account: Account) -> Row[Any] | None:
        """The row of this connection under a name that is no longer configured: renaming changes nothing."""
        orphans = [
            row
            for row in rows
            if row.site == account.site
            and row.connector == self.source.name
            and row.name not in self.configured
        ]
        return orphans[0] if len(orphans) == 1 else None


def shared_permits(store: Store, clock: Clock, stack: ExitStack) -> Permits:
    """The permits that all processes on one database share; at one in memory there is only this process."""
    if store.path is not None:
        return BlockPermits(stack.enter_context(FileRates(rates_beside(store.path), clock)), clock)
    if store.in_memory:
        return LocalPermits(clock)
    from syncline.store.permits import StoredPermits  # on a server only

    return BlockPermits(StoredPermits(stack.enter_context(store.beside())), clock)


def known_row(store: Store, name: str) -> Row[Any] | None:
    """What the database knows of a connection."""
    with store.reading() as db:
        return db.execute(_NAMED, {"name": name}).one_or_none()


_NAMED = select(table).where(table.c.name == bindparam("name"))
_AT_SITE = select(table).where(table.c.site == bindparam("site"))


def memo_of(row: Row[Any] | None) -> Mapping[str, str]:
    """What the connector asked to be reminded of."""
    return dict(row.account.get("memo", {})) if row is not None else {}


def fingerprint(config: ConnectionConfig) -> str:
    """Of everything that decides how a payload is read: when it changes, records are read anew from raw."""
    parts = config.model_dump(mode="json", include={"status", "containers", "fields"})
    return hashlib.blake2b(to_json([syncline.__version__, parts]), digest_size=16).hexdigest()


Hire = Callable[[], "Helpers | None"]
"""Where helpers come from once there is enough to do for them; none where they would be of no use."""


def processes() -> Helpers | None:
    """Helpers that are processes, where this machine can run them beside us."""
    from syncline.sync.processes import Processes  # few pulls are large

    found = Processes()
    return found if found.most else None
