"""Taking a run back."""

from __future__ import annotations

from collections.abc import Callable

from tests.sync.company import Company

COMPANY = Callable[..., Company]


def linked(company: COMPANY, **options: object) -> Company:
    here = company(**options)
    for name in here.names:
        here.put(name, 1, labels=["x", "y"], priority="low")
    here.sync()
    return here


def test_e16_what_was_written_is_what_it_was_and_stays_so(company: COMPANY) -> None:
    here = linked(company)
    before = dict(here.issue("b", "b1"))
    here.edit(
        "a",
        "a1",
        title="new",
        priority="high",
        labels=["x", "z"],
        status=here.status("a", 2),
        due_on="2027-01-31",
    )
    run = here.sync().run
    assert here.issue("b", "b1")["title"] == "new"
    told = here.undo(run)
    assert (len(told.done), told.left) == (5, [])
    for name in ("title", "priority", "due_on"):
        assert here.issue("b", "b1")[name] == before[name]
    assert here.issue("b", "b1")["status"]["name"] == "Open"
    assert sorted(here.issue("b", "b1")["labels"]) == ["x", "y"]
    assert here.issue("a", "a1")["title"] == "new", "what people wrote is not ours to take back"
    written = here.writes
    here.sync()
    assert here.writes == written, "it is not written again"
    here.edit("a", "a1", title="newer")
    here.sync()
    assert here.issue("b", "b1")["title"] == "newer"


def test_e16_what_somebody_changed_since_is_left_alone(company: COMPANY) -> None:
    here = linked(company)
    here.edit("a", "a1", title="ours", priority="high")
    run = here.sync().run
    here.edit("b", "b1", title="theirs")
    told = here.undo(run)
    assert here.issue("b", "b1")["title"] == "theirs"
    assert here.issue("b", "b1")["priority"] == "low"
    assert [line.split(",")[0] for line in told.left] == ["B-1 of b"]


def test_what_a_later_run_wrote_again_is_left_alone(company: COMPANY) -> None:
    here = linked(company)
    here.edit("a", "a1", title="first")
    run = here.sync().run
    here.edit("a", "a1", title="second")
    here.sync()
    assert here.undo(run).left == ["B-1 of b, title: a later run wrote it again"]
    assert here.issue("b", "b1")["title"] == "second"


def test_what_was_made_is_put_away_and_not_made_again(company: COMPANY) -> None:
    here = company(
        block={"create": [{"from": "a", "to": "b", "type": "Task"}], "pair": [{"a": "K", "b": "K"}]}
    )
    here.put("a", 1)
    run = here.sync().run
    assert here.undo(run).left == []
    (made,) = here.tools["b"].issues.values()
    assert made["archived"] is True
    here.edit("a", "a1", title="goes on")
    here.sync()
    assert len(here.tools["b"].issues) == 1
    assert made["title"] == "issue 1"
