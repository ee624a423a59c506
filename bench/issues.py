"""The issues of the benchmark: rendered as Jira Cloud renders them, the same for the same seed.

About 6.5 kB an issue: descriptions and comments as ADF documents, four pictures for every user and project, and many
custom fields of which most are null.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json

SITE = "https://bench.example.net"
API = f"{SITE}/rest/api/3"
FIRST_ID = 10_000
START = int(datetime(2023, 1, 2, tzinfo=UTC).timestamp() * 1000)
END = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000

WORDS = (  # noqa: SIM905 - a list of 80 would be 80 lines
    "about account again alert amount button calendar change checkout client column contract customer date deploy "
    "detail device draft editor error expected export fails field filter first group import invoice keyboard label "
    "language list loads login mail memory menu message mobile month order page panel payment permission picture plan "
    "preview price printer project query quota record report request result role rounding screen search server "
    "session setting slow sort status street sum table team template text ticket token total twice upload user value "
    "version view warning widget window wrong Größe naïve café Übersicht 検索 отчёт"
).split()
PROJECTS = [
    ("20001", "CORE", "Core"),
    ("20002", "SHOP", "Shop"),
    ("20003", "HELP", "Help desk"),
    ("20004", "DATA", "Data"),
]
STATUSES = [
    ("1", "To Do", 2, "new"),
    ("3", "In Progress", 4, "indeterminate"),
    ("4", "In Review", 4, "indeterminate"),
    ("5", "Done", 3, "done"),
]
TYPES = [("101", "Story", 0), ("102", "Bug", 0), ("103", "Task", 0), ("104", "Epic", 1)]
PRIORITIES = [("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low")]
LABELS = ["api", "billing", "design", "mobile", "performance", "regression", "security", "web"]
PEOPLE = 80
NULL_FIELDS = [f"customfield_{number}" for number in range(10030, 10052)]
POINTS, SPRINT, RANK = "customfield_10016", "customfield_10020", "customfield_10019"
WORKLOG = b',"worklog":{"startAt":0,"maxResults":20,"total":0,"worklogs":[]}'


@dataclass(frozen=True)
class Rendered:
    """An issue. ``body`` lacks the closing braces of ``fields`` and issue, so that a field may follow."""

    number: int
    updated: int
    body: bytes
    comments: int


def stamp(millis: int) -> str:
    """A time in the vendor's spelling."""
    found = datetime.fromtimestamp(millis / 1000, UTC)
    return f"{found:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}+0000"


def pictures(of: str) -> dict[str, str]:
    return {f"{size}x{size}": f"https://pictures.example.net/{of}?size={size}" for size in (48, 24, 16, 32)}


def person(number: int) -> dict[str, Any]:
    account = f"712020:{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012d}"
    return {
        "self": f"{API}/user?accountId={account}",
        "accountId": account,
        "emailAddress": f"person{number}@example.com",
        "avatarUrls": pictures(f"person/{number}"),
        "displayName": f"Person {number}",
        "active": True,
        "timeZone": "Europe/Berlin",
        "accountType": "atlassian",
    }


EVERYBODY = [person(number) for number in range(PEOPLE)]


def status(row: tuple[str, str, int, str]) -> dict[str, Any]:
    number, name, category, key = row
    return {
        "self": f"{API}/status/{number}",
        "description": "",
        "iconUrl": f"{SITE}/images/icons/statuses/generic.png",
        "name": name,
        "id": number,
        "statusCategory": {
            "self": f"{API}/statuscategory/{category}",
            "id": category,
            "key": key,
            "colorName": "blue-gray",
            "name": name,
        },
    }


def project(row: tuple[str, str, str]) -> dict[str, Any]:
    number, key, name = row
    return {
        "self": f"{API}/project/{number}",
        "id": number,
        "key": key,
        "name": name,
        "projectTypeKey": "software",
        "simplified": False,
        "avatarUrls": pictures(f"project/{number}"),
    }


def document(paragraphs: list[str]) -> dict[str, Any]:
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs]
    return {"type": "doc", "version": 1, "content": content}


def sentence(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))


def render(number: int, seed: int, revision: int = 0, updated: int | None = None) -> Rendered:
    """Issue ``number`` (from 0) after ``revision`` changes, the last of them at ``updated`` (epoch milliseconds)."""
    chance = random.Random(f"{seed}/{number}")
    created = chance.randrange(START, END - 2000 * HOUR)
    first_changed = created + chance.randrange(HOUR, 2000 * HOUR)
    changed = first_changed if updated is None else updated
    issue, place = FIRST_ID + number, PROJECTS[number % len(PROJECTS)]
    key = f"{place[1]}-{number // len(PROJECTS) + 1}"
    comments = _comments(chance, issue, created)
    fields = {
        "summary": sentence(chance, 4, 11) + (f" (revision {revision})" if revision else ""),
        "project": project(place),
        "description": document([sentence(chance, 8, 24) for _ in range(chance.randint(1, 2))]),
        "comment": {
            "comments": comments,
            "self": f"{API}/issue/{issue}/comment",
            "maxResults": len(comments),
            "total": len(comments),
            "startAt": 0,
        },
        **_people(chance),
        **_state(chance, created, changed, revision),
        **_plan(chance, number, created),
        **_links(chance, key),
        **dict.fromkeys(NULL_FIELDS),
    }
    whole = to_json(
        {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": str(issue),
            "self": f"{API}/issue/{issue}",
            "key": key,
            "fields": fields,
        }
    )
    return Rendered(issue, changed, whole[:-2], len(comments))


def _comments(chance: random.Random, issue: int, created: int) -> list[dict[str, Any]]:
    rows = []
    for order in range(chance.choice((0, 0, 0, 0, 1, 1, 2, 3))):
        author, at = chance.choice(EVERYBODY), stamp(created + (order + 1) * HOUR)
        number = str(issue * 10 + order)
        rows.append(
            {
                "self": f"{API}/issue/{issue}/comment/{number}",
                "id": number,
                "author": author,
                "body": document([sentence(chance, 6, 24)]),
                "updateAuthor": author,
                "created": at,
                "updated": at,
                "jsdPublic": True,
            }
        )
    return rows


def _people(chance: random.Random) -> dict[str, Any]:
    assignee, reporter = chance.choice([None, *EVERYBODY]), chance.choice(EVERYBODY)
    return {"assignee": assignee, "reporter": reporter, "creator": reporter}


def _state(chance: random.Random, created: int, changed: int, revision: int) -> dict[str, Any]:
    now = STATUSES[(chance.randrange(4) + revision) % 4]
    kind, priority = chance.choice(TYPES), chance.choice(PRIORITIES)
    done = now[3] == "done"
    resolution = {
        "self": f"{API}/resolution/10000",
        "id": "10000",
        "description": "Finished.",
        "name": "Done",
    }
    return {
        "status": status(now),
        "statuscategorychangedate": stamp(changed),
        "created": stamp(created),
        "updated": stamp(changed),
        "resolution": resolution if done else None,
        "resolutiondate": stamp(changed) if done else None,
        "issuetype": {
            "self": f"{API}/issuetype/{kind[0]}",
            "id": kind[0],
            "description": "",
            "iconUrl": f"{SITE}/images/icons/issuetypes/{kind[0]}.svg",
            "name": kind[1],
            "subtask": False,
            "avatarId": 10315,
            "hierarchyLevel": kind[2],
        },
        "priority": {
            "self": f"{API}/priority/{priority[0]}",
            "iconUrl": f"{SITE}/images/icons/priorities/{priority[1].lower()}.svg",
            "name": priority[1],
            "id": priority[0],
        },
    }


def _plan(chance: random.Random, number: int, created: int) -> dict[str, Any]:
    sprint, points = chance.randint(1, 60), chance.choice((None, 1.0, 2.0, 3.0, 5.0))
    in_sprint = {
        "id": sprint,
        "name": f"Sprint {sprint}",
        "state": "closed" if sprint < 58 else "active",
        "boardId": 3,
        "goal": "",
        "startDate": "2026-01-05T09:00:00.000Z",
        "endDate": "2026-01-19T09:00:00.000Z",
    }
    version = {
        "self": f"{API}/version/{30000 + sprint}",
        "id": str(30000 + sprint),
        "name": f"2026.{sprint}",
        "archived": False,
        "released": sprint < 40,
    }
    component = {
        "self": f"{API}/component/400{sprint % 7}",
        "id": f"400{sprint % 7}",
        "name": f"Part {sprint % 7}",
    }
    return {
        "labels": sorted(chance.sample(LABELS, chance.randint(0, 3))),
        "duedate": stamp(created + 720 * HOUR)[:10] if number % 3 == 0 else None,
        "fixVersions": [version] if number % 4 == 0 else [],
        "components": [component] if number % 2 else [],
        "versions": [],
        POINTS: points,
        SPRINT: [in_sprint],
        RANK: f"0|i{number:06x}:",
    }


def _links(chance: random.Random, key: str) -> dict[str, Any]:
    watching = {
        "self": f"{API}/issue/{key}/watchers",
        "watchCount": chance.randint(0, 9),
        "isWatching": False,
    }
    nothing = ("timespent", "timeestimate", "timeoriginalestimate", "environment", "security", "lastViewed")
    return {
        "watches": watching,
        "votes": {"self": f"{API}/issue/{key}/votes", "votes": 0, "hasVoted": False},
        "progress": {"progress": 0, "total": 0},
        "aggregateprogress": {"progress": 0, "total": 0},
        "timetracking": {},
        "workratio": -1,
        "issuelinks": [],
        "subtasks": [],
        "attachment": [],
        **dict.fromkeys(nothing),
    }


def catalogue() -> list[dict[str, Any]]:
    """The answer to ``GET /field``."""
    system = [
        ("summary", "Summary", "string"),
        ("status", "Status", "status"),
        ("updated", "Updated", "datetime"),
    ]
    rows: list[dict[str, Any]] = [
        {"id": name, "key": name, "name": title, "custom": False, "schema": {"type": kind, "system": name}}
        for name, title, kind in system
    ]
    own = [
        (POINTS, "Story Points", "number", "com.atlassian.jira.plugin.system.customfieldtypes:float"),
        (SPRINT, "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
        (RANK, "Rank", "any", "com.pyxis.greenhopper.jira:gh-lexo-rank"),
        *((name, f"Own field {name[-2:]}", "string", "com.example:text") for name in NULL_FIELDS),
    ]
    return rows + [
        {"id": name, "key": name, "name": title, "custom": True, "schema": {"type": kind, "custom": custom}}
        for name, title, kind, custom in own
    ]
