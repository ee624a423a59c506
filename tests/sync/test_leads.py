"""Which record speaks for an item in reports: the lead of its block, else the earliest, of those that are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from tests.sync.company import Company

from syncline.model import Issue, Kind
from syncline.status import StatusMap
from syncline.store.erase import erase
from syncline.store.home import Home
from syncline.store.leads import note_leads
from syncline.store.tables import record
from syncline.sync.ledger import Ledger

Make = Callable[..., Company]
SPEAKING = "SELECT lead FROM items ORDER BY lead"
ALL = "SELECT remote_id FROM records WHERE kind = 'Issue' AND speaks ORDER BY remote_id"


def joined(make: Make, **block: object) -> Company:
    """Three records of one piece of work: c's was made first, then a's, then b's."""
    company = make(names=("a", "b", "c"), block=block)
    for name in ("c", "a", "b"):
        company.put(name, 1)
        company.clock.sleep(3600)
    company.sync()
    assert company.rows("SELECT count(DISTINCT item) FROM records WHERE kind = 'Issue'") == [(1,)]
    return company


def test_the_earliest_speaks_where_no_lead_is_named(company: Make) -> None:
    assert joined(company).rows(SPEAKING) == [("site-c:Issue:c1",)]


def test_the_blocks_lead_speaks_whenever_its_record_was_made(company: Make) -> None:
    assert joined(company, lead="b").rows(SPEAKING) == [("site-b:Issue:b1",)]


def test_a_lead_that_is_named_later_speaks_from_the_next_run_on(company: Make) -> None:
    world = joined(company)
    world.block["lead"] = "a"
    world.sync()
    assert world.rows(SPEAKING) == [("site-a:Issue:a1",)]
    del world.block["lead"]
    world.sync()
    assert world.rows(SPEAKING) == [("site-c:Issue:c1",)]


def test_who_is_parted_speaks_for_itself(company: Make) -> None:
    world = joined(company, lead="b")
    with world.store() as store, store.writing() as db:
        number = db.execute(select(record.c.id).where(record.c.remote_id == "b1")).scalar_one()
        Ledger(db, 1, world.clock.now()).unlink(number)
    assert ("b1",) in world.rows(ALL)
    items = world.rows("SELECT item, count(*) FROM records WHERE kind = 'Issue' AND speaks GROUP BY item")
    assert {count for _, count in items} == {1}
    assert len(items) == len(world.rows("SELECT DISTINCT item FROM records WHERE kind = 'Issue'"))


def test_a_lead_that_is_gone_leaves_the_word_to_who_is_there(company: Make) -> None:
    world = joined(company, lead="b")
    kept = {name: value for name, value in world.issue("b", "b1").items() if not name.startswith("_")}
    world.put("b", 2)
    world.tools["b"].delete("b1")
    world.clock.sleep(timedelta(days=2).total_seconds())
    world.sync()
    assert world.rows("SELECT absent FROM records WHERE remote_id = 'b1'") == [("gone",)]
    speaking = "SELECT remote_id FROM records WHERE title = 'issue 1' AND speaks"
    assert world.rows(speaking) == [("c1",)]
    world.tools["b"].put(Issue.model_validate(kept | {"updated_at": world.clock.now()}))
    world.clock.sleep(timedelta(days=2).total_seconds())
    world.sync()
    assert world.rows("SELECT absent FROM records WHERE remote_id = 'b1'") == [(None,)]
    assert world.rows(speaking) == [("b1",)]


def test_a_lead_that_is_erased_leaves_the_word_to_the_others(company: Make) -> None:
    world = joined(company)
    with world.store() as store, store.writing() as db:
        row = db.execute(select(record).where(record.c.remote_id == "c1")).one()
        assert erase(db, Home(row.connection_id, row.site, StatusMap()), [(Kind.ISSUE, "c1")]) == 1
    assert world.rows(SPEAKING) == [("site-a:Issue:a1",)]


def test_the_first_block_that_names_a_lead_decides_and_only_for_its_own_records(company: Make) -> None:
    world = joined(company)
    with world.store() as store, store.writing() as db:
        note_leads(db, [("another", "a"), ("all", "b"), ("all", "a")], lambda: 1)
    assert world.rows(SPEAKING) == [("site-b:Issue:b1",)]
