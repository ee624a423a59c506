"""Records that may not be kept are erased to the last byte, with all that hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import insert, select
from tests.databases import Database
from tests.engine.world import STATUSES, World

from syncline.connector import Cursor, Page, Quarantined, Source, Stream
from syncline.memory import Memory, MemoryTool, connector_to
from syncline.model import (
    Attachment,
    Comment,
    Event,
    Kind,
    Person,
    Sourced,
    SurveyResponse,
    Text,
    TextFormat,
    Ticket,
)
from syncline.sim.clock import SimClock
from syncline.store import erase
from syncline.store.tables import connection as connections
from syncline.store.tables import held, intent, link, member, metadata, operation, record

CANARY = "canary-7f3a91"


def text(words: str) -> Text:
    return Text(format=TextFormat.PLAIN, source=words)


def ticket(number: int, words: str, requester: str) -> Sourced:
    found = Ticket(remote_id=str(number), title=words, status=STATUSES[0], requester=requester)
    return Sourced(found, {"id": number, "subject": words})


def riders(number: int, words: str) -> list[Sourced]:
    owner, at = str(number), SimClock().now()
    found = [
        Comment(remote_id=f"c{number}", subject=owner, author="agent", body=text(words)),
        Attachment(remote_id=f"a{number}", subject=owner, title=f"{words}.pdf"),
        SurveyResponse(
            remote_id=f"s{number}", survey="satisfaction", answered_at=at, subject=owner, body=text(words)
        ),
    ]
    return [Sourced(record, {"words": words}) for record in found]


class Scripted(Memory):
    """Delivers what a test wrote down, one page a walk."""

    script: Sequence[Page] = ()

    def streams(self) -> Sequence[Stream]:
        return [Stream("tickets", (Kind.TICKET, Kind.COMMENT, Kind.ATTACHMENT, Kind.SURVEY_RESPONSE))]

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        step = int(cursor.mark or 0)
        page = self.script[step] if step < len(self.script) else Page()
        yield Page(**{**vars(page), "next": Cursor(None, str(step + 1)), "last": True})

    def translate(self, kind: Kind, payload: Any) -> Any:
        raise ValueError("not asked for here")


def world(database: Database, *script: Page) -> World:
    connector: type[Source] = type("Told", (Scripted, connector_to(MemoryTool())), {"script": script})
    return World(database.folder, database.url, SimClock(), {"memory": connector})


def first_page() -> Page:
    at = SimClock().now()
    event = Event(
        kind=Kind.TICKET, remote_id="1", native_id="e", at=at, field="title", old=CANARY, new="other"
    )
    unreadable = Quarantined(Kind.COMMENT, "c9", "body: missing", {"body": CANARY}, subject="1")
    return Page(
        records=[ticket(1, CANARY, "p1"), *riders(1, CANARY), ticket(2, "fine", "p2"), *riders(2, "fine")],
        stubs=[
            Sourced(Person(remote_id=f"p{number}", title=name), {"name": name})
            for number, name in ((1, CANARY), (2, "Ada Example"))
        ],
        events=[event],
        quarantined=[unreadable],
    )


WITHDRAWN = Page(withdrawn=frozenset({(Kind.TICKET, "1")}))


def bytes_of(database: Database) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(database.file.parent.rglob("*")) if path.is_file())


def test_a_withdrawn_record_goes_with_all_that_hangs_on_it(database: Database) -> None:
    here = world(database, first_page(), WITHDRAWN)
    here.pull()
    here.pull()
    assert here.rows("SELECT remote_id FROM record ORDER BY remote_id") == [
        ("2",),
        ("a2",),
        ("c2",),
        ("p2",),
        ("s2",),
    ]
    for table in ("event", "quarantine"):
        assert here.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    left = {row[0] for row in here.rows("SELECT id FROM record")}
    for table in ("raw", "dirty"):
        assert {row[0] for row in here.rows(f"SELECT record_id FROM {table}")} <= left


def test_not_a_byte_of_it_is_left_in_the_files(database: Database) -> None:
    if database.kind != "sqlite":
        pytest.skip("the files of a server are its own")
    here = world(database, first_page(), WITHDRAWN)
    here.pull()
    assert CANARY.encode() in bytes_of(database), "it was there, or this test proves nothing"
    with here.store(), here.store():  # connections that stay open keep SQLite from cleaning up on leaving
        here.pull()
        assert CANARY.encode() not in bytes_of(database)
        assert b"Ada Example" in bytes_of(database)


def test_a_person_whom_others_mention_stays(database: Database) -> None:
    also = Page(records=[ticket(3, "another", "p1")])
    here = world(database, first_page(), also, WITHDRAWN)
    for _ in range(3):
        here.pull()
    assert here.rows("SELECT count(*) FROM record WHERE remote_id = 'p1'") == [(1,)]


def test_numbers_of_items_are_never_given_again(database: Database) -> None:
    here = world(
        database,
        Page(records=[ticket(2, "fine", "p"), ticket(1, CANARY, "p")]),
        WITHDRAWN,
        Page(records=[ticket(3, "new", "p")]),
    )
    here.pull()
    given = here.rows("SELECT max(id) FROM record")[0][0]
    here.pull()
    here.pull()
    assert here.rows("SELECT id FROM record WHERE remote_id = '3'")[0][0] > given


def test_a_record_that_comes_back_is_stored_again(database: Database) -> None:
    here = world(database, first_page(), WITHDRAWN, Page(records=[ticket(1, "allowed again", "p1")]))
    for _ in range(3):
        here.pull()
    assert here.rows("SELECT title, absent FROM record WHERE kind = 'Ticket' ORDER BY remote_id") == [
        ("allowed again", None),
        ("fine", None),
    ]


def test_what_the_vendor_deleted_is_marked_and_kept(database: Database) -> None:
    here = world(
        database, first_page(), Page(gone=frozenset({(Kind.TICKET, "1"), (Kind.TICKET, "never seen")}))
    )
    here.pull()
    counts = here.pull().connections["mem"]["tickets"]
    assert counts.removed == 1
    assert here.rows("SELECT title, absent FROM record WHERE remote_id = '1'") == [(CANARY, "gone")]


def test_what_was_agreed_and_written_of_it_goes_too(database: Database) -> None:
    here = world(database, first_page(), WITHDRAWN)
    here.pull()
    at = here.clock.now()
    with here.store() as store, store.writing() as db:
        one, other = (
            db.execute(
                select(record.c.id).where(record.c.kind == "Ticket", record.c.remote_id == number)
            ).scalar_one()
            for number in ("1", "2")
        )
        connection = db.execute(select(connections.c.id)).scalar_one()
        db.execute(
            insert(link).values(
                id=1, type="same", source_id=other, target_id=one, origin="person", at=at, seq=1
            )
        )
        for number in (one, other):
            db.execute(
                insert(member).values(block="b", record_id=number, group_id=one, state="active", base={})
            )
        common = {"block": "b", "group_id": one, "record_id": None, "field": "title", "at": at, "run_id": 1}
        db.execute(
            insert(held).values(id=1, kind="conflict", reason="both", shown={str(one): CANARY}, **common)
        )
        db.execute(
            insert(operation).values(
                id=1,
                kind="update",
                before=CANARY,
                after=CANARY,
                why="",
                state="done",
                **(common | {"record_id": one}),
            )
        )
        db.execute(
            insert(intent).values(
                id="m",
                run_id=1,
                connection_id=connection,
                record_id=one,
                block="b",
                operation={"title": CANARY},
                state="sent",
                written_at=at,
            )
        )
    here.pull()
    for table in ("link", "held", "operation", "intent"):
        assert here.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    assert here.rows("SELECT record_id FROM member") == [(other,)]
    if database.kind == "sqlite":
        assert CANARY.encode() not in bytes_of(database)


def test_no_table_that_speaks_of_records_is_forgotten() -> None:
    speaks = {
        table.name
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is record
    }
    assert speaks == {table.name for table in erase.HANGING} | {link.name}
