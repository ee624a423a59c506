"""What ``doctor`` finds out: one connection looked at by asking its tool, and the files it is told in.

Nothing is stored, no lock is taken. A finding is told in one sentence; where something must be done, it says what.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from syncline.config import Config, ConnectionConfig, prepare, values_of
from syncline.connector import (
    EVERYTHING,
    Account,
    Cursor,
    Describes,
    Description,
    FieldInfo,
    ProvesWriting,
    Remarks,
    Source,
    Stream,
)
from syncline.errors import ConfigError, SynclineError, VendorError
from syncline.http import Http, LocalPermits, Permits, Redactor, RetryBudget
from syncline.model import Status
from syncline.registry import Registry
from syncline.seams import Clock, InlineTasks, SystemClock, system_random
from syncline.status import NAMES, StatusMap, folded
from syncline.store import NotCreated, open_store
from syncline.sync.opening import shared_permits
from syncline.sync.survey import Survey
from syncline.sync.walking import open_http
from syncline_cli.failures import exit_code
from syncline_cli.session import database_file

CLOCK_TOLERANCE = timedelta(minutes=2)
MOST_CONTAINERS = 25
"""Containers described where none is configured."""


@dataclass
class Findings:
    """What is known of one connection; ``problems`` need somebody, ``notes`` are worth reading."""

    account: Account | None = None
    containers: list[str] = field(default_factory=list)
    streams: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)
    survey: Survey | None = None

    def add_error(self, error: SynclineError, where: str = "") -> None:
        self.problems.append(f"{where}: {error}" if where else str(error))
        self.exit_codes.append(exit_code(error))

    def add_mistake(self, text: str) -> None:
        """Something that the configuration must say otherwise."""
        self.add_error(ConfigError(text))


def examine(config: Config, name: str, known_site: str | None, redactor: Redactor) -> Findings:
    """Look at one connection. ``known_site`` is where it was at home so far, None before the first pull."""
    found = Findings()
    try:
        with client(config, name, redactor) as (ready, connector, http):
            # Fields are left out at first, so that a name mistaken there hides nothing else.
            source = connector(ready.model_copy(update={"fields": {}}), http, {})
            found.account = source.check()
            _compare_site(found, known_site)
            _compare_clock(found, http)
            streams = list(source.streams())
            _describe(found, ready, source, streams, _team_of(config, name))
            _try_streams(found, source, streams)
            if isinstance(source, Remarks) and not found.problems:
                found.notes += source.remarks()
            if ready.fields and not found.problems:
                connector(ready, http, {}).check()
        if ready.access == "write" and issubclass(connector, ProvesWriting) and not found.problems:
            _prove_writing(config, name, redactor)
    except (ConfigError, VendorError) as error:
        found.add_error(error)
    return found


def _prove_writing(config: Config, name: str, redactor: Redactor) -> None:
    """With a client of its own, because all else here could not write if it would."""
    with client(config, name, redactor, "write") as (ready, connector, http):
        source = connector(ready, http, {})
        assert isinstance(source, ProvesWriting)
        source.prove_writing()


@contextmanager
def client(
    config: Config, name: str, redactor: Redactor, access: Literal["read", "write"] = "read"
) -> Iterator[tuple[ConnectionConfig, type[Source], Http | None]]:
    """The connection with its secrets, its connector, and a client for it where it needs one."""
    ready = prepare(config.connections[name], config, os.environ)
    redactor.add(*values_of(ready))
    connector = Registry().get(ready.connector)
    clock = SystemClock()
    with ExitStack() as stack:
        http = stack.enter_context(
            open_http(
                ready,
                connector,
                access=access,
                permits=_permits(config, clock, stack),
                clock=clock,
                random=system_random(),
                budget=RetryBudget(),
                redactor=redactor,
                tasks=InlineTasks(),
            )
        )
        yield ready, connector, http


def _permits(config: Config, clock: Clock, stack: ExitStack) -> Permits:
    """Those that runs on the same database share, so that looking does not take a tool beyond its limit."""
    try:
        store = stack.enter_context(open_store(config.hub.database, clock=clock))
    except NotCreated:
        return LocalPermits(clock)
    return shared_permits(store, clock, stack)


def _compare_site(found: Findings, known_site: str | None) -> None:
    assert found.account is not None
    if known_site not in (None, found.account.site):
        found.add_mistake(
            f"this is another site than last time ({found.account.site}, before: {known_site}); "
            "correct the address, or give the connection to the other site a name of its own"
        )


def _compare_clock(found: Findings, http: Http | None) -> None:
    """Compare our clock with the tool's, by the one path that every web server answers in a few bytes."""
    if http is None:
        return
    try:
        answer = http.get("favicon.ico", authenticated=False, accept_status=frozenset({401, 403, 404}))
    except VendorError:
        return
    if answer.server_time is None:
        return
    difference = SystemClock().now() - answer.server_time
    if abs(difference) > CLOCK_TOLERANCE:
        ahead = "ahead of" if difference > timedelta(0) else "behind"
        found.notes.append(f"this machine's clock is {_about(difference)} {ahead} the tool's; set it by NTP")


def _about(difference: timedelta) -> str:
    """``25 minutes``, ``24 hours``, ``3 days``."""
    minutes = round(abs(difference).total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{round(minutes / 60)} hours" if minutes < 48 * 60 else f"{round(minutes / 1440)} days"


# ---- containers, statuses, fields ------------------------------------------------------------------------


def _team_of(config: Config, connection: str) -> dict[str, str]:
    """The containers of one connection that teams work in, and which."""
    return {
        container.partition(":")[2]: team
        for team, given in config.teams.items()
        for container in given.containers
        if container.partition(":")[0] == connection
    }


def _describe(
    found: Findings,
    ready: ConnectionConfig,
    source: Source,
    streams: Sequence[Stream],
    team_of: Mapping[str, str],
) -> None:
    if not isinstance(source, Describes):
        return
    visible = {one.record.key or one.record.remote_id: one.record for one in source.containers()}
    ids = {one.remote_id for one in visible.values()}
    for key, team in team_of.items():
        if key not in ids | visible.keys():
            found.add_mistake(
                f"{key}, where team {team} works, is not visible to this account; "
                f"visible are: {shortened(sorted(visible), 12) or 'none'}"
            )
    wanted = sorted({key for stream in streams for key in stream.scope} - {EVERYTHING})
    found.containers = sorted(visible)
    for key in wanted:
        if key not in visible:
            found.add_mistake(
                f"{key} is configured but not visible to this account; "
                f"visible are: {shortened(found.containers, 12) or 'none'}"
            )
    chosen = [key for key in wanted or found.containers if key in visible]
    if len(chosen) > MOST_CONTAINERS:
        found.notes.append(
            f"{len(chosen)} containers are read; statuses and fields of {MOST_CONTAINERS} were looked at"
        )
    described = {key: source.describe(visible[key].remote_id) for key in chosen[:MOST_CONTAINERS]}
    found.survey = Survey(ready, type(source).capabilities, described)
    found.notes += unmapped_statuses(ready, described)
    for problem in field_problems(ready, described):
        found.add_mistake(problem)


def unmapped_statuses(ready: ConnectionConfig, described: Mapping[str, Description]) -> list[str]:
    """A sentence for every status that the configuration does not name, with the category it is read into."""
    statuses = StatusMap.of(ready)
    homes: dict[tuple[str, str], list[str]] = {}
    for key, description in described.items():
        for status in description.statuses:
            if not statuses.is_mapped(status, key):
                homes.setdefault((status.name, _category(statuses.resolve(status, key))), []).append(key)
    return [
        f'status "{name}" ({shortened(keys)}) is not in the map; it is read as "{category}"{_usual(name, category)}'
        for (name, category), keys in sorted(homes.items())
    ]


def shortened(names: Sequence[str], most: int = 3) -> str:
    """The first few of the different names, and how many more there are."""
    different = list(dict.fromkeys(names))
    more = len(different) - most
    return ", ".join(different[:most]) + (f" and {more} more" if more > 0 else "")


def _usual(name: str, category: str) -> str:
    """The row to paste where the name alone says something else than the tool's own category."""
    if folded(name) not in NAMES:
        return ""
    usual, refinement = NAMES[folded(name)]
    reading = f"{usual}/{refinement}" if refinement else str(usual)
    return "" if reading == category else f', by its name it may be: "{name}" = "{reading}"'


def _category(status: Status) -> str:
    return f"{status.category}/{status.refinement}" if status.refinement else str(status.category)


def field_problems(ready: ConnectionConfig, described: Mapping[str, Description]) -> list[str]:
    """A sentence for every configured field that no container has, or whose name fits several."""
    known: dict[str, FieldInfo] = {one.id: one for each in described.values() for one in each.fields}
    if not known:
        return []
    problems = []
    for ours, copy in ready.fields.items():
        matches = _matches(copy.field, known)
        if not matches:
            problems.append(f'field "{copy.field}" for {ours} was not found; {_similar(copy.field, known)}')
        elif len(matches) > 1:
            ids = ", ".join(sorted(one.id for one in matches))
            problems.append(f'field "{copy.field}" for {ours} fits several: {ids}; write the id')
    return problems


def _matches(wanted: str, known: Mapping[str, FieldInfo]) -> list[FieldInfo]:
    if wanted in known:
        return [known[wanted]]
    return [one for one in known.values() if one.name.casefold() == wanted.casefold()]


def _similar(wanted: str, known: Mapping[str, FieldInfo]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(wanted, {one.name for one in known.values()}, n=3)
    return f"similar: {', '.join(close)}" if close else "the tool has no field of a similar name"


# ---- streams and files -----------------------------------------------------------------------------------


def _try_streams(found: Findings, source: Source, streams: Sequence[Stream]) -> None:
    """Read the first page of every stream: what a permission lacks shows there."""
    for stream in streams:
        try:
            next(iter(source.pull(stream, Cursor())), None)
            found.streams[stream.name] = "readable"
        except VendorError as error:
            found.streams[stream.name] = "not readable"
            found.add_error(error, stream.name)


def file_problems(config: Config) -> list[str]:
    """A sentence for every file of ours that others may read or change, though they should not."""
    database = database_file(config)
    private = [path for path in (config.hub.env_file, database) if path is not None]
    if database is not None:
        private += [
            database.with_name(database.name + suffix) for suffix in ("-wal", "-shm", ".lock", ".rates")
        ]
    problems = [f"{path} may be read by others; chmod 600 {path}" for path in private if _mode(path) & 0o077]
    if _mode(config.path) & 0o022:
        problems.append(f"{config.path} may be changed by others; chmod 644 {config.path}")
    folder = (database or config.path).parent
    if _mode(folder) & 0o002 and not _mode(folder) & stat.S_ISVTX:
        problems.append(f"{folder} may be changed by everybody; chmod o-w {folder}")
    return problems


def _mode(path: Path) -> int:
    """Permission bits; none where there is no such file."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def as_document(found: Findings) -> dict[str, Any]:
    """One connection in the document of ``doctor --json``."""
    account = found.account
    return {
        "site": account.site if account else None,
        "site_name": account.site_name if account else None,
        "user": account.user_name if account else None,
        "scopes": list(account.scopes) if account else [],
        "containers": found.containers,
        "streams": found.streams,
        "notes": found.notes,
        "problems": found.problems,
    }
