"""What all tests share: property tests draw the same examples in every run, so that a green suite stays green.

``HYPOTHESIS_PROFILE=explore`` draws new ones, which is how new bugs are looked for. Tests that take `database` run on
every database; those that need a server take `postgres` (`tests.databases`).
"""

from __future__ import annotations

import gc
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from tests.databases import KINDS, Database, Server, once_compiled, server, sharing_engine

import syncline.store.database
import syncline.store.postgres

settings.register_profile("suite", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

for module in (syncline.store.database, syncline.store.postgres):
    setattr(module, "create_engine", sharing_engine)  # noqa: B010 - mypy knows it as a name that is only imported there
setattr(syncline.store.database, "build_schema", once_compiled(syncline.store.database.build_schema))  # noqa: B010

gc.disable()  # until everything is collected: it would look through all that was imported again and again


SLOWEST = (
    "tests/cli/test_demo.py",
    "tests/e2e/",
    "tests/sync/test_agreement.py",
    "tests/demo/",
    "tests/scenarios/",
    "tests/report/test_",
    "tests/sync/",
    "tests/engine/",
    "tests/conformance/",
    "tests/text/",
    "tests/sim/",
    "tests/bench/",
    "tests/store/",
    "tests/cli/",
    "tests/report/",
    "tests/notify/",
)
"""What takes long, begun first: the worker that came to it last would end alone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, at in enumerate(SLOWEST) if item.nodeid.startswith(at)), 99))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One worker takes all tests of the demo company: to read and link it takes half a minute.

    Modules are given out in the order of `SLOWEST`. Of itself xdist goes by the number of tests, and those that play
    a whole demonstration or kill a process a dozen times have few.
    """
    if config.getoption("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False
    scheduling = LoadScopeScheduling(config, log)
    by_module = scheduling._split_scope
    scheduling._split_scope = lambda test: "demo" if test.startswith("tests/demo/") else by_module(test)
    return scheduling


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not look at its half a million objects again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; a test that wants one is skipped where there is none."""
    try:
        with server() as running:
            yield running
    except LookupError as error:
        pytest.skip(str(error))


def fresh(kind: str, request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> Database:
    """An empty database: a file, or a schema of a server."""
    if kind == "sqlite":
        return Database(kind, f"sqlite:///{folder / uuid.uuid4().hex[:8] / 'syncline.db'}", folder)
    running: Server = request.getfixturevalue("postgres")
    return Database(kind, stack.enter_context(running.schema()), folder)


@pytest.fixture
def on_postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database on a server."""
    with ExitStack() as stack:
        yield fresh("postgres", request, tmp_path, stack)


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes empty databases of one kind; the test runs once for every kind."""
    with ExitStack() as stack:
        yield lambda: fresh(request.param, request, tmp_path, stack)


@pytest.fixture
def database(databases: Callable[[], Database]) -> Database:
    """An empty database; the test runs once for every kind."""
    return databases()
