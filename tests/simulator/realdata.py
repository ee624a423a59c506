"""Loads the real Jira data of ``../shared/data/jira`` into a simulated site, and counts it straight from the files.

Use it as ``from tests.simulator.realdata import load_real_data, needs_data``. TiDev's issues are of Jira Server: people
become accounts, wiki texts become plain documents, agile fields become custom fields. All other documents are Cloud v3
and are served as they are; Bitovi's fields are only named by id again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from syncline_connectors.jira.simulator import CustomField, JiraSimulator
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.issues import parse_time
from syncline_connectors.jira.simulator.load import version_of

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "data" / "jira"
TIDEV = ("ALOY", "DAEMON", "MOD")

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}")

Json = dict[str, Any]


@dataclass
class Counts:
    """What there is to find, counted from the files alone. ``by_project`` counts issues."""

    issues: int = 0
    comments: int = 0
    histories: int = 0
    items: int = 0
    links: int = 0
    """Distinct ids of links."""
    worklogs: int = 0
    sprints: int = 0
    versions: int = 0
    people: int = 0
    by_project: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)


def load_real_data(simulator: JiraSimulator, data_dir: Path = DATA) -> Counts:
    """Put every real issue into ``simulator`` and return the independent counts."""
    tidev = {project: list(tidev_issues(data_dir, project)) for project in TIDEV}
    for project, issues in tidev.items():
        _load_tidev(simulator, data_dir, project, issues)
    others = [*bitovi_issues(data_dir), *nango_issues(data_dir), *jirametrics_issues(data_dir)]
    for raw in json.loads((data_dir / "bitovi-cloud-v3" / "fields.json").read_text()):
        if raw["id"] not in simulator.fields:
            simulator.fields[raw["id"]] = _field(raw)
    simulator.load(_free_ids(simulator, others))
    simulator.settle()
    return count(tidev, others, data_dir)


# ---- files -----------------------------------------------------------------------------------------------------------


def tidev_issues(data_dir: Path, project: str) -> Iterator[Json]:
    """Issues as Jira Server's agile endpoint gave them."""
    with gzip.open(data_dir / "tidev" / f"{project}.issues.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def bitovi_issues(data_dir: Path) -> list[Json]:
    """Cloud issues with their whole changelog; the export named fields as people see them."""
    folder = data_dir / "bitovi-cloud-v3"
    ids: dict[str, str] = {}
    for known in json.loads((folder / "fields.json").read_text()):
        ids.setdefault(known["name"], known["id"])
    with gzip.open(folder / "issues.json.gz", "rt", encoding="utf-8") as file:
        issues: list[Json] = json.load(file)
    for issue in issues:
        issue["fields"] = {ids[name]: value for name, value in issue["fields"].items()}
        issue["changelog"] = {"histories": issue["changelog"]}
    return issues


def nango_issues(data_dir: Path) -> list[Json]:
    """Issues inside recorded exchanges, each once, the fullest recording of it."""
    best: dict[str, Json] = {}
    for file in sorted((data_dir / "nango-cloud").glob("*.exchanges.json")):
        for exchange in json.loads(file.read_text()):
            for issue in _recorded_issues(exchange["response"]["body"]):
                if len(issue["fields"]) > len(best.get(issue["id"], {"fields": ()})["fields"]):
                    best[issue["id"]] = issue
    return [best[id_] for id_ in sorted(best)]


def _recorded_issues(body: Any) -> list[Json]:
    if not isinstance(body, dict):
        return []
    found = body.get("issues") or ([body] if "fields" in body else [])
    return [x for x in found if isinstance(x, dict) and "created" in x.get("fields", {}) and "key" in x]


def jirametrics_issues(data_dir: Path) -> list[Json]:
    """Issues of a Cloud sandbox with their changelog; two recordings of one issue are kept apart by file."""
    files = sorted((data_dir / "jirametrics-sandbox").glob("*SP-*.json"))
    newest: dict[str, Json] = {}
    for file in files:
        issue = json.loads(file.read_text())
        known = newest.get(issue["id"])
        if known is None or known["fields"]["updated"] < issue["fields"]["updated"]:
            newest[issue["id"]] = issue
    return [newest[id_] for id_ in sorted(newest)]


def _free_ids(simulator: JiraSimulator, payloads: Iterable[Json]) -> list[Json]:
    """Three sites are put into one, so that ids and project ids may meet: the later one gets another."""
    taken, made = set(simulator.issues), []
    projects = {p.id: p.key for p in simulator.projects.values()}
    for payload in payloads:
        id_ = int(payload["id"])
        while id_ in taken:
            id_ += 1_000_000
        taken.add(id_)
        fields = dict(payload["fields"])
        own = fields.get("project") or {
            "id": f"9{_number(payload['key']):05d}",
            "key": payload["key"].rpartition("-")[0],
        }
        while projects.setdefault(own["id"], own["key"]) != own["key"]:
            own = {**own, "id": f"1{own['id']}"}
        fields["project"] = own
        made.append({**payload, "id": str(id_), "fields": fields})
    return made


def _number(key: str) -> int:
    return int(hashlib.blake2b(key.rpartition("-")[0].encode(), digest_size=2).hexdigest(), 16)


def _field(raw: Json) -> e.Field:
    schema = raw.get("schema", {})
    clauses = tuple(raw.get("clauseNames", ()))
    return e.Field(
        raw["id"],
        raw["name"],
        schema.get("type", "any"),
        schema.get("items"),
        schema.get("custom"),
        clauses,
        raw=raw,
    )


# ---- from Server to Cloud --------------------------------------------------------------------------------------------


def account_id(user_key: str) -> str:
    """The same account for the same user key, in the form of an Atlassian account id."""
    return "5c" + hashlib.blake2b(user_key.encode(), digest_size=11).hexdigest()


def to_cloud(node: Any) -> Any:
    """A document of Server with accounts in place of user names, at any depth."""
    if isinstance(node, list):
        return [to_cloud(x) for x in node]
    if not isinstance(node, dict):
        return node
    if "displayName" in node and "key" in node:
        rest = {k: v for k, v in node.items() if k not in ("name", "key", "emailAddress")}
        return {"accountId": account_id(node["key"]), "accountType": "atlassian", **rest}
    return {key: to_cloud(value) for key, value in node.items()}


_CODE = re.compile(r"\{(code|noformat)(?::[^}]*)?\}(.*?)\{\1\}", re.DOTALL)


def wiki_to_adf(text: str) -> Json:
    """A plain document: paragraphs at blank lines, hard breaks at line ends, code blocks. No other markup is read."""
    content: list[Json] = []
    at = 0
    for code in _CODE.finditer(text):
        content += _paragraphs(text[at : code.start()])
        inner = code[2].strip("\r\n")
        content.append({"type": "codeBlock", "content": [{"type": "text", "text": inner}] if inner else []})
        at = code.end()
    content += _paragraphs(text[at:])
    return {"type": "doc", "version": 1, "content": content}


def _paragraphs(text: str) -> list[Json]:
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [{"type": "paragraph", "content": _lines(block)} for block in blocks if block.strip()]


def _lines(block: str) -> list[Json]:
    nodes: list[Json] = []
    for line in block.strip("\n").split("\n"):
        if nodes:
            nodes.append({"type": "hardBreak"})
        if line:
            nodes.append({"type": "text", "text": line})
    return nodes


def tidev_to_cloud(issue: Json) -> Json:
    """One issue as Cloud v3 would serve it."""
    fields = to_cloud(issue["fields"])
    for name in ("description", "environment"):
        fields[name] = wiki_to_adf(fields[name]) if fields.get(name) else None
    comments = fields["comment"]["comments"]
    for comment in comments:
        comment["body"] = wiki_to_adf(comment.get("body") or "")
    epic, sprint = fields.pop("epic", None), fields.pop("sprint", None)
    sprints = [*(fields.pop("closedSprints", None) or ()), *([sprint] if sprint else ())]
    fields[CustomField.EPIC_LINK] = epic["key"] if epic else None
    fields[CustomField.SPRINT] = [_sprint(x) for x in sprints] or None
    impediment = [{"id": "10019", "value": "Impediment"}]
    fields[CustomField.FLAGGED] = impediment if fields.pop("flagged", False) else None
    return {"id": issue["id"], "key": issue["key"], "fields": fields}


def _sprint(raw: Json) -> Json:
    """As Cloud writes it; some of the real sprints name no board."""
    names = {"originBoardId": "boardId"}
    return {"goal": "", **{names.get(key, key): value for key, value in raw.items()}}


def _load_tidev(simulator: JiraSimulator, data_dir: Path, key: str, issues: list[Json]) -> None:
    raw = json.loads((data_dir / "tidev" / f"{key}.project.json").read_text())
    project = e.Project(raw["id"], key, raw["name"])
    project.versions = [version_of(version, project) for version in raw["versions"]]
    project.components = [e.Component(x["id"], x["name"], project, x) for x in raw["components"]]
    simulator.projects[project.id] = project
    simulator.load([tidev_to_cloud(issue) for issue in issues])
    _boards(simulator, project, issues)
    _link_types(simulator, issues)


def _boards(simulator: JiraSimulator, project: e.Project, issues: list[Json]) -> None:
    """The boards that sprints name; each belongs to the first project that mentions it."""
    for raw in sorted(_all_sprints(issues), key=lambda raw: "originBoardId" not in raw):
        board_id = raw.get("originBoardId", 0)
        if board_id and board_id not in simulator.boards:
            columns = tuple((status.name, (status,)) for status in simulator.statuses.values())
            simulator.boards[board_id] = e.Board(board_id, f"Board {board_id}", "scrum", project, columns)
        if raw["id"] not in simulator.sprints:
            times = (
                parse_time(raw[x]) if raw.get(x) else None for x in ("startDate", "endDate", "completeDate")
            )
            start, end, complete = times
            sprint = e.Sprint(raw["id"], raw["name"], board_id, raw["state"].lower(), start, end, complete)
            simulator.sprints[sprint.id] = sprint
            if board_id:
                simulator.boards[board_id].sprints.append(sprint)


def _all_sprints(issues: Iterable[Json]) -> Iterator[Json]:
    for issue in issues:
        fields = issue["fields"]
        yield from fields.get("closedSprints") or ()
        if fields.get("sprint"):
            yield fields["sprint"]


def _link_types(simulator: JiraSimulator, issues: Iterable[Json]) -> None:
    for issue in issues:
        for link in issue["fields"]["issuelinks"]:
            kind = link["type"]
            simulator.link_types[kind["id"]] = e.LinkType(
                kind["id"], kind["name"], kind["inward"], kind["outward"]
            )


# ---- counting --------------------------------------------------------------------------------------------------------


def count(tidev: Mapping[str, list[Json]], others: Iterable[Json], data_dir: Path) -> Counts:
    """Totals over the files' own documents, before anything was converted."""
    counts = Counts()
    links: set[tuple[str, str]] = set()
    people: set[str] = set()
    issues = [issue for batch in tidev.values() for issue in batch]
    for source, issue in [
        *(("tidev", x) for x in issues),
        *((x.get("self", "").partition("/rest/")[0], x) for x in others),
    ]:
        _count_one(counts, issue)
        links |= {(source, link["id"]) for link in issue["fields"].get("issuelinks") or ()}
        people |= set(_accounts(issue))
    counts.links, counts.people = len(links), len(people)
    counts.sprints = len({sprint["id"] for sprint in _all_sprints(issues)})
    projects = (json.loads((data_dir / "tidev" / f"{key}.project.json").read_text()) for key in tidev)
    counts.versions = sum(len(project["versions"]) for project in projects)
    return counts


def _count_one(counts: Counts, issue: Json) -> None:
    fields = issue["fields"]
    counts.issues += 1
    counts.by_project[issue["key"].rpartition("-")[0]] += 1
    counts.by_status[fields["status"]["name"]] += 1
    counts.comments += len((fields.get("comment") or {}).get("comments", ()))
    counts.worklogs += len((fields.get("worklog") or {}).get("worklogs", ()))
    histories = (issue.get("changelog") or {}).get("histories", ())
    counts.histories += len(histories)
    counts.items += sum(len(history["items"]) for history in histories)


def _accounts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "displayName" in node and ("accountId" in node or "key" in node):
            yield node.get("accountId") or account_id(node["key"])
        for value in node.values():
            yield from _accounts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _accounts(value)
