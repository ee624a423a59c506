"""The demo company, read and linked once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from syncline.config import load
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline.sync.whole import Wish, sync
from syncline_connectors.demo import Demo, configuration, serve_demo
from syncline_connectors.demo.play_usage import write_papers

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with serve_demo() as demo:
        yield demo


@pytest.fixture(scope="session")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in which everything was read and everything that belongs together is linked."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "syncline.env").write_text("".join(f"{k}={v}\n" for k, v in demo.environ.items()))
    (folder / "syncline.env").chmod(0o600)
    (folder / "people.csv").write_text(configuration.people())
    (folder / "syncline.toml").write_text(configuration.whole(demo, "on"))
    write_papers(demo.plot.evidence, folder)
    config = load(folder / "syncline.toml")
    with open_store(f"sqlite:///{folder / 'syncline.db'}", create=True) as store:
        for names in (("eng",), ()):
            assert pull(config, store, names=names).exit_code == 0
        assert sync(config, store, Wish()).exit_code == 0
    return folder


@pytest.fixture(scope="session")
def ask(folder: Path) -> Iterator[Ask]:
    """Rows that a query answers."""
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.reading() as db:
        yield lambda query, **values: [tuple(row) for row in db.execute(text(query), values)]


@pytest.fixture(scope="session")
def now(demo: Demo) -> datetime:
    return demo.plot.story.now


@pytest.fixture(scope="session")
def today(now: datetime) -> date:
    return now.date()
