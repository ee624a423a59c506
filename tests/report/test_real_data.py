"""Real trackers' data: the report's counts against counts made from the files, and the page's behaviour with them."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert

from syncline.report import render
from syncline.store.tables import status

from .building import SITE, Database, report_of, value
from .reading import assert_harmless

SHARED = Path(os.environ.get("SYNCLINE_SHARED") or Path(__file__).resolve().parents[3] / "shared")
TIDEV, BITOVI = SHARED / "data/jira/tidev", SHARED / "data/jira/bitovi-cloud-v3"
CATEGORIES = {"new": "todo", "indeterminate": "in_progress", "done": "done"}


def instant(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC) if text else None


def tidev() -> Iterator[dict[str, Any]]:
    for path in sorted(TIDEV.glob("*.issues.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


@pytest.mark.skipif(not TIDEV.is_dir(), reason=f"no real data under {TIDEV}")
def test_two_thousand_real_issues_without_history(database: Database) -> None:
    as_of = datetime(2014, 1, 10, 12, tzinfo=UTC)
    expected: Counter[str] = Counter()
    people: dict[str, str] = {}
    for issue in tidev():
        fields = issue["fields"]
        created, resolved = instant(fields["created"]), instant(fields.get("resolutiondate"))
        assert created
        person = fields.get("assignee")
        if person:
            people.setdefault(person["key"], person["displayName"])
        category = CATEGORIES[fields["status"]["statusCategory"]["key"]]
        database.issue(
            issue["id"],
            None,
            key=issue["key"],
            title=fields["summary"],
            status_name=fields["status"]["name"],
            status_category=category,
            container=fields["project"]["key"],
            created_at=created,
            updated_at=instant(fields["updated"]),
            resolved_at=resolved,
            level=-1 if fields["issuetype"].get("subtask") else 0,
            assignees=[person["key"]] if person else [],
        )
        if category == "done" and resolved and not fields["issuetype"].get("subtask"):
            expected["done"] += (
                datetime(2014, 1, 3, tzinfo=UTC) <= resolved < datetime(2014, 1, 10, tzinfo=UTC)
            )
            expected["done, ever"] += resolved <= as_of
    for key, name in people.items():
        database.person(key, name)
    report = report_of(database, as_of=as_of, timezone="UTC")
    assert expected["done"] > 0
    assert value(report, "done") == expected["done"]
    ever = report_of(
        database, as_of=as_of, timezone="UTC", period_start=datetime(2001, 1, 1, tzinfo=UTC), period_end=as_of
    )
    assert value(ever, "done") == expected["done, ever"]
    assert_harmless(render(report, "html"))


@pytest.mark.skipif(not BITOVI.is_dir(), reason=f"no real data under {BITOVI}")
def test_a_real_roadmap_with_its_history(database: Database) -> None:
    with gzip.open(BITOVI / "issues.json.gz", "rt", encoding="utf-8") as file:
        issues = json.load(file)
    categories = {
        issue["fields"]["Status"]["id"]: CATEGORIES[issue["fields"]["Status"]["statusCategory"]["key"]]
        for issue in issues
    }
    _statuses(database, categories)
    as_of = datetime(2024, 9, 23, tzinfo=UTC)
    done = set()
    for issue in issues:
        now = issue["fields"]["Status"]
        item = database.issue(
            issue["id"],
            None,
            key=issue["key"],
            title=issue["fields"]["Summary"],
            status_name=now["name"],
            status_category=categories[now["id"]],
            created_at=instant(issue["fields"]["Created"]),
            updated_at=as_of,
        )
        for entry in issue["changelog"]:
            at = instant(entry["created"])
            assert at
            for change in entry["items"]:
                field = "status" if change["field"] == "status" else f"native:{change['field']}"
                database.event(int(item[1:]), field, change["from"] or "", change["to"] or "", at)
        if categories[now["id"]] == "done" and _finished(issue, categories, as_of):
            done.add(item)
    report = report_of(
        database, as_of=as_of, timezone="UTC", period_start=datetime(2023, 1, 1, tzinfo=UTC), period_end=as_of
    )
    (fact,) = (fact for fact in report.facts if fact.name == "done")
    assert done
    assert set(fact.ids) >= done
    assert {f.name: f.value for f in report.facts}["in_progress"] == sum(
        categories[issue["fields"]["Status"]["id"]] == "in_progress" for issue in issues
    )
    assert_harmless(render(report, "html"))


def _statuses(database: Database, categories: dict[str, str]) -> None:
    with database.engine.begin() as connection:
        connection.execute(delete(status))
        for native, category in categories.items():
            values = {
                "site": SITE,
                "native_id": native,
                "container": "",
                "name": native,
                "category": category,
            }
            connection.execute(insert(status), values)


def _finished(issue: dict[str, Any], categories: dict[str, str], as_of: datetime) -> bool:
    """Whether the issue's own history shows it entering a done status in the period."""
    return any(
        change["field"] == "status"
        and categories.get(change["to"]) == "done"
        and (at := instant(entry["created"])) is not None
        and datetime(2023, 1, 1, tzinfo=UTC) <= at < as_of
        for entry in issue["changelog"]
        for change in entry["items"]
    )
