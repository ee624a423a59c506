"""What a person has parted stays parted until a person joins it again.

Seen to fail with `Kin._apart` returning nothing, with the groups left out there, and with ``Loose.parted`` empty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.sync.company import Company

from syncline.store import runs
from syncline.sync import byhand
from syncline.sync.blocks import blocks
from syncline.sync.ledger import Ledger

COMPANY = Callable[..., Company]
CREATE = {"create": [{"from": "a", "to": "b", "type": "Task"}], "pair": [{"a": "K", "b": "K"}]}


def by_hand(here: Company, deed: Callable[[Ledger], Any]) -> None:
    with here.store() as store:
        run = runs.begin(store, "link", here.clock.now())
        with store.writing() as db:
            deed(Ledger(db, run, here.clock.now()))
        runs.end(store, run, here.clock.now(), 0, {})


def number(here: Company, remote_id: str) -> int:
    return int(here.rows("SELECT id FROM record WHERE remote_id = :id", id=remote_id)[0][0])


def unlink(here: Company, remote_id: str) -> None:
    one = number(here, remote_id)
    by_hand(here, lambda ledger: ledger.unlink(one))


def link(here: Company, *remote_ids: str) -> None:
    one, other = (number(here, remote_id) for remote_id in remote_ids)
    config = here.config()
    by_hand(
        here,
        lambda ledger: byhand.link(ledger, blocks(config.sync, config.fields), one, other, about=False),
    )


def links(here: Company) -> int:
    return int(here.rows("SELECT count(*) FROM link WHERE until IS NULL")[0][0])


def touched(here: Company) -> None:
    """Everything is planned again."""
    for name in here.names:
        for remote_id in list(here.tools[name].issues):
            here.edit(name, remote_id, priority="high")


def test_a_pair_that_was_parted_is_not_matched_again(company: COMPANY) -> None:
    here = company()
    for name in "ab":
        here.put(name, 1)
    here.sync()
    assert links(here) == 1
    unlink(here, "b1")
    here.sync()
    touched(here)
    here.sync()
    assert links(here) == 0
    assert here.held() == []
    here.put("b", 2, title="issue 1")
    here.sync()
    assert links(here) == 1, "another of that title is somebody new"


def test_a_person_may_join_it_again(company: COMPANY) -> None:
    here = company()
    for name in "ab":
        here.put(name, 1)
    here.sync()
    unlink(here, "a1")
    here.sync()
    link(here, "a1", "b1")
    here.sync()
    here.edit("a", "a1", title="another")
    here.sync()
    here.sync()
    assert here.titles("b") == ["another"]


def test_neither_with_the_others_of_its_group(company: COMPANY) -> None:
    here = company(names=("a", "b", "c"), fields={"priority": {}}, block={"match": ["url"]})
    here.put("a", 1)
    for name in "bc":
        here.put(name, 1, body={"format": "markdown", "source": "as https://a.example/1 says"})
    here.sync()
    assert here.rows("SELECT count(*) FROM member") == [(3,)]
    unlink(here, "c1")
    here.sync()
    here.edit("c", "c1", body={"format": "markdown", "source": "as https://b.example/1 says"})
    here.sync()
    here.sync()
    assert here.rows("SELECT r.remote_id FROM member m JOIN record r ON r.id = m.record_id ORDER BY 1") == [
        ("a1",),
        ("b1",),
    ]


def test_what_was_parted_gets_no_fresh_copy(company: COMPANY) -> None:
    here = company(block=CREATE)
    here.put("a", 1)
    here.sync()
    assert here.titles("b") == ["issue 1"]
    unlink(here, "a1")
    touched(here)
    here.sync()
    here.sync()
    assert here.titles("b") == ["issue 1"]
    assert links(here) == 0


def test_nor_after_it_moved_away_and_was_unlinked(company: COMPANY) -> None:
    from syncline.model import Container

    here = company(block=CREATE | {"moved": "unlink"})
    here.tools["b"].put(Container(remote_id="b-other", key="OTHER", title="Elsewhere"))
    here.put("a", 1)
    here.sync()
    (made,) = here.tools["b"].issues
    here.edit("b", made, container="b-other")
    here.sync()
    assert links(here) == 0
    here.edit("b", made, container="b-k")
    touched(here)
    here.sync()
    here.sync()
    assert links(here) == 0
    assert here.titles("b") == ["issue 1"]


def test_taking_back_a_run_whose_copy_was_unlinked_puts_it_away_for_good(company: COMPANY) -> None:
    here = company(block=CREATE)
    here.put("a", 1)
    run = here.sync().run
    unlink(here, "a1")
    told = here.undo(run)
    assert (len(told.done), told.left) == (1, [])
    (made,) = here.tools["b"].issues
    assert here.issue("b", made)["archived"]
    touched_a = here.writes
    here.edit("a", "a1", priority="high")
    here.sync()
    here.sync()
    assert here.writes == touched_a
    assert len(here.tools["b"].issues) == 1


@pytest.mark.parametrize("leaving", ["a1", "b1", "c1"])
def test_who_is_left_of_three_stays_one_piece_of_work(company: COMPANY, leaving: str) -> None:
    """Also where the others were linked only through the one who leaves."""
    here = company(names=("a", "b", "c"), fields={"title": {}})
    for name in here.names:
        here.put(name, 1)
    here.sync()
    unlink(here, leaving)
    items = dict(here.rows("SELECT remote_id, item_id FROM record WHERE kind = 'Issue'"))
    own = items.pop(leaving)
    assert len(set(items.values())) == 1
    assert own not in items.values()
    assert here.rows("SELECT count(DISTINCT group_id), count(*) FROM member") == [(1, 2)]
    assert here.rows("SELECT count(*) FROM link WHERE until IS NULL") == [(1,)]
    here.sync()
    one, other = sorted(items)
    here.edit(one[0], one, title="still the same")
    here.sync()
    assert here.issue(other[0], other)["title"] == "still the same"
    assert here.issue(leaving[0], leaving)["title"] == "issue 1"


def test_many_whose_one_is_taken_away_are_about_nothing(company: COMPANY) -> None:
    here = company(fields={"title": {"from": "b"}}, block={"link": "about"})
    for one in (1, 2):
        here.put("a", one, title=f"ticket {one}")
    here.put("b", 1)
    here.sync()
    target = number(here, "b1")
    tickets = [number(here, "a1"), number(here, "a2")]

    def point(ledger: Ledger) -> None:
        for one in tickets:
            ledger.join("all", one, target, "person", None, target, about=True)

    by_hand(here, point)
    unlink(here, "a1")
    assert here.rows("SELECT count(*) FROM member") == [(2,)], "the other is about it as before"
    unlink(here, "b1")
    assert here.rows("SELECT count(*) FROM member") == [(0,)]
    assert here.rows("SELECT count(*) FROM link WHERE until IS NULL") == [(0,)]
