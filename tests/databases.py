"""The databases that tests run on: SQLite always, Postgres where a server is named or can be started.

``SYNCLINE_TEST_POSTGRES`` names a server: an address with a database in which the role may create schemas. Without it a
server of its own is started from Debian's binaries, as another user where we are root, and thrown away at the end.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url

from syncline.http.permits import Permits
from syncline.jsontext import encode
from syncline.sim.clock import SimClock
from syncline.store import Store, open_store
from syncline.store.instants import to_text
from syncline.store.permits import StoredPermits
from syncline.store.rates import FileRates, rates_beside

NAMED = "SYNCLINE_TEST_POSTGRES"
KINDS = ("sqlite", "postgres")
HBA = "local all guarded scram-sha-256\nlocal all refused reject\nlocal all all trust\n"
FAST = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=60",
    "shared_buffers=32MB",
)


_SHARED: dict[Any, tuple[Any, Any]] = {}
"""By kind of engine: what was compiled, and the dialect that it was compiled for."""
_SCHEMAS: dict[str, list[tuple[str, Any]]] = {}
"""By dialect: the statements that write our schema, and their parameters."""
DURABLE = "PRAGMA synchronous=FULL"


class Hasty(sqlite3.Connection):
    """Does not wait for the disk: no test takes its power away, and with some disks the suite would mostly wait."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return super().execute("PRAGMA synchronous=OFF" if sql == DURABLE else sql, *parameters)


def sharing_engine(url: str | URL, **options: Any) -> Engine:
    """``create_engine`` for a process that opens thousands of databases: what it compiles it compiles once for all.

    An engine's own cache ends with it, and a third of the time of the engine's tests was spent compiling anew. All take
    the cache of the first of their kind that was connected, and so knows its server.
    """
    if make_url(url).get_backend_name() == "sqlite":
        options["connect_args"] = {"factory": Hasty} | options.get("connect_args", {})
    engine = create_engine(url, **options)
    kind = (engine.dialect.name, options.get("json_serializer"), options.get("json_deserializer"))
    if kind in _SHARED:
        engine.dialect, engine._compiled_cache = _SHARED[kind]
    else:
        mine = (engine.dialect, engine._compiled_cache)
        event.listen(engine, "first_connect", lambda *_: _SHARED.setdefault(kind, mine))
    return engine


def once_compiled(build: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """``build_schema`` for a process that makes thousands of databases: to compile it takes most of its time."""

    def build_again(connection: Connection) -> None:
        kind = connection.dialect.name
        if kind in _SCHEMAS:
            with closing(connection.connection.cursor()) as cursor:  # by SQLAlchemy it takes twice as long
                for statement, parameters in _SCHEMAS[kind]:
                    cursor.execute(statement, parameters)
            return
        seen: list[tuple[str, Any]] = []

        def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
            seen.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        try:
            build(connection)
        finally:
            event.remove(connection, "before_cursor_execute", note)
        _SCHEMAS[kind] = seen

    return build_again


@dataclass(frozen=True)
class Database:
    """An empty database for one test."""

    kind: str
    url: str
    folder: Path

    def open(self, *, create: bool = True, busy_timeout: float = 0.2, **options: Any) -> Store:
        return open_store(
            self.url, create=create, busy_timeout=busy_timeout, **({"clock": SimClock()} | options)
        )

    @property
    def file(self) -> Path:
        """Where SQLite keeps it."""
        return Path(str(make_url(self.url).database))

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.open(create=False) as store, store.reading() as db:
            return [plain(row) for row in db.execute(text(query), values)]


def plain(row: Iterable[Any]) -> tuple[Any, ...]:
    """A row as SQLite gives it, whichever database it is of."""
    return tuple(_plain(value) for value in row)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return encode(value).decode()
    return int(value) if isinstance(value, bool) else value


@dataclass(frozen=True)
class Server:
    """A running server; ``own`` holds its data where we started it ourselves."""

    url: str
    own: Path | None = None

    @contextmanager
    def schema(self) -> Iterator[str]:
        """The address of a schema of its own."""
        name = f"syncline_test_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE SCHEMA {name}")
        options = f"-csearch_path={name}"
        try:
            yield (
                make_url(self.url)
                .update_query_dict({"options": options})
                .render_as_string(hide_password=False)
            )
        finally:
            if self.own is None:
                self.execute(f"DROP SCHEMA {name} CASCADE")

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as db:
                result = db.execute(text(statement))
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    def guard(self, password: str) -> None:
        """Have our own server ask the role ``guarded`` for a password."""
        self.execute(
            "DO $$ BEGIN CREATE ROLE guarded LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN END $$; "
            f"ALTER ROLE guarded PASSWORD '{password}'"
        )

    def start(self) -> None:
        """Start our own server."""
        settings = " ".join(f"-c {setting}" for setting in FAST)
        self.control("-o", f"-k {self.own} -c listen_addresses='' {settings}", "start")

    def control(self, *arguments: str) -> None:
        """Run ``pg_ctl`` on our own server."""
        assert self.own is not None
        _as_other(
            [_binaries() / "pg_ctl", "-D", self.own / "data", "-s", "-w", "-l", self.own / "log", *arguments]
        )


def _binaries() -> Path:
    """Where ``initdb`` is; raises LookupError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise LookupError(f"no PostgreSQL server is installed, and {NAMED} names none")
    return (found[-1] if found else Path(str(on_path))).parent


def _as_other(command: Sequence[str | Path]) -> None:
    """Run a program of the server, which refuses to be root."""
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **_identity())


def _identity() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": _other().pw_uid, "group": _other().pw_gid, "extra_groups": []}


def _other() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


@contextmanager
def server() -> Iterator[Server]:
    """The server that is named, or one that is started; raises LookupError where neither can be."""
    if named := os.environ.get(NAMED):
        yield Server(named)
        return
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="syncline-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, _other().pw_uid, _other().pw_gid)
    with _cleared_away(folder, binaries):
        options = ("-U", "syncline", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        _as_other([binaries / "initdb", "-D", folder / "data", *options])
        (folder / "data" / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        started = Server(f"postgresql+psycopg://syncline@/postgres?host={folder}", folder)
        started.start()
        yield started


@contextmanager
def _cleared_away(folder: Path, binaries: Path) -> Iterator[None]:
    """Stop the server and remove its data at the end, also where the tests were killed: a shell waits for our end."""
    script = 'read -r _; "$0/pg_ctl" -D "$1/data" -s -w -m immediate stop 2>/dev/null; rm -rf "$1"'
    with subprocess.Popen(
        ["sh", "-c", script, binaries, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        **_identity(),
    ) as guard:
        try:
            yield
        finally:
            assert guard.stdin is not None
            guard.stdin.close()
            guard.wait()


@contextmanager
def rates_of(store: Store) -> Iterator[Permits]:
    """The permits that all processes on a database share, each taken by itself."""
    if store.path is not None:
        with FileRates(rates_beside(store.path), store.clock) as rates:
            yield rates
    else:
        with store.beside() as own:
            yield StoredPermits(own)
