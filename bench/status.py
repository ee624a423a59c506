"""What a weekly report costs: 50,000 items, 500,000 events, two years of history in four tools, all of it made up.

::

    python bench/status.py [--items 50000] [--profile]

Prints seconds of wall and processor time, peak memory and the size of each format. Every run is a process of its own,
which starts a second reader; what that one uses is counted.
Between the runs it measures how long the libraries take to load here, and what the goal in seconds is then.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import Peak
from bench.report import LOADING
from bench.run import loading
from syncline.config.reporting import Roadmap
from syncline.report import FORMATS, ReportSettings, build_status, render, whole_days
from syncline.report.readers import reading
from syncline.store import open_store
from syncline.store.tables import (
    connection,
    event,
    ingest,
    link,
    record,
    run,
    status,
    stream,
    team_container,
)
from syncline_cli import YOUNG

AS_OF = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
GOAL = 3.0
"""Seconds of wall time, where loading the libraries takes `LOADING`."""

DAYS = 730
BOXES = 20
PEOPLE = 100
EPICS = 120
SPRINT = timedelta(days=14)
TOOLS = {1: ("eng", "jira"), 2: ("product", "linear"), 3: ("support", "zendesk")}
STATUSES = {
    "1": ("Backlog", "backlog", None),
    "2": ("To Do", "todo", None),
    "3": ("In Progress", "in_progress", None),
    "4": ("In Review", "in_progress", "review"),
    "5": ("Blocked", "waiting", "blocked"),
    "6": ("Done", "done", None),
    "7": ("Won't do", "canceled", None),
}


class World:
    """Rows of a company, the same for the same number of items."""

    def __init__(self, items: int) -> None:
        self.random = random.Random(items)
        self.items = items
        self.records: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []
        self._basics()
        epics = [self._epic(number) for number in range(EPICS)]
        projects = [self._project(number) for number in range(EPICS // 2)]
        tickets = items // 12
        issues = [self._issue(number, epics) for number in range(items - tickets - EPICS)]
        for number in range(items // 12):
            self._mirror(self.random.choice(issues), number, projects)
        for number in range(tickets):
            self._ticket(number, issues)
        for number in range(items // 50):
            self._blocks(number, issues)

    def _basics(self) -> None:
        for number in range(PEOPLE):
            self._record(1, "Person", f"p{number}", title=f"Person {number}")
        for number in range(BOXES):
            self._record(1, "Container", f"b{number}", key=f"BOX{number}", title=f"Box {number}")
        self._record(2, "Container", "prd", key="PRD", title="Product")
        for box in range(BOXES):
            for number in range(DAYS // 14 + 1):
                start = AS_OF - timedelta(days=DAYS) + number * SPRINT
                closed = start + SPRINT <= AS_OF
                data = {
                    "state": "closed" if closed else "active",
                    "container": f"b{box}",
                    "start_at": start.isoformat(),
                    "end_at": (start + SPRINT).isoformat(),
                    "completed_at": (start + SPRINT).isoformat() if closed else None,
                }
                self._record(1, "Iteration", f"{box * 100 + number}", data, title=f"Sprint {box}.{number}")

    def _epic(self, number: int) -> dict[str, Any]:
        created = self._past(DAYS // 2)
        due = created.date() + timedelta(days=self.random.randrange(90, 500))
        course = [(created + timedelta(days=20), "3")]
        row = self._work(1, "Issue", f"e{number}", created, "2", course, level=1, type="Epic", due_on=due)
        for move in range(self.random.randrange(4)):
            before, due = due - timedelta(days=10), due
            at = created + timedelta(days=25 + 10 * move)
            self._event(row, "due_on", before.isoformat(), due.isoformat(), at)
        return row

    def _project(self, number: int) -> dict[str, Any]:
        created = self._past(DAYS // 2)
        due = date(2026, 9, 1) + timedelta(days=self.random.randrange(300))
        data = {"assignees": [f"p{number % PEOPLE}"], "labels": [], "fields": {}, "health": "on_track"}
        return self._record(
            2, "Project", f"j{number}", data, title=f"Project {number}", level=1, type="project", due_on=due,
            created_at=created, updated_at=created, status_name="In Progress", status_category="in_progress",
        )  # fmt: skip

    def _issue(self, number: int, epics: list[dict[str, Any]]) -> dict[str, Any]:
        created = self._past(DAYS)
        box = number % BOXES
        epic = self.random.choice(epics)["remote_id"] if number % 3 == 0 else None
        due = created.date() + timedelta(days=60) if number % 10 == 0 else None
        row = self._work(
            1, "Issue", str(number), created, "1", self._course(created), container=f"b{box}", parent=epic,
            due_on=due, estimate=float(self.random.choice((1, 2, 3, 5, 8))), level=0, type="Story",
            person=f"p{number % PEOPLE}",
        )  # fmt: skip
        self._tinker(row, created, box)
        return row

    def _course(self, created: datetime) -> list[tuple[datetime, str]]:
        """When it entered which status; most are done in the end, few are under way at any time."""
        ready = created + timedelta(days=self.random.expovariate(1 / 20))
        begun = ready + timedelta(days=self.random.expovariate(1 / 15))
        review = begun + timedelta(days=self.random.expovariate(1 / 4))
        done = review + timedelta(days=self.random.expovariate(1 / 2))
        course = [(ready, "2"), (begun, "3"), (review, "4"), (done, "6")]
        if self.random.random() < 0.1:
            course.insert(2, (begun + (review - begun) / 3, "5"))
            course.insert(3, (begun + (review - begun) / 2, "3"))
        if self.random.random() < 0.05:
            course[-1] = (done, "7")
        if self.random.random() < 0.05:
            course = course[:1]
        return [(at, to) for at, to in course if at <= AS_OF]

    def _tinker(self, row: dict[str, Any], created: datetime, box: int) -> None:
        """Half of a history is not about the status."""
        sprint = str(box * 100 + (created - (AS_OF - timedelta(days=DAYS))).days // 14)
        self._event(row, "iterations", None, sprint, created + timedelta(hours=5))
        row["data"]["iterations"] = [sprint]
        for field in self.random.choices(("assignees", "priority", "labels", "title", "estimate"), k=5):
            at = created + (AS_OF - created) * self.random.random() * 0.2
            self._event(row, field, "1", "2", at)

    def _mirror(self, of: dict[str, Any], number: int, projects: list[dict[str, Any]]) -> None:
        project = self.random.choice(projects)["remote_id"]
        done = next(number for number, (name, *_) in STATUSES.items() if name == of["status_name"])
        moves = [(of["updated_at"], done)] if done != "1" else []
        row = self._work(
            2, "Issue", f"l{number}", of["created_at"] + timedelta(minutes=1), "1", moves, container="prd",
            project=project, title=of["title"], level=0, type="Issue",
        )  # fmt: skip
        row["item_id"], row["speaks"] = of["item_id"], False
        self._link("same", row, of)

    def _ticket(self, number: int, issues: list[dict[str, Any]]) -> None:
        created = self._past(DAYS)
        course = [(created + timedelta(hours=2), "3"), (created + timedelta(days=3), "6")]
        row = self._work(
            3, "Ticket", f"t{number}", created, "1", [move for move in course if move[0] <= AS_OF], level=0
        )
        if number % 2:
            self._link("about", row, self.random.choice(issues))

    def _blocks(self, number: int, issues: list[dict[str, Any]]) -> None:
        source, target = self.random.sample(issues, 2)
        data = {"type": "blocks", "target": target["remote_id"], "subject": source["remote_id"]}
        self._record(
            1, "Relation", f"r{number}", data, subject=source["remote_id"], target=target["remote_id"]
        )

    def _work(
        self,
        tool: int,
        kind: str,
        remote_id: str,
        created: datetime,
        first: str,
        course: list[tuple[datetime, str]],
        **more: Any,
    ) -> dict[str, Any]:
        name, category, refinement = STATUSES[course[-1][1] if course else first]
        data: dict[str, Any] = {
            "assignees": [],
            "labels": [],
            "fields": {},
            "flagged": False,
            "resolution": None,
        }
        data |= {name: more.pop(name, None) for name in ("estimate", "project")} | {"type": more.get("type")}
        data["assignees"] = [person] if (person := more.pop("person", None)) else []
        values = {
            "key": f"{TOOLS[tool][0].upper()}-{remote_id}",
            "url": f"https://{TOOLS[tool][0]}.example.com/{remote_id}",
            "title": f"A thing to be done, number {remote_id}, with a title of the usual length",
            "status_name": name,
            "status_category": category,
            "status_refinement": refinement,
            "created_at": created,
            "updated_at": course[-1][0] if course else created,
        } | more
        row = self._record(tool, kind, remote_id, data, **values)
        before = first
        for at, to in course:
            self._event(row, "status", before, to, at)
            before = to
        return row

    def _past(self, days: int) -> datetime:
        return AS_OF - timedelta(days=1 + self.random.random() * (days - 1))

    def _record(
        self, tool: int, kind: str, remote_id: str, data: Any = None, **columns: Any
    ) -> dict[str, Any]:
        names = (
            "key url title type level status_category status_refinement status_name priority container parent"
            " subject target created_at updated_at resolved_at due_on absent absent_at"
        )
        number = len(self.records) + 1
        seen = {"first_seen_at": AS_OF, "seen_at": AS_OF, "first_seq": 1, "seq": 1}
        row = dict.fromkeys(names.split()) | columns | seen
        row |= {"id": number, "item_id": number, "site": f"s{tool}", "kind": kind, "remote_id": remote_id}
        row |= {"connection_id": tool, "archived": False, "speaks": True, "hash": b"", "data": data or {}}
        self.records.append(row)
        return row

    def _event(self, row: dict[str, Any], field: str, old: str | None, new: str, at: datetime) -> None:
        number = len(self.events) + 1
        self.events.append(
            {"id": number, "record_id": row["id"], "native_id": str(number), "ordinal": 0, "field": field}
            | {"old": old, "new": new, "at": at, "seen_at": AS_OF, "seq": 1}
        )

    def _link(self, type: str, source: dict[str, Any], target: dict[str, Any]) -> None:
        self.links.append(
            {"type": type, "source_id": source["id"], "target_id": target["id"], "origin": "url"}
            | {"at": source["created_at"], "seq": 1}
        )


def fill(path: Path, items: int) -> dict[str, int]:
    """Write a company into a new database; how many rows of what it has."""
    world = World(items)
    with open_store(f"sqlite:///{path}", create=True) as store, store.writing() as db:
        db.execute(
            insert(run), {"id": 1, "command": "pull", "started_at": AS_OF, "ended_at": AS_OF, "state": "done"}
        )
        db.execute(insert(ingest), {"seq": 1, "run_id": 1, "at": AS_OF})
        db.execute(insert(connection), list(_connections()))
        db.execute(
            insert(stream),
            [
                {"connection_id": tool, "name": "issues", "pulled_at": AS_OF, "complete": True}
                for tool in TOOLS
            ],
        )
        db.execute(insert(status), list(_statuses()))
        db.execute(insert(record), world.records)
        db.execute(insert(event), world.events)
        db.execute(insert(link), world.links)
        boxes = [row["id"] for row in world.records if row["kind"] == "Container"]
        db.execute(insert(team_container), [{"record_id": box, "team": f"team {box % 5}"} for box in boxes])
    return {"records": len(world.records), "events": len(world.events), "links": len(world.links)}


def _connections() -> Iterator[dict[str, Any]]:
    for number, (name, connector) in TOOLS.items():
        yield {
            "id": number,
            "name": name,
            "connector": connector,
            "site": f"s{number}",
            "fingerprint": "",
        } | {
            "site_name": "Example",
            "account": {"url": f"https://{name}.example.com"},
            "checked_at": AS_OF,
        }


def _statuses() -> Iterator[dict[str, Any]]:
    for number in TOOLS:
        for native, (name, category, refinement) in STATUSES.items():
            yield {"site": f"s{number}", "native_id": native, "container": "", "name": name} | {
                "category": category,
                "refinement": refinement,
            }


def settings() -> ReportSettings:
    start, end = whole_days(AS_OF, "Europe/Berlin")
    teams = {
        f"team {team}": tuple(f"eng:BOX{box}" for box in range(BOXES) if box % 5 == team) for team in range(5)
    }
    rules = {"items": [{"from": "product", "kind": "project"}, {"from": "eng", "type": "Epic"}]}
    return ReportSettings(
        "Europe/Berlin", AS_OF, start, end, "Weekly", teams=teams, roadmap=Roadmap.model_validate(rules)
    )


def peak() -> float:
    """This process's high-water mark in MB; ``ru_maxrss`` would be that of whoever started it, if that was larger."""
    found = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def beside() -> float:
    """Seconds of processor time of the processes that have ended: the second reader."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def together(command: list[str]) -> float:
    """The most memory in MB that all processes of a round had at one time; being looked at takes time."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    watch = Peak(process.pid)
    process.wait()
    return watch.end()[1] / (1 << 20)


def measured(path: Path) -> dict[str, Any]:
    """One report in every format, in this process, which looks for cycles as seldom as the command does."""
    gc.set_threshold(YOUNG, 20, 20)
    began = time.perf_counter(), time.process_time()
    with open_store(f"sqlite:///{path}") as store, reading(store) as db:
        report = build_status(db, settings())
    built = time.perf_counter() - began[0]
    page = render(report, "html")
    found: dict[str, Any] = {"built": built, "wall": time.perf_counter() - began[0]}
    found |= {"cpu": time.process_time() - began[1] + beside(), "html": len(page.encode())}
    found["peak"] = peak()
    sizes = {format: len(render(report, format).encode()) for format in FORMATS}
    return found | {"facts": len(report.facts), "sizes": sizes}


def profiled(path: Path) -> None:
    """Where the time goes."""
    import cProfile
    import pstats

    with cProfile.Profile() as profile:
        measured(path)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


def rounds(path: Path, number: int) -> tuple[list[dict[str, Any]], float, float]:
    """What each round measured, the seconds that loading the libraries took between them, the memory of one more."""
    command = [sys.executable, __file__, "--once", "--database", str(path)]
    found, loaded = [], [loading()]
    for _ in range(number):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(done.stdout.strip(), flush=True)
        found.append(json.loads(done.stdout))
        loaded.append(loading())
    return found, median(loaded), together(command)


def summary(found: list[dict[str, Any]], loaded: float, memory: float) -> str:
    """The medians beside the goals; that in seconds as it is, and as it is on a machine as slow as this one."""
    wall, cpu, peak, html = (median(one[name] for one in found) for name in ("wall", "cpu", "peak", "html"))
    slower = loaded / LOADING
    return (
        f"wall {wall:.2f} s, CPU {cpu:.2f} s; the goal of {GOAL:.0f} s of wall time is {GOAL * slower:.2f} s here,"
        f" where loading the libraries takes {loaded:.2f} s, {slower:.1f} times the {LOADING} s it goes by:"
        f" {'met' if wall <= GOAL * slower else 'not met'}\npeak {peak:.0f} MB, {memory:.0f} MB with the second reader;"
        f" HTML {html / 1000:.0f} kB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", type=Path, help="made where it is missing, and kept")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measured(asked.database)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = asked.database or Path(folder) / "bench.db"
        if not path.exists():
            print(json.dumps(fill(path, asked.items)))
        if asked.profile:
            profiled(path)
            return
        print(summary(*rounds(path, asked.rounds)))


if __name__ == "__main__":
    main()
