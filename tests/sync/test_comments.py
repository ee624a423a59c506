"""Comments: one origin, copies that say what it says, nothing said twice, nothing said too widely."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.sync.company import Company

from syncline.config.loading import parse
from syncline.model import Comment, Kind, Text, Visibility
from syncline.sim.faults import Fault
from syncline.status import StatusMap
from syncline.store.erase import erase
from syncline.store.home import Home
from syncline.store.tables import record
from syncline.sync.ledger import Ledger

Make = Callable[..., Company]
COMMENTS: dict[str, Any] = {"title": {}, "comments": {}}


def linked(make: Make, names: tuple[str, ...] = ("a", "b"), **options: Any) -> Company:
    here = make(**({"names": names, "fields": COMMENTS} | options))
    for name in names:
        here.put(name, 1)
    here.sync()
    here.clock.sleep(7200)
    return here


def say(here: Company, name: str, number: int, words: str, **values: Any) -> str:
    """Somebody comments on the first issue of a tool, or changes what they said."""
    remote_id = f"{name}-said-{number}"
    given: dict[str, Any] = {"created_at": here.clock.now()} | values
    body = Text(format="markdown", source=words)
    here.tools[name].put(Comment(remote_id=remote_id, subject=f"{name}1", body=body, **given))
    here.tools[name].touch(f"{name}1")
    return remote_id


def said(here: Company, name: str) -> list[str]:
    """What stands in a tool that nobody wrote there by hand."""
    return [
        one["body"]["source"] for key, one in here.tools[name].comments.items() if f"{name}-said-" not in key
    ]


def quiet(here: Company, runs: int = 3) -> None:
    """Run until nothing is written any more, and a few times again."""
    for _ in range(4):
        here.sync()
    written = here.writes
    for _ in range(runs):
        here.sync()
    assert here.writes == written


def test_a_comment_gets_one_copy_under_a_line_that_says_whose_it_is(company: Make) -> None:
    here = linked(company)
    say(here, "a", 1, "It fails **again**.")
    here.sync()
    assert said(here, "b") == ["Somebody in Memory-a:\n\nIt fails **again**."]
    quiet(here)
    assert len(said(here, "b")) == 1
    assert said(here, "a") == [], "a copy is never copied"
    assert here.rows("SELECT kind, field, state FROM operation WHERE field = 'comments'") == [
        ("comment", "comments", "done")
    ]


def test_both_sides_speak_and_three_tools_hear(company: Make) -> None:
    here = linked(company, ("a", "b", "c"))
    for name in ("a", "b", "c"):
        say(here, name, 1, f"words of {name}")
    quiet(here)
    for name in ("a", "b", "c"):
        others = sorted({"a", "b", "c"} - {name})
        assert [one.rpartition("\n")[2] for one in said(here, name)] == [f"words of {x}" for x in others]


def test_an_edit_follows_and_a_deletion_too(company: Make) -> None:
    here = linked(company)
    say(here, "a", 1, "first")
    here.sync()
    say(here, "a", 1, "second")
    here.sync()
    assert [one.rpartition("\n")[2] for one in said(here, "b")] == ["second"]
    quiet(here)
    here.tools["a"].delete("a-said-1")
    here.sync()
    assert said(here, "b") == []
    quiet(here)


def test_a_copy_that_somebody_deleted_is_not_made_again(company: Make) -> None:
    here = linked(company)
    say(here, "a", 1, "first")
    here.sync()
    (copy,) = here.tools["b"].comments
    here.tools["b"].delete(copy)
    quiet(here)
    say(here, "a", 1, "second")
    quiet(here)
    assert said(here, "b") == []
    assert here.held() == []
    assert here.rows("SELECT count(*) FROM operation WHERE field = 'comments'") == [(1,)]


def test_a_copy_that_somebody_edited_is_told_once_and_stays(company: Make) -> None:
    here = linked(company)
    say(here, "a", 1, "first")
    here.sync()
    ((key, payload),) = here.tools["b"].comments.items()
    own = {name: value for name, value in payload.items() if not name.startswith("_")}
    mended = own | {"body": {"format": "markdown", "source": "my own words"}}
    here.tools["b"].put(Comment.model_validate(mended))
    here.tools["b"].touch("b1")
    assert here.sync().exit_code == 3
    assert said(here, "b") == ["my own words"]
    assert said(here, "a") == [], "nothing flows back"
    assert [one[:2] for one in here.held()] == [("comments", "blocked")]
    assert here.sync().exit_code == 0
    here.tools["a"].delete("a-said-1")
    quiet(here)
    assert list(here.tools["b"].comments) == [key], "it stays when the source goes"


def test_what_was_said_before_the_two_were_joined_does_not_cross(company: Make) -> None:
    here = company(fields=COMMENTS)
    here.put("a", 1)
    here.put("b", 1)
    say(here, "a", 1, "long ago", created_at=here.clock.now() - timedelta(days=3))
    quiet(here)
    assert said(here, "b") == []


def test_since_decides_where_it_is_set(company: Make) -> None:
    here = company(fields=COMMENTS)
    day = here.clock.now().date() - timedelta(days=2)
    here.block = {"since": day}
    here.put("a", 1)
    here.put("b", 1)
    say(here, "a", 1, "three days ago", created_at=here.clock.now() - timedelta(days=3))
    say(here, "a", 2, "yesterday", created_at=here.clock.now() - timedelta(days=1))
    quiet(here)
    assert [one.rpartition("\n")[2] for one in said(here, "b")] == ["yesterday"]


@pytest.mark.parametrize("visibility", list(Visibility))
def test_a_copy_is_never_more_visible_than_its_source(company: Make, visibility: Visibility) -> None:
    here = linked(company)
    say(here, "a", 1, "who may read this?", visibility=visibility)
    quiet(here)
    shown = [one["visibility"] for one in here.tools["b"].comments.values()]
    assert shown == ([] if visibility is Visibility.PRIVATE else ["team"])


def test_what_became_private_is_told_and_its_copy_learns_nothing_more(company: Make) -> None:
    here = linked(company)
    say(here, "a", 1, "first")
    here.sync()
    say(here, "a", 1, "a secret", visibility=Visibility.PRIVATE)
    assert here.sync().exit_code == 3
    quiet(here)
    assert [one.rpartition("\n")[2] for one in said(here, "b")] == ["first"]


def shown(here: Company, name: str) -> list[tuple[str, str]]:
    """The copies in a tool: their words, and who reads them."""
    return [
        (one["body"]["source"].rpartition("\n")[2], one["visibility"])
        for key, one in here.tools[name].comments.items()
        if f"{name}-said-" not in key
    ]


CUSTOMERS: dict[str, Any] = {
    "customers": frozenset({"b"}),
    "fields": {"title": {}, "comments": {"visibility": "customer"}},
}


@pytest.mark.parametrize("visibility", list(Visibility))
def test_with_both_keys_a_copy_is_as_visible_as_its_source(company: Make, visibility: Visibility) -> None:
    here = linked(company, **CUSTOMERS)
    say(here, "a", 1, "words", visibility=visibility)
    say(here, "b", 1, "back", visibility=Visibility.CUSTOMER)
    quiet(here)
    assert shown(here, "b") == ([] if visibility is Visibility.PRIVATE else [("words", visibility)])
    assert shown(here, "a") == [("back", "team")], "the other connection has no key"


def test_an_edit_reaches_customers_while_both_keys_are_there_and_not_a_run_longer(company: Make) -> None:
    here = linked(company, **CUSTOMERS)
    say(here, "a", 1, "first", visibility=Visibility.CUSTOMER)
    here.sync()
    say(here, "a", 1, "second", visibility=Visibility.CUSTOMER)
    quiet(here)
    assert shown(here, "b") == [("second", "customer")]
    here.fields = COMMENTS
    say(here, "a", 1, "third", visibility=Visibility.CUSTOMER)
    assert here.sync().exit_code == 3
    quiet(here)
    assert shown(here, "b") == [("second", "customer")]
    assert "nothing allows to tell them" in here.held()[0][2]
    here.fields = CUSTOMERS["fields"]
    quiet(here)
    assert shown(here, "b") == [("third", "customer")]
    assert here.held() == []


def test_what_becomes_public_later_has_an_internal_copy_that_follows(company: Make) -> None:
    here = linked(company, **CUSTOMERS)
    say(here, "a", 1, "first")
    here.sync()
    say(here, "a", 1, "second", visibility=Visibility.CUSTOMER)
    quiet(here)
    assert shown(here, "b") == [("second", "team")]


@pytest.mark.parametrize(
    ("rule", "there", "back"), [({"from": "a"}, 1, 0), ({"from": "b"}, 0, 1), ({"to": "b"}, 1, 0)]
)
def test_one_way_is_one_way(company: Make, rule: dict[str, Any], there: int, back: int) -> None:
    here = linked(company, fields={"title": {}, "comments": rule})
    say(here, "a", 1, "from a")
    say(here, "b", 1, "from b")
    quiet(here)
    assert (len(said(here, "b")), len(said(here, "a"))) == (there, back)


def test_a_line_of_ones_own_above_the_copy(company: Make) -> None:
    here = linked(company, fields={"title": {}, "comments": {"signature": "**{author}** wrote in {tool}"}})
    say(here, "a", 1, "words")
    quiet(here)
    assert said(here, "b") == ["**Somebody** wrote in Memory-a\n\nwords"]


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.DROP_BEFORE, Fault.SERVER_ERROR])
def test_a_comment_whose_answer_was_lost_is_not_said_twice(company: Make, fault: Fault) -> None:
    here = linked(company)
    say(here, "a", 1, "once")
    here.tools["b"].inject(fault, writes=True)
    quiet(here)
    assert len(said(here, "b")) == 1
    assert said(here, "a") == [], "what was sent is nobody's words"
    assert here.rows("SELECT DISTINCT state FROM intent WHERE state IN ('sent', 'in_doubt')") == []


def test_what_the_tool_refuses_is_told_once_and_tried_again_another_day(company: Make) -> None:
    here = linked(company)
    say(here, "a", 1, "x" * 20)
    here.tools["b"].user, user = None, here.tools["b"].user
    here.sync()
    here.tools["b"].user = user
    quiet(here)
    assert len(said(here, "b")) == 1


def test_a_lost_database_finds_its_copies_again(company: Make, tmp_path: Any) -> None:
    here = linked(company, block={"since": date(2020, 1, 1)})
    say(here, "a", 1, "from a")
    say(here, "b", 1, "from b")
    quiet(here)
    before = (said(here, "a"), said(here, "b"))
    here.url = f"sqlite:///{tmp_path / 'new.db'}"
    quiet(here)
    assert (said(here, "a"), said(here, "b")) == before
    say(here, "a", 1, "from a, mended")
    quiet(here)
    assert [one.rpartition("\n")[2] for one in said(here, "b")] == ["from a, mended"]


def test_a_side_that_is_only_read_is_said_so(company: Make) -> None:
    here = linked(company, access={"b": "read"})
    say(here, "a", 1, "words")
    here.sync()
    assert said(here, "b") == []
    assert here.held() == [("comments", "blocked", 'b is only read (access = "read")')]


def test_preview_says_nothing_and_counts_it(company: Make) -> None:
    here = linked(company)
    here.block = {"mode": "preview"}
    say(here, "a", 1, "words")
    result = here.sync()
    assert result.outcome is not None
    assert result.outcome.plans["all"].counts.updates == 1
    assert said(here, "b") == []
    here.block = {}
    quiet(here)
    assert len(said(here, "b")) == 1


def test_a_guard_counts_comments_and_what_it_refused_is_not_forgotten(company: Make) -> None:
    here = linked(company, guards={"updates": {"number": 0, "share": 0}})
    say(here, "a", 1, "words")
    assert here.sync().exit_code == 5
    assert here.sync().exit_code == 5
    assert said(here, "b") == []
    here.sync(approve=1)
    assert len(said(here, "b")) == 1


def test_a_comment_on_an_archived_record_waits(company: Make) -> None:
    here = linked(company)
    here.edit("b", "b1", archived=True)
    say(here, "a", 1, "words")
    quiet(here)
    assert said(here, "b") == []
    here.edit("b", "b1", archived=False)
    quiet(here)
    assert len(said(here, "b")) == 1


def test_many_to_one_needs_a_way(company: Make) -> None:
    here = company(fields=COMMENTS, block={"link": "about"})
    _, problems = parse(here.document(), here.directory, here.registry())
    assert any("one way" in problem.text for problem in problems)


def test_a_note_of_ours_is_nobodys_words(company: Make) -> None:
    note = {"to": "a", "when": {"category": ["done"]}, "text": "Fixed in {key}"}
    here = linked(company, block={"note": [note]})
    here.edit("b", "b1", status=here.status("b", 2))
    quiet(here)
    assert said(here, "a") == ["Fixed in B-1"]
    assert said(here, "b") == []


def test_a_comment_that_cannot_be_seen_is_not_deleted(company: Make) -> None:
    """Only proof that it is gone takes its copy away."""
    here = linked(company)
    say(here, "a", 1, "words")
    quiet(here)
    with here.store() as store, store.writing() as db:
        mine = record.c.remote_id == "a-said-1"
        db.execute(update(record).where(mine).values(absent="missing"))
        number = db.execute(select(record.c.id).where(record.c.remote_id == "a1")).scalar_one()
        Ledger(db, 1, here.clock.now()).touch([number], "config")
    here.sync()
    assert len(said(here, "b")) == 1


def test_what_may_not_be_kept_any_more_is_not_copied_back(company: Make) -> None:
    """The source is erased; its copy stays known as one, also without the line above it."""
    here = linked(company, fields={"title": {}, "comments": {"signature": ""}})
    say(here, "a", 1, "a secret")
    quiet(here)
    with here.store() as store, store.writing() as db:
        row = db.execute(select(record).where(record.c.remote_id == "a-said-1")).one()
        erase(db, Home(row.connection_id, row.site, StatusMap()), [(Kind.COMMENT, "a-said-1")])
        number = db.execute(select(record.c.id).where(record.c.remote_id == "b1")).scalar_one()
        Ledger(db, 1, here.clock.now()).touch([number], "config")
    del here.tools["a"].comments["a-said-1"]
    quiet(here)
    assert said(here, "a") == []
    assert len(said(here, "b")) == 1


def test_without_a_line_above_it_a_lost_answer_is_nobodys_words_all_the_same(company: Make) -> None:
    here = linked(company, fields={"title": {}, "comments": {"signature": ""}})
    say(here, "a", 1, "once")
    here.tools["b"].inject(Fault.DROP_AFTER, writes=True)
    here.sync()
    here.tools["b"].touch("b1")
    quiet(here)
    assert (len(said(here, "b")), said(here, "a")) == (1, [])


def test_a_guard_counts_comments_that_are_taken_away(company: Make) -> None:
    here = linked(company, guards={"removals": {"number": 1, "share": 0}})
    for number in (1, 2):
        say(here, "a", number, f"words {number}")
    here.sync()
    assert len(said(here, "b")) == 2
    for number in (1, 2):
        here.tools["a"].delete(f"a-said-{number}")
    result = here.sync()
    assert result.exit_code == 5
    assert result.outcome is not None
    assert result.outcome.refused["all"][0].startswith("2 removals, 1 are allowed")
    assert len(said(here, "b")) == 2
    here.sync(approve=2)
    assert said(here, "b") == []
