"""JSON in the database is text, which its own functions read, whichever statement wrote it."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.databases import Database

from syncline.connector import Page
from syncline.model import Person, Sourced
from syncline.status import StatusMap
from syncline.store import Store, runs
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.readings import read_records

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOME = Home(connection_id=1, site="s", statuses=StatusMap(), volatile=frozenset({"seen"}))


def deliver(store: Store, run: int, name: str) -> None:
    person = Person(remote_id="1", title=name)
    with store.writing() as db:
        readings = read_records(HOME, [Sourced(person, {"name": name, "seen": "größe"})])
        Ingest(db, HOME, run, NOW, "people").page(Page(), readings)


READ = """SELECT r.data ->> 'title', w.payload ->> 'name', w.volatile ->> 'seen', r.data, w.payload
          FROM record r JOIN raw w ON w.record_id = r.id"""


def test_json_is_text_when_new_and_when_changed(database: Database) -> None:
    with database.open() as store:
        with store.writing() as db:
            db.exec_driver_sql(
                "INSERT INTO connection VALUES (1, 'crm', 'memory', 's', 's', '{}', '', '2026-01-01T00:00:00.000Z')"
            )
        run = runs.begin(store, "pull", NOW)
        for name in ("Ada Größe", "検索"):
            deliver(store, run, name)
            ((*read, data, payload),) = database.rows(READ)
            assert read == [name, name, "größe"]
            assert not isinstance(data, bytes)
            assert not isinstance(payload, bytes)
