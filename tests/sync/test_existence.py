"""Records that are gone, archived, moved, out of sight or out of scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.sync.company import Company

from syncline.model import Container
from syncline.sim.faults import Fault

COMPANY = Callable[..., Company]


def linked(company: COMPANY, **options: object) -> Company:
    here = company(**options)
    for name in here.names:
        here.put(name, 1)
        here.put(name, 2)
    here.sync()
    return here


def next_day(here: Company) -> None:
    """A census is due again."""
    here.clock.sleep(timedelta(hours=25).total_seconds())


def test_a_deleted_record_is_not_made_again_and_the_other_is_kept(company: COMPANY) -> None:
    here = linked(
        company, block={"create": [{"from": "a", "to": "b", "type": "Task"}], "pair": [{"a": "K", "b": "K"}]}
    )
    here.tools["b"].delete("b1")
    next_day(here)
    here.sync()
    here.edit("a", "a1", title="still here")
    here.sync()
    assert here.titles("b") == ["issue 2"], "no resurrection"
    assert here.titles("a") == ["issue 2", "still here"]


def test_gone_archive_archives_the_other_side(company: COMPANY) -> None:
    here = linked(company, block={"gone": "archive"})
    here.tools["b"].delete("b1")
    next_day(here)
    here.sync()
    assert here.issue("a", "a1")["archived"] is True
    assert here.rows("SELECT kind, state, why FROM operation") == [
        ("archive", "done", "its counterpart is gone")
    ]


def test_an_edit_beats_a_deletion(company: COMPANY) -> None:
    here = linked(company, block={"gone": "archive"})
    here.tools["b"].delete("b1")
    here.edit("a", "a1", title="somebody still works on it")
    next_day(here)
    here.sync()
    assert here.issue("a", "a1")["archived"] is False


def test_nothing_is_written_to_an_archived_record_and_it_catches_up(company: COMPANY) -> None:
    here = linked(company)
    here.edit("b", "b1", archived=True)
    here.sync()
    here.edit("a", "a1", title="meanwhile")
    result = here.sync()
    assert here.issue("b", "b1")["title"] == "issue 1"
    assert result.exit_code == 0
    here.edit("b", "b1", archived=False)
    here.sync()
    assert here.issue("b", "b1")["title"] == "meanwhile"


def moved(company: COMPANY, policy: str) -> Company:
    here = company(block={"pair": [{"a": "K", "b": "K"}], "moved": policy})
    here.tools["a"].put(Container(remote_id="a-far", key="FAR", title="Elsewhere"))
    for name in here.names:
        here.put(name, 1)
    here.sync()
    here.edit("a", "a1", container="a-far", key="FAR-1", title="moved and renamed")
    here.sync()
    return here


def test_s15_a_moved_record_keeps_its_link(company: COMPANY) -> None:
    here = moved(company, "follow")
    assert here.titles("b") == ["moved and renamed"]
    assert here.rows("SELECT count(*) FROM link WHERE until IS NULL") == [(1,)]


def test_s15_or_is_frozen(company: COMPANY) -> None:
    here = moved(company, "freeze")
    assert here.titles("b") == ["issue 1"]
    assert here.rows("SELECT count(*) FROM link WHERE until IS NULL") == [(1,)]


def test_s15_or_is_unlinked_and_gets_its_own_item_back(company: COMPANY) -> None:
    here = moved(company, "unlink")
    assert here.titles("b") == ["issue 1"]
    assert here.rows("SELECT count(*) FROM link WHERE until IS NULL") == [(0,)]
    assert here.rows("SELECT count(DISTINCT item_id) FROM record WHERE kind = 'Issue'") == [(2,)]


def test_an_unmapped_status_is_blocked_with_its_name_and_heals(company: COMPANY) -> None:
    here = linked(company, block={"status": [{"a": ["Todo"], "b": ["Open"]}]})
    here.edit("a", "a1", status=here.status("a", 1), title="crosses all the same")
    here.sync()
    assert here.titles("b") == ["crosses all the same", "issue 2"]
    assert here.held() == [("status", "blocked", 'status "Doing" of a stands in no row')]
    here.block = {"status": [{"a": ["Todo"], "b": ["Open"]}, {"a": ["Doing"], "b": ["Active"]}]}
    here.sync()
    assert here.issue("b", "b1")["status"]["name"] == "Active"
    assert here.held() == []


def test_s10_an_unmapped_assignee_is_blocked_and_never_cleared(company: COMPANY) -> None:
    people = {"site-a": {"mia": "Mia", "noa": "Noa"}, "site-b": {"mia": "Mia"}}
    here = linked(company, fields={"assignees": {}}, people=people)
    here.edit("a", "a1", assignees=["mia"])
    here.sync()
    assert here.issue("b", "b1")["assignees"] == ["mia"]
    here.edit("a", "a1", assignees=["noa"])
    here.sync()
    assert here.issue("b", "b1")["assignees"] == ["mia"]
    assert here.held() == [("assignees", "blocked", "Noa has no account in b")]
    here.people = {"site-a": people["site-a"], "site-b": {"mia": "Mia", "noa": "Noa"}}
    here.edit("a", "a1", title="touched")
    here.sync()
    assert here.issue("b", "b1")["assignees"] == ["noa"]
    assert here.held() == []


def test_s23_a_write_that_failed_is_done_by_a_later_run_though_nothing_changed(company: COMPANY) -> None:
    here = linked(company)
    for fault in (Fault.UNAVAILABLE, Fault.DROP_BEFORE, Fault.DROP_AFTER):
        here.edit("a", "a1", title=f"said before {fault}")
        here.tools["b"].inject(fault, writes=True)
        here.sync()
        here.sync()
        assert f"said before {fault}" in here.titles("b")
        written = here.writes
        here.sync()
        assert here.writes == written


def test_s24_a_record_that_may_not_be_written_stops_nothing_else(company: COMPANY) -> None:
    here = linked(company)
    here.tools["b"].protected.add("b1")
    for number in (1, 2):
        here.edit("a", f"a{number}", title=f"edited {number}")
    result = here.sync()
    assert here.titles("b") == ["edited 2", "issue 1"]
    assert [(field, kind) for field, kind, _ in here.held()] == [("title", "blocked")]
    assert result.exit_code == 3
    tried = len(here.rows("SELECT id FROM operation WHERE state = 'refused'"))
    here.sync()
    assert len(here.rows("SELECT id FROM operation WHERE state = 'refused'")) == tried, "not in every run"
    here.tools["b"].protected.clear()
    here.clock.sleep(timedelta(hours=25).total_seconds())
    here.edit("a", "a1", priority="high")
    here.sync()
    assert here.titles("b") == ["edited 1", "edited 2"]
    assert here.held() == []


def test_a_connection_that_left_the_block_is_left_alone(company: COMPANY) -> None:
    here = linked(company, names=("a", "b", "c"))
    here.names = ("a", "b")
    here.edit("a", "a1", title="only for b")
    here.sync()
    assert "only for b" not in here.titles("c")


def test_what_was_edited_as_it_was_archived_does_not_flow(company: COMPANY) -> None:
    here = linked(company)
    here.edit("b", "b1", title="put away", archived=True)
    here.sync()
    assert here.issue("a", "a1")["title"] == "issue 1"
    here.edit("a", "a1", title="goes on")
    here.sync()
    assert here.issue("b", "b1")["title"] == "put away"
    assert here.held() == []


def test_a_linked_record_finds_a_third_counterpart_whatever_its_age(company: COMPANY) -> None:
    """`since` is about records that belong to nobody yet."""
    here = company(names=("a", "b", "c"), block={"match": ["url", "title"]}, fields={"title": {}})
    here.put("a", 1)
    here.put("b", 1)
    here.sync()
    here.block["since"] = (here.clock.now() + timedelta(days=30)).date()
    here.put("c", 2, title="elsewhere")
    here.edit("a", "a1", body={"format": "markdown", "source": "see https://c.example/2"})
    here.sync()
    assert here.rows("SELECT count(*) FROM member") == [(3,)]
    here.put("b", 3)
    here.put("c", 3)
    here.sync()
    assert here.rows("SELECT count(*) FROM member") == [(3,)], "two old ones that belong to nobody"


def test_what_a_limit_leaves_to_another_run_is_linked_by_it(company: COMPANY) -> None:
    here = company(fields={"title": {}})
    for number in (1, 2, 3):
        for name in here.names:
            here.put(name, number)
    here.sync(limit=1)
    assert here.rows("SELECT count(*) FROM link") == [(1,)]
    here.sync(limit=1)
    assert here.rows("SELECT count(*) FROM link") == [(2,)]
    here.sync()
    assert here.rows("SELECT count(*) FROM link") == [(3,)]


def test_a_third_counterpart_settles_nothing_between_the_first_two(company: COMPANY) -> None:
    """What waits for a person goes on waiting while a counterpart is made elsewhere."""
    here = company(names=("a", "b", "c"), fields={"title": {}})
    here.put("a", 1)
    here.put("b", 1)
    here.sync()
    here.edit("a", "a1", title="said in a")
    here.edit("b", "b1", title="said in b")
    here.sync()
    assert [name for name, *_ in here.held()] == ["title"]
    here.block |= {
        "create": [{"from": "a", "to": "c", "type": "Task"}],
        "pair": [{"a": "K", "b": "K", "c": "K"}],
    }
    for _ in range(3):
        here.sync()
    assert len(here.tools["c"].issues) == 1
    assert (here.titles("a"), here.titles("b")) == (["said in a"], ["said in b"])
    assert [name for name, *_ in here.held()] == ["title"]
