"""The engine pulls Zendesk: what is stored, and how little is asked where nothing changed."""

from __future__ import annotations

from tests.zendesk.world import AGENT, Lab

from syncline_cli.log import feed_lines
from syncline_connectors.zendesk.simulator import Quirks, Role


def test_a_first_pull_stores_everything(lab: Lab) -> None:
    for number in range(30):
        made = lab.ticket(f"ticket {number}")
        lab.desk.reply(made, "On it", by=lab.ben, assignee=lab.ben)
    lab.later()
    result = lab.pull()
    assert result.exit_code == 0, result.problems
    counts = dict(lab.rows("SELECT kind, count(*) FROM records GROUP BY kind"))
    assert counts["Ticket"] == 30
    assert counts["Comment"] == 60
    assert counts["Organization"] == 1
    assert counts["Container"] == 2
    assert counts["Person"] == 2, (
        "only staff: the customer is left out unless the configuration says otherwise"
    )
    assert lab.rows("SELECT count(*) FROM quarantine") == [(0,)]
    assert lab.rows("SELECT count(*) FROM event WHERE field = 'status'") == [(30,)]


def test_a_quiet_run_makes_two_requests(lab: Lab) -> None:
    lab.ticket()
    lab.later()
    lab.pull()
    lab.later()
    result = lab.pull()
    assert result.exit_code == 0, result.problems
    assert lab.wire.paths() == ["GET incremental/tickets/cursor", "GET incremental/ticket_events"]


def test_a_quiet_run_on_a_hostile_account_makes_two_requests_too(lab: Lab) -> None:
    hostile = Lab(lab.folder, Quirks(empty_page=0.0))
    hostile.ticket()
    hostile.later()
    hostile.pull()
    hostile.later()
    hostile.pull()
    assert len(hostile.wire.sent) <= 2 + 4, "rows that come again may ask for what they are read with"
    hostile.later()
    before = hostile.rows("SELECT ref, seq FROM records ORDER BY ref")
    hostile.pull()
    assert hostile.rows("SELECT ref, seq FROM records ORDER BY ref") == before


def test_z04_the_exports_are_never_asked_more_often_than_allowed(lab: Lab) -> None:
    small = Lab(lab.folder, Quirks(export_cap=(3, 3)))
    for number in range(40):
        small.ticket(f"ticket {number}")
    small.later()
    assert small.pull().exit_code == 0
    assert not small.desk.limits.refused, "a 429 means that the buckets are wrong"
    assert small.rows("SELECT count(*) FROM records WHERE kind = 'Ticket'") == [(40,)]


def test_z05_a_first_pull_costs_a_few_requests_for_each_thousand(lab: Lab) -> None:
    for number in range(60):
        lab.desk.note(lab.ticket(f"ticket {number}"), "A thought", by=lab.ben)
    lab.later()
    lab.pull()
    assert len(lab.wire.sent) <= 12, (
        "comments and history come with the export of events, not ticket by ticket"
    )


def test_changes_arrive_with_their_comments_and_history(lab: Lab) -> None:
    made = lab.ticket()
    lab.later()
    lab.pull()
    lab.desk.note(made, "A thought", by=lab.ben)
    lab.desk.edit(made, by=lab.ben, priority="urgent", assignee=lab.ben)
    lab.later()
    lab.pull()
    assert lab.rows("SELECT priority FROM records WHERE kind = 'Ticket'") == [("urgent",)]
    assert lab.rows("SELECT count(*) FROM record WHERE kind = 'Comment'") == [(2,)]
    fields = {row[0] for row in lab.rows("SELECT field FROM event")}
    assert {"priority", "assignees"} <= fields
    lab.later()
    assert lab.pull().connections["support"]["tickets"].updated == 0


def test_z06_deleted_tickets_are_marked_and_restored_ones_come_back(lab: Lab) -> None:
    made = lab.ticket()
    lab.later()
    lab.pull()
    lab.desk.delete(made, by=lab.ada)
    lab.later()
    assert lab.pull().connections["support"]["tickets"].removed == 1
    assert lab.rows("SELECT absent FROM record WHERE kind = 'Ticket'") == [("gone",)]
    lab.desk.restore(made, by=lab.ada)
    lab.later()
    lab.pull()
    assert lab.rows("SELECT absent FROM record WHERE kind = 'Ticket'") == [(None,)]


def test_z06_a_ticket_that_zendesk_erased_for_good_is_erased_here_too(lab: Lab) -> None:
    made = lab.ticket("a subject to be forgotten")
    lab.later()
    lab.pull()
    lab.desk.delete(made, by=lab.ada)
    lab.desk.delete_permanently(made)
    lab.later(60 * 24 * 40)
    lab.pull()
    assert lab.rows("SELECT count(*) FROM record WHERE kind IN ('Ticket', 'Comment')") == [(0,)]


def test_z02_an_agent_reads_by_search_and_says_so(lab: Lab) -> None:
    lab.desk.add_token(lab.ben, "token")
    for number in range(3):
        lab.desk.note(lab.ticket(f"ticket {number}"), "A thought", by=lab.ben)
    lab.later(30)
    result = lab.pull(user=AGENT)
    assert result.exit_code == 0, result.problems
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Ticket'") == [(3,)]
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Comment'") == [(6,)]
    assert not any("incremental" in path for path in lab.wire.paths())
    assert "may be incomplete" in result.summary()["connections"]["support"]["tickets"]["remark"]
    (line,) = [
        line for line in feed_lines(result.summary()["connections"]) if line.startswith("support/tickets")
    ]
    assert "may be incomplete" in line
    agent = lab.connect(user=AGENT)
    agent.check()
    assert "may be incomplete" in agent.remarks()[0]
    assert not lab.connect().remarks()
    assert "remark" not in lab.pull(full=True).summary()["connections"]["support"]["tickets"]


def test_an_agent_that_becomes_an_administrator_goes_on_with_the_exports(lab: Lab) -> None:
    lab.desk.add_token(lab.ben, "token")
    lab.ticket("first")
    lab.later(30)
    lab.pull(user=AGENT)
    lab.desk.edit_user(lab.ben, role=Role.ADMIN)
    second = lab.ticket("second")
    lab.later(30)
    lab.pull(user=AGENT, url=lab.desk.site_url)
    lab.later(30)
    assert lab.rows("SELECT count(*) FROM records WHERE key = :key", key=f"#{second.id}") == [(1,)]


def test_an_administrator_that_becomes_an_agent_searches_on(lab: Lab) -> None:
    lab.ticket("first")
    lab.later(30)
    assert lab.pull().exit_code == 0
    lab.desk.edit_user(lab.ada, role=Role.AGENT)
    second = lab.ticket("second")
    lab.later(30)
    result = lab.pull()
    assert [problem.stream for problem in result.problems] == ["comments"], (
        "there is no export of events any more"
    )
    assert lab.rows("SELECT count(*) FROM records WHERE key = :key", key=f"#{second.id}") == [(1,)]
    lab.later(30)
    assert lab.pull().exit_code == 0
