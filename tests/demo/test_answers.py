"""Every answer of ``expected.json``, found by plain SQL in the database that read and linked the demo company."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from syncline_connectors.demo.support import SECRET

from .conftest import Ask

EXPECTED: dict[str, Any] = json.loads(
    (files("syncline_connectors.demo") / "expected.json").read_text(encoding="utf-8")
)
MADE = 2
"""Records that the first sync makes in Jira: one for product people, one for support."""

NAMED = """
WITH work AS (
  SELECT item, status_category, due_on, data, created_at, key, title, connection,
         row_number() OVER (PARTITION BY item ORDER BY CASE connection WHEN 'eng' THEN 1 WHEN 'product' THEN 2 ELSE 3
           END) AS place
  FROM records WHERE kind = 'Issue' AND level >= 0 AND title NOT LIKE '[ZD %'
), named AS (
  SELECT item, CASE connection WHEN 'design' THEN title ELSE key END AS name FROM work WHERE place = 1
)
"""
"""Every piece of work with the name that the answers call it by."""


def names(ask: Ask, condition: str, **values: Any) -> list[str]:
    """Of the work of which any record fulfils a condition."""
    query = f"{NAMED} SELECT DISTINCT n.name FROM named n JOIN work w ON w.item = n.item WHERE {condition}"
    return sorted(row[0] for row in ask(query, **values))


def test_records(ask: Ask) -> None:
    places = {
        "eng": "connection = 'eng' AND kind = 'Issue'",
        "product": "connection = 'product' AND kind = 'Issue'",
        "product projects": "kind = 'Project' AND level = 1",
        "design": "connection = 'design' AND kind = 'Issue' AND level = 0",
        "design check items": "connection = 'design' AND kind = 'Issue' AND level = -1",
        "support": "kind = 'Ticket'",
        "support organizations": "kind = 'Organization'",
        "usage marks": "kind = 'Annotation'",
        "answers to surveys": "connection = 'files' AND kind = 'SurveyResponse'",
        "notes": "connection = 'files' AND kind = 'Note'",
        "deploys": "kind = 'Deploy'",
    }
    found = {name: ask(f"SELECT count(*) FROM records WHERE {place}")[0][0] for name, place in places.items()}
    assert found == EXPECTED["records"] | {"eng": EXPECTED["records"]["eng"] + MADE}


def test_work_is_counted_once(ask: Ask) -> None:
    tools = Counter(row[0] for row in ask(f"{NAMED} SELECT count(*) FROM work GROUP BY item"))
    expected = EXPECTED["work"]
    assert tools.total() == expected["counted once"]
    # what product people wanted in Jira stands in two tools since
    assert (tools[2], tools[3]) == (expected["in two tools"] + 1, expected["in three tools"])


def test_done_in_the_last_seven_days(ask: Ask, now: datetime) -> None:
    since = (now - timedelta(days=7)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    condition = """w.status_category = 'done' AND EXISTS (
      SELECT 1 FROM events e WHERE e.item = w.item AND e.new_category = 'done' AND e.at > :since)"""
    assert names(ask, condition, since=since) == EXPECTED["done in the last seven days"]


def test_under_way(ask: Ask) -> None:
    found = names(ask, "w.status_category IN ('in_progress', 'waiting')")
    assert found == EXPECTED["under way"]


def test_under_way_by_person(ask: Ask) -> None:
    rows = ask(
        """SELECT coalesce(p.person, a.person_name), count(DISTINCT a.item) FROM assignments a
           JOIN records r ON r.ref = a.ref LEFT JOIN people p ON p.ref = a.person
           WHERE r.kind = 'Issue' AND r.level >= 0 AND r.status_category IN ('in_progress', 'waiting') GROUP BY 1"""
    )
    assert dict(rows) == EXPECTED["under way by person"]


def test_overdue(ask: Ask, today: date) -> None:
    condition = "w.due_on < :today AND w.status_category NOT IN ('done', 'canceled')"
    assert names(ask, condition, today=today.isoformat()) == EXPECTED["overdue"]


def test_slips(ask: Ask) -> None:
    """The first and the last due day of Jira's epic of the same name; what has no epic cannot have slipped."""
    slipped = dict.fromkeys((row[0] for row in ask(
        "SELECT title FROM records WHERE kind = 'Project' AND level = 1 AND due_on IS NOT NULL"
    )), 0)  # fmt: skip
    for title, first, last in ask(
        """SELECT r.title, (SELECT new FROM events e WHERE e.ref = r.ref AND e.field = 'due_on' ORDER BY at LIMIT 1),
                  r.due_on FROM records r WHERE r.type = 'Epic'"""
    ):
        slipped[title] = (date.fromisoformat(str(last)) - date.fromisoformat(first)).days
    assert slipped == EXPECTED["slipped by days"]


def test_a_roadmap_entry_aims_at_the_day_of_its_epic(ask: Ask) -> None:
    rows = ask(
        """SELECT count(*), sum(p.due_on = e.due_on) FROM records p
           JOIN records e ON e.title = p.title AND e.type = 'Epic' WHERE p.kind = 'Project' AND p.level = 1"""
    )
    assert rows == [(6, 6)]


def test_said_health(ask: Ask) -> None:
    rows = ask(
        """SELECT p.title, p.data ->> 'health' FROM records p
           WHERE p.kind = 'Project' AND p.level = 1 AND p.data ->> 'health' IS NOT NULL"""
    )
    assert dict(rows) == EXPECTED["said health"]


def test_bugs_of_the_release(ask: Ask) -> None:
    rows = ask(
        """SELECT r.key, r.status_category FROM records r, json_each(r.data, '$.labels') label
           WHERE r.type = 'Bug' AND label.value = 'regression'"""
    )
    left = sorted(key for key, category in rows if category not in ("done", "canceled"))
    assert {"all": len(rows), "open": left} == EXPECTED["bugs of 2.4"]


def test_the_worst_bug(ask: Ask) -> None:
    (worst,) = ask(
        """SELECT b.key, b.title, count(DISTINCT t.id), count(DISTINCT o.id) FROM link l
           JOIN record t ON t.id = l.source_id JOIN record b ON b.id = l.target_id
           JOIN record o ON o.site = t.site AND o.kind = 'Organization' AND o.remote_id = t.data ->> 'organization'
           WHERE l.type = 'about' GROUP BY b.id ORDER BY 3 DESC LIMIT 1"""
    )
    ((money,),) = ask(
        """SELECT sum(arr) FROM (SELECT DISTINCT o.id, o.data -> 'fields' ->> 'arr' AS arr FROM link l
           JOIN record t ON t.id = l.source_id JOIN record b ON b.id = l.target_id AND b.key = :key
           JOIN record o ON o.site = t.site AND o.kind = 'Organization' AND o.remote_id = t.data ->> 'organization')""",
        key=worst[0],
    )
    found = dict(zip(("bug", "title", "tickets", "organizations"), worst, strict=True)) | {
        "EUR a year": money
    }
    assert found == EXPECTED["the worst bug"]


def test_tickets(ask: Ask) -> None:
    ((all_, open_),) = ask(
        "SELECT count(*), sum(status_category NOT IN ('done', 'canceled')) FROM records WHERE kind = 'Ticket'"
    )
    ((about,),) = ask("SELECT count(*) FROM link WHERE type = 'about' AND origin <> 'created'")
    assert {"all": all_, "about a bug": about, "open": open_} == EXPECTED["tickets"]


def test_satisfaction(ask: Ask) -> None:
    ((answers, good),) = ask(
        """SELECT count(*), sum(data ->> 'score' = 1) FROM records
           WHERE kind = 'SurveyResponse' AND connection = 'support' AND data ->> 'score' IS NOT NULL"""
    )
    found = {"answers": answers, "good": good, "percent": round(100 * good / answers, 1)}
    assert found == EXPECTED["satisfaction"]


def test_nps(ask: Ask) -> None:
    ((answers, up, down),) = ask(
        """SELECT count(*), sum(data ->> 'score' >= 9), sum(data ->> 'score' <= 6) FROM records
           WHERE kind = 'SurveyResponse' AND connection = 'files'"""
    )
    nps = round(100 * (up - down) / answers, 1)
    assert {"answers": answers, "promoters": up, "detractors": down, "nps": nps} == EXPECTED["nps"]


def test_activation_before_and_after_the_launch(ask: Ask, today: date) -> None:
    for part in EXPECTED["activation"].values():
        first, last = (today - timedelta(days=part[name]) for name in ("from days ago", "to days ago"))
        ((came, did),) = ask(
            """SELECT sum(count), sum(value * count) FROM metric_points
               WHERE title = 'activation_rate' AND day BETWEEN :first AND :last AND until_seq IS NULL""",
            first=first.isoformat(),
            last=last.isoformat(),
        )
        assert (came, round(did / came, 1)) == (part["came"], part["percent"])


def test_the_experiment_and_its_winner(ask: Ask) -> None:
    expected = EXPECTED["experiment"]
    rows = ask(
        """SELECT arm.value ->> 'name', arm.value ->> 'users', arm.value ->> 'conversions'
           FROM records r, json_each(r.data, '$.arms') arm
           WHERE r.kind = 'Experiment' AND r.data ->> 'state' = 'stopped' AND r.title = :name ORDER BY arm.key""",
        name=expected["name"],
    )
    assert [users for _, users, _ in rows] == expected["users"]
    assert [round(100 * did / users, 1) for _, users, did in rows] == expected["percent"]
    assert max(rows, key=lambda row: row[2] / row[1])[0] == expected["winner"]


def test_the_rollout_is_at_everybody_since(ask: Ask, today: date) -> None:
    ((title, percent, since),) = ask(
        """SELECT data ->> 'flag', data ->> 'percent', data ->> 'changed_at' FROM records
           WHERE kind = 'Rollout' AND data ->> 'flag' = :flag""",
        flag=EXPECTED["rollout"]["flag"],
    )
    days = (today - datetime.fromisoformat(since).date()).days
    assert (percent, {"flag": title, "days at 100 %": days}) == (100, EXPECTED["rollout"])
    steps = ask(
        "SELECT e.new FROM events e JOIN records r ON r.ref = e.ref WHERE r.kind = 'Rollout' AND r.title = :flag "
        "AND e.field = 'percent' ORDER BY e.at",
        flag=title,
    )
    assert [float(step) for (step,) in steps] == [5, 25, 0, 25, 100]


def test_decisions(ask: Ask, today: date) -> None:
    rows = ask(
        """SELECT coalesce(key, remote_id), data ->> 'due_on' FROM records
           WHERE kind = 'Decision' AND data ->> 'state' = 'proposed' ORDER BY 1"""
    )
    late = [key for key, due in rows if due < today.isoformat()]
    assert {"open": [key for key, _ in rows], "overdue": late} == EXPECTED["decisions"]


def test_one_person_is_one_in_all_tools(ask: Ask) -> None:
    rows: dict[str, int] = dict(ask("SELECT person, count(ref) FROM people GROUP BY person"))
    assert len(rows) == 8
    assert rows["Ada Sample"] == 4
    assert rows["Emil Pretend"] == 2
    assert min(rows.values()) >= 2


def test_nothing_of_the_ticket_that_is_left_out_is_anywhere(folder: Path, ask: Ask) -> None:
    assert ask("SELECT count(*) FROM records WHERE kind = 'Ticket'") != [(0,)]
    assert [
        path.name for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ] == []
