"""One pull: lock, open the connections, observe them side by side, say what happened."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from syncline.config import Config, ConnectionConfig, prepare, values_of
from syncline.connector import History, Source
from syncline.errors import ConfigError, Stopped, StoreError, VendorError
from syncline.http import Http, RetryBudget
from syncline.http.permits import Permits
from syncline.http.redact import Redactor
from syncline.model import Kind
from syncline.model import ready as ready_models
from syncline.registry import Registry
from syncline.seams import Clock, Random, Stop, SystemClock, Tasks, ThreadTasks, system_random
from syncline.status import StatusMap
from syncline.store import Store, runs
from syncline.store.home import Home
from syncline.store.lock import lock
from syncline.store.rates import rates_beside
from syncline.store.tables import PEOPLE, connection, meta, quarantine, record
from syncline.sync.observe import Observer
from syncline.sync.opening import Connected, Hire, fingerprint, known_row, memo_of, shared_permits
from syncline.sync.result import OnProgress, Problem, PullResult, SetAside
from syncline.sync.walking import open_http

if TYPE_CHECKING:
    from syncline.sync.aside import Aside


def pull(  # the seams of a run, each with its usual value
    config: Config,
    store: Store,
    *,
    registry: Registry | None = None,
    names: Sequence[str] = (),
    full: bool = False,
    command: str = "pull",
    clock: Clock | None = None,
    random: Random | None = None,
    tasks: Tasks | None = None,
    redactor: Redactor | None = None,
    on_progress: OnProgress = lambda progress: None,
    environ: Mapping[str, str] | None = None,
    open_http: Callable[..., Http] = Http,
    stop: Stop | None = None,
    helpers: Hire | None = None,
    approve: int | None = None,
    then: Then | None = None,
) -> PullResult:
    """Pull the named connections (all, where none is named) into ``store``.

    ``open_http`` builds the client of a connection; a simulation puts its vendor there. ``helpers`` gives who does
    large walks in processes of their own (`syncline.sync.opening.processes`); without it all is done in this one, as it
    must be with an ``open_http`` or a ``clock`` of one's own. A run whose ``stop`` is asked for ends behind the page or
    write that it is at, and says so in its result. ``approve``: a tool that lists nothing any more is believed where no
    more records are known of it.

    Raises ConfigError before anything is started, LockHeld where another run is at work, StoreError where the database
    fails. What a vendor does wrong is told in the result.
    """
    run = make_run(
        config,
        store,
        registry=registry,
        clock=clock,
        random=random,
        tasks=tasks,
        redactor=redactor,
        on_progress=on_progress,
        environ=environ,
        open_http=open_http,
        stop=stop,
        helpers=helpers,
        approve=approve,
    )
    return run.pull(names, full=full, command=command, then=then)


def make_run(
    config: Config,
    store: Store,
    *,
    registry: Registry | None = None,
    clock: Clock | None = None,
    random: Random | None = None,
    tasks: Tasks | None = None,
    redactor: Redactor | None = None,
    on_progress: OnProgress = lambda progress: None,
    environ: Mapping[str, str] | None = None,
    open_http: Callable[..., Http] = Http,
    stop: Stop | None = None,
    helpers: Hire | None = None,
    approve: int | None = None,
) -> Run:
    """What all connections of one run share, with the usual value of every seam."""
    return Run(
        config=config,
        store=store,
        registry=registry or Registry(),
        clock=clock or SystemClock(),
        random=random or system_random(),
        tasks=tasks or ThreadTasks(),
        redactor=redactor or Redactor(),
        on_progress=on_progress,
        environ=os.environ if environ is None else environ,
        open_http=open_http,
        stop=stop or Stop(),
        helpers=helpers,
        approve=approve,
    )


Then = Callable[["Run", PullResult, Permits], None]
"""What else is done in a run once everything has been observed."""


class Run:
    """What all connections of one run share."""

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        registry: Registry,
        clock: Clock,
        random: Random,
        tasks: Tasks,
        redactor: Redactor,
        on_progress: OnProgress,
        environ: Mapping[str, str],
        open_http: Callable[..., Http],
        stop: Stop,
        helpers: Hire | None,
        approve: int | None,
    ) -> None:
        self._config = config
        self._store = store
        self._registry = registry
        self._clock = clock
        self._random = random
        self._tasks = tasks
        self._redactor = redactor
        self._on_progress = on_progress
        self._environ = environ
        self._open_http = open_http
        self._helpers = helpers
        self._approve = approve
        self._budget = RetryBudget()
        self._homes: list[tuple[str, Home]] = []
        self._meeting = threading.Lock()
        self.stop = stop

    @property
    def clock(self) -> Clock:
        return self._clock

    def pull(self, names: Sequence[str], *, full: bool, command: str, then: Then | None = None) -> PullResult:
        """Observe the named connections, then do ``then`` under the same lock, in the same run."""
        ready = self._prepare(names)
        with lock(self._store, self._clock.now()), ExitStack() as stack:
            permits = shared_permits(self._store, self._clock, stack)
            began = self._clock.now()
            result = PullResult(runs.begin(self._store, command, began))
            feeds = [self._connection(name, ready[name], permits, full, result) for name in ready]
            try:
                for _ in self._tasks.merge(feeds):
                    pass
                self._refresh_people(result)
                if then is not None and not self.stop.asked:
                    then(self, result, permits)
            except (Exception, KeyboardInterrupt):  # told in the run's row, and raised again
                with suppress(StoreError):
                    runs.end(self._store, result.run, self._clock.now(), 1, result.summary())
                raise
            result.set_aside = _set_aside_since(self._store, began)
            result.stopped = self.stop.by
            runs.end(self._store, result.run, self._clock.now(), result.exit_code, result.summary())
        return result

    def _refresh_people(self, result: PullResult) -> None:
        """Accounts or the list may have changed; a list that cannot be read stops nothing."""
        if self._config.hub.people is None and not self._config.teams and not _people_known(self._store):
            return
        from syncline.sync.people import refresh  # costs a start-up that not everybody needs

        try:
            refresh(self._config, self._store, result.run, self._clock.now())
        except ConfigError as error:
            result.problems.append(Problem("hub", "people", error))

    def _prepare(self, names: Sequence[str]) -> dict[str, ConnectionConfig]:
        """The connections to pull with their secrets; raises ConfigError for the first that cannot be had."""
        known = self._config.connections
        for name in names:
            if name not in known:
                raise ConfigError(
                    f"there is no connection named {name!r}", hint=f"configured: {', '.join(sorted(known))}"
                )
        chosen = {name: known[name] for name in known if not names or name in names}
        ready = {name: prepare(given, self._config, self._environ) for name, given in chosen.items()}
        for given in ready.values():
            self._redactor.add(*values_of(given))
        return ready

    def _connection(
        self, name: str, ready: ConnectionConfig, permits: Permits, full: bool, result: PullResult
    ) -> Iterator[None]:
        """Observe one connection; a feed of nothing, so that connections run side by side."""
        result.connections[name] = {}
        try:
            with self._http(ready, permits) as http:
                observer = self._open(name, ready, http, full, result)
                self._read_anew(observer)
                observer.observe()
        except ConfigError as error:
            _tell(result, name, error)
        except VendorError as error:
            result.problems.append(Problem(name, None, error))
        except Stopped:
            pass  # told once for the whole run
        yield

    def _read_anew(self, observer: Observer) -> None:
        """Bring what is stored to what the configuration says, where that has changed; most runs need none of this."""
        connected = observer.connected
        if connected.row is None or connected.row.fingerprint == connected.fingerprint:
            return
        from syncline.sync.blocks import blocks, fields_read
        from syncline.sync.rederive import rederive

        rederive(observer, fields_read(blocks(self._config.sync, self._config.fields), connected.name))

    def _http(self, ready: ConnectionConfig, permits: Permits) -> AbstractContextManager[Http | None]:
        return open_http(
            ready,
            self._registry.get(ready.connector),
            access=ready.access,
            permits=permits,
            clock=self._clock,
            random=self._random,
            budget=self._budget,
            redactor=self._redactor,
            tasks=self._tasks,
            build=self._open_http,
        )

    def _open(
        self, name: str, ready: ConnectionConfig, http: Http | None, full: bool, result: PullResult
    ) -> Observer:
        row = known_row(self._store, name)
        ready_models(self._registry.get(ready.connector).capabilities.reads)
        source: Source = self._registry.get(ready.connector)(ready, http, memo_of(row))
        connected = Connected(
            name=name,
            source=source,
            store=self._store,
            clock=self._clock,
            configured=frozenset(self._config.connections),
            fingerprint=fingerprint(ready),
            origin=next(iter(source.origins(ready)), ""),
            row=row,
        )
        connected.prove_credentials()
        connected.adopt()
        home = self._home(connected)
        self._introduce(name, home)
        observer = Observer(
            connected=connected,
            home=home,
            store=self._store,
            run_id=result.run,
            clock=self._clock,
            tasks=self._tasks,
            census_every=self._config.hub.census,
            since=self._since(),
            full=full,
            requests=lambda: http.requests if http else 0,
            on_progress=self._on_progress,
            stop=self.stop,
            aside=lambda: self._aside(connected, ready),
            may_empty=self._may_empty,
            overrule=lambda rival, error: _tell(result, rival, error),
        )
        result.connections[name] = observer.counts
        observer.problems = result.problems
        return observer

    def _may_empty(self, known: int) -> bool:
        from syncline.config.company import Guards  # few runs ask
        from syncline.sync.guards import may_empty

        return may_empty(known, self._config.guards or Guards(), self._approve)

    def _aside(self, connected: Connected, ready: ConnectionConfig) -> Aside | None:
        """Where large walks are done; here, where other processes would not see the same world."""
        helpers = self._helpers() if self._helpers and not self._store.in_memory else None
        if helpers is None:
            return None
        from syncline.sync.aside import Aside

        return Aside(
            helpers,
            type(connected.source),
            ready,
            memo_of(connected.row),
            self._store.engine.url.render_as_string(hide_password=False),
            None if self._store.path is None else rates_beside(self._store.path),
            self._tasks,
        )

    def opened(self, stack: ExitStack, permits: Permits) -> Iterator[tuple[str, Source, Home]]:
        """Every configured connection that was looked at before, built anew; nothing is asked."""
        for name, given in self._config.connections.items():
            row = known_row(self._store, name)
            if row is None:
                continue
            ready = prepare(given, self._config, self._environ)
            http = stack.enter_context(self._http(ready, permits))
            source: Source = self._registry.get(ready.connector)(ready, http, memo_of(row))
            connected = Connected(
                name=name,
                source=source,
                store=self._store,
                clock=self._clock,
                configured=frozenset(self._config.connections),
                fingerprint="",
                origin="",
                row=row,
            )
            yield name, source, self._home(connected)

    def _since(self) -> datetime | None:
        history = self._config.hub.history
        return self._clock.now() - history if history is not None else None

    def _home(self, connected: Connected) -> Home:
        capabilities = connected.source.capabilities
        ready = self._config.connections[connected.name]
        native = {name for name, kept in capabilities.history.items() if kept is History.NATIVE}
        home = Home(
            connection_id=connected.id,
            site=connected.site,
            statuses=StatusMap.of(ready),
            volatile=capabilities.volatile,
            native=frozenset(native),
            told=capabilities.history_of,
            keep_raw=self._config.hub.keep_raw,
            container_keys=_container_keys(self._store, connected.site),
        )
        with self._store.reading() as db:
            rows = db.execute(_AT_SITE, {"site": connected.site}).all()
        for row in rows:
            self._meet(connected.name, home, row.name, row.id)
        return home

    def _introduce(self, name: str, home: Home) -> None:
        """Connections to one site that are opened for the first time, side by side, learn here of each other.

        Whoever stores anything has been here before, so that nobody's records are met by one who does not know whose
        they are.
        """
        with self._meeting:
            for other, theirs in self._homes:
                if theirs.site == home.site:
                    self._meet(name, home, other, theirs.connection_id)
                    self._meet(other, theirs, name, home.connection_id)
            self._homes.append((name, home))

    def _meet(self, name: str, home: Home, other: str, number: int) -> None:
        """Note another connection to a site: whether it reads otherwise, and who looks after what both see."""
        known = self._config.connections
        if other == name or other not in known:
            return
        order = list(known)
        if order.index(name) < order.index(other):
            home.juniors.add(number)
        if fingerprint(known[other]) != fingerprint(known[name]):
            home.rivals[number] = other


def _tell(result: PullResult, name: str, error: ConfigError) -> None:
    """What is wrong with a connection's configuration, once."""
    if not any(one.connection == name and isinstance(one.error, ConfigError) for one in result.problems):
        result.problems.append(Problem(name, None, error))


def _set_aside_since(store: Store, began: datetime) -> list[SetAside]:
    """Records that went into quarantine since ``began``; those that were there before have been told."""
    columns = (connection.c.name, quarantine.c.kind, quarantine.c.remote_id, quarantine.c.reason)
    with store.reading() as db:
        rows = db.execute(
            select(*columns)
            .join(connection, connection.c.id == quarantine.c.connection_id)
            .where(quarantine.c.first_seen_at >= began)
            .order_by(quarantine.c.id)
        )
        return [SetAside(*row) for row in rows]


def _people_known(store: Store) -> bool:
    """Whether people or teams were configured once."""
    with store.reading() as db:
        return db.execute(select(meta.c.key).where(meta.c.key == PEOPLE)).one_or_none() is not None


def _container_keys(store: Store, site: str) -> dict[str, str]:
    with store.reading() as db:
        return {row.remote_id: row.key for row in db.execute(_KEYS, {"site": site})}


_AT_SITE = select(connection.c.id, connection.c.name).where(connection.c.site == bindparam("site"))
_KEYS = select(record.c.remote_id, record.c.key).where(
    record.c.site == bindparam("site"), record.c.kind == Kind.CONTAINER.value, record.c.key.is_not(None)
)
