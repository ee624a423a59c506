"""Taking a run back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sync.company import Company
from tests.sync.test_comments import say

from syncline.model import Comment
from syncline.sim.faults import Fault

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


# ---- what was said ---------------------------------------------------------------------------------------------------

TALK: dict[str, Any] = {"title": {}, "comments": {}}


def talking(company: COMPANY, **options: object) -> Company:
    here = company(fields=TALK, **options)
    for name in here.names:
        here.put(name, 1)
    here.sync()
    here.clock.sleep(7200)
    return here


def words(here: Company, name: str) -> list[str]:
    """The last lines of all comments in a tool."""
    return sorted(one["body"]["source"].rpartition("\n")[2] for one in here.tools[name].comments.values())


def left_in_peace(here: Company) -> None:
    written = here.writes
    for _ in range(3):
        here.sync()
    assert here.writes == written


def test_a_comment_that_a_run_wrote_is_withdrawn_and_not_written_again(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "ours")
    say(here, "b", 1, "theirs")
    run = here.sync().run
    assert words(here, "a") == words(here, "b") == ["ours", "theirs"]
    told = here.undo(run)
    assert (sorted(told.done), told.left) == (
        [
            "A-1 of a, comment “Somebody in Memory-b: theirs”",
            "B-1 of b, comment “Somebody in Memory-a: ours”",
        ],
        [],
    )
    assert (words(here, "a"), words(here, "b")) == (["ours"], ["theirs"])
    left_in_peace(here)
    say(here, "a", 1, "ours, edited")
    left_in_peace(here)
    assert words(here, "b") == ["theirs"]
    assert here.held() == []


def test_a_copy_that_a_run_edited_says_again_what_it_said(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "first")
    here.sync()
    say(here, "a", 1, "second")
    run = here.sync().run
    assert words(here, "b") == ["second"]
    assert here.undo(run).left == []
    assert (words(here, "a"), words(here, "b")) == (["second"], ["first"])
    left_in_peace(here)
    assert here.held() == [], "nobody edited the copy but us"
    say(here, "a", 1, "third")
    here.sync()
    assert words(here, "b") == ["third"], "it flows again once somebody edits it anew"


def test_of_comments_too_a_later_run_stands(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "first")
    say(here, "a", 2, "by the way")
    run = here.sync().run
    say(here, "a", 1, "second")
    here.sync()
    told = here.undo(run)
    assert told.left == ["B-1 of b, comment “Somebody in Memory-a: first”: a later run wrote it again"]
    assert words(here, "b") == ["second"]
    assert len(told.done) == 1, "the other comment on the same record is withdrawn"


def test_a_comment_that_somebody_made_their_own_is_left_alone(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "ours")
    run = here.sync().run
    (copy,) = here.tools["b"].comments.values()
    own = {name: value for name, value in copy.items() if not name.startswith("_")}
    here.tools["b"].put(Comment.model_validate(own | {"body": {"format": "markdown", "source": "mine"}}))
    here.sync()
    assert here.undo(run).left == [
        "B-1 of b, comment “Somebody in Memory-a: ours”: somebody changed it since"
    ]
    assert words(here, "b") == ["mine"]


def test_what_is_gone_or_was_taken_away_is_only_said(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "ours")
    first = here.sync().run
    here.tools["a"].delete("a-said-1")
    second = here.sync().run
    assert words(here, "b") == []
    assert here.undo(second).left == ["B-1 of b, comment “”: a comment that was deleted is not brought back"]
    assert [line.rpartition(": ")[2] for line in here.undo(first).left] == ["a later run wrote it again"]


def test_it_is_undone_once(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "ours")
    run = here.sync().run
    assert len(here.undo(run).done) == 1
    assert [line.rpartition(": ")[2] for line in here.undo(run).left] == ["a later run wrote it again"]
    (last,) = here.rows("SELECT max(run_id) FROM operation")
    assert [line.rpartition(": ")[2] for line in here.undo(last[0]).left] == [
        "what was taken back is not written again"
    ]


def test_a_comment_whose_answer_was_lost_is_withdrawn_by_the_run_that_found_it(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "ours")
    here.tools["b"].inject(Fault.DROP_AFTER, writes=True)
    here.sync()
    here.sync()
    assert words(here, "b") == ["ours"]
    (run,) = here.rows("SELECT run_id FROM operation WHERE kind = 'comment' AND state = 'done'")
    assert here.undo(run[0]).left == []
    assert words(here, "b") == []
    left_in_peace(here)


def test_a_note_is_withdrawn(company: COMPANY) -> None:
    note = {"to": "a", "when": {"category": ["done"]}, "text": "Fixed in {key}."}
    here = talking(company, block={"note": [note]})
    here.edit("b", "b1", status=here.status("b", 2))
    run = here.sync().run
    assert words(here, "a") == ["Fixed in B-1."]
    assert here.undo(run).done == ["A-1 of a, comment “Fixed in B-1.”"]
    assert words(here, "a") == []
    left_in_peace(here)


def test_a_tool_that_lets_nobody_delete_is_told(company: COMPANY) -> None:
    here = talking(company)
    say(here, "a", 1, "ours")
    run = here.sync().run
    here.tools["b"].protected.add("b1")
    (line,) = here.undo(run).left
    assert line.startswith("B-1 of b, comment “Somebody in Memory-a: ours”: ")
    assert words(here, "b") == ["ours"]
