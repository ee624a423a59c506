"""Seeded schedules: a hostile Jira, faults, crashes, a wandering clock; then the invariants.

    python -m tests.sim.schedules --schedules 1000 --seed 1

One seed is one schedule: the same seed does the same again. A failing seed is printed, and belongs into `CORPUS`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import text

from syncline.config import Config
from syncline.config.loading import parse
from syncline.http import Http
from syncline.registry import Registry
from syncline.seams import InlineTasks, on_crashpoint
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault, Faults
from syncline.sim.transport import SimTransport
from syncline.store import Store, open_store
from syncline.sync.pull import pull
from syncline.sync.result import PullResult
from syncline_connectors.jira.simulator import JiraSimulator

CORPUS: tuple[int, ...] = (120, 145)
"""Seeds that once found a bug; they always run."""

SITE = "https://sim.example.net"
TOKEN = "simulated-token"
MENU = [fault for fault in Fault if fault not in (Fault.RATE_LIMIT_HUGE, Fault.LOGIN_PAGE)]


CRASHPOINTS = (
    *("page.received", "page.stored", "page.committed"),
    *("census.listed", "census.marked", "census.ended", "stream.ended"),
)
ENOUGH = 1000
"""Schedules after which everything on the menu must have happened; what never did proves nothing."""


class Died(BaseException):
    """The process was killed here: whatever was not committed is lost."""


@dataclass
class Schedule:
    """One seed, on the database at ``url``."""

    seed: int
    url: str = "sqlite://"
    fired: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.clock = SimClock()
        self.jira = JiraSimulator(self.clock, seed=self.seed, site_url=SITE)
        self.faults = Faults(self.jira, self.clock, self._probabilities(), seed=self.seed)
        self.config = _config()

    def _probabilities(self) -> dict[Fault, float]:
        chosen = self.random.sample(MENU, self.random.randint(0, 5))
        return {fault: self.random.uniform(0.01, 0.15) for fault in chosen}

    def run(self) -> None:
        """Raise AssertionError where an invariant is broken."""
        self._people_and_issues()
        with open_store(self.url, clock=self.clock, create=True) as store:
            for _ in range(self.random.randint(1, 4)):
                self._disturbed_run(store)
            self._quiet_end(store)
        self.fired.update({fault.value: count for fault, count in self.faults.fired.items()})

    def _people_and_issues(self) -> None:
        ada = self.jira.add_user("Ada Example", email="ada@example.com")
        self.jira.add_token(ada, TOKEN)
        projects = [self.jira.add_project(key) for key in ("ENG", "WEB")]
        for number in range(self.random.randint(3, 60)):
            self.jira.create_issue(self.random.choice(projects), f"issue {number}", by=ada)
        self.clock.advance(self.random.choice([0, 60, 3600]))

    def _disturbed_run(self, store: Store) -> None:
        self._people_work()
        self.clock.set(self.clock.now())
        visible = self._visible()
        result = self._pull(store, crash=self.random.random() < 0.5)
        if result is not None and result.exit_code == 0:
            lost = visible - self._deleted_since(visible) - _issues(store)
            assert not lost, f"R6: the run called itself whole, but lacks {sorted(lost)}"
        self.clock.advance(self.random.choice([1, 30, 300, 900, 26 * 3600]))

    def _people_work(self) -> None:
        for _ in range(self.random.randint(0, 8)):
            issues = list(self.jira.issues.values())
            if not issues:
                return
            issue = self.random.choice(issues)
            deed = self.random.choice(
                ["edit", "comment", "status", "create", "delete", "uncomment", "archive"]
            )
            if deed == "edit":
                self.jira.edit(issue, {"summary": f"edited at {self.clock.now():%H:%M:%S.%f}"})
            elif deed == "comment":
                self.jira.comment(issue, "words")
            elif deed == "status":
                self.jira.transition(issue, self.random.choice(["In Progress", "Done", "To Do"]))
            elif deed == "create":
                self.jira.create_issue(issue.project, "created later")
            elif deed == "delete" and self.random.random() < 0.3:
                self.jira.delete(issue)
            elif deed == "uncomment" and issue.comments:
                self.jira.delete_comment(issue, self.random.choice(issue.comments))
            elif deed == "archive" and self.random.random() < 0.3:
                self.jira.archive(issue)
            self.clock.advance(self.random.uniform(0, 90))

    def _pull(self, store: Store, *, crash: bool) -> PullResult | None:
        name, nth = self._place_to_die() if crash else ("", 0)
        hits = 0

        def die(point: str) -> None:
            nonlocal hits
            hits += name in ("", point)
            if hits == nth:
                self.fired[f"crash at {point}"] += 1
                raise Died(point)

        remove = on_crashpoint(die)
        try:
            return pull(
                self.config,
                store,
                clock=self.clock,
                random=self.random,
                tasks=InlineTasks(),
                environ={"TOKEN": TOKEN},
                open_http=partial(Http, transport=SimTransport(self.faults)),
            )
        except Died:
            return None
        finally:
            remove()

    def _place_to_die(self) -> tuple[str, int]:
        """A crashpoint and which of its hits. Every fifth schedule dies at one of the first hits of any."""
        if self.seed % 5 == 0:
            return "", self.random.randint(1, 25)
        name = self.random.choice(CRASHPOINTS)
        return name, 1 if name.startswith("census") else self.random.randint(1, 12)

    # ---- what must hold --------------------------------------------------------------------------------------------

    def _quiet_end(self, store: Store) -> None:
        """R1: with the faults off, the database says what the site says within three runs. R5: then all is quiet."""
        self.faults.enabled = False
        self.jira.be_calm()
        for _ in range(3):
            self.clock.advance(26 * 3600)
            result = self._pull(store, crash=False)
            assert result is not None
            assert result.exit_code == 0, [str(problem.error) for problem in result.problems]
        self._agrees(store)
        result = self._pull(store, crash=False)
        assert result is not None
        changes = sum(c.created + c.updated + c.removed for c in result.connections["eng"].values())
        assert changes == 0, "R5: a quiet site changes nothing"

    def _agrees(self, store: Store) -> None:
        alive = [issue for issue in self.jira.issues.values() if not issue.archived and not issue.deleted]
        assert _issues(store) == {str(issue.id) for issue in alive}, "R1: other issues than the site's"
        titles = dict(
            _rows(store, "SELECT remote_id, title FROM records WHERE kind = 'Issue' AND absent IS NULL")
        )
        assert titles == {str(i.id): i.fields["summary"] for i in alive}, "R1: a title differs"
        states = dict(
            _rows(store, "SELECT remote_id, status_name FROM records WHERE kind = 'Issue' AND absent IS NULL")
        )
        assert states == {str(i.id): i.fields["status"].name for i in alive}, "R1: a status differs"
        told: dict[str, object] = dict(
            _rows(
                store,
                "SELECT r.remote_id, count(*) FROM event e JOIN record r ON r.id = e.record_id "
                "WHERE r.absent IS NULL AND e.native_id NOT LIKE 'observed:%' GROUP BY r.remote_id",
            )
        )
        items = {str(i.id): sum(len(h.items) for h in i.histories) for i in alive}
        assert told == {key: count for key, count in items.items() if count}, "R1: history differs"
        self._comments_agree(store, {str(i.id) for i in alive})

    def _comments_agree(self, store: Store, alive: set[str]) -> None:
        held = {
            row[0]
            for row in _rows(
                store, "SELECT remote_id, subject_id FROM records WHERE kind = 'Comment' AND absent IS NULL"
            )
            if row[1] in alive
        }
        there = {str(c.id) for i in self.jira.issues.values() if str(i.id) in alive for c in i.comments}
        assert held == there, f"R1: comments differ: lacking {there - held}, too many {held - there}"

    def _visible(self) -> set[str]:
        now = self.clock.now()
        return {str(issue.id) for issue in self.jira.issues.values() if issue.indexed(now) is not None}

    def _deleted_since(self, before: set[str]) -> set[str]:
        gone = {key for key in before if int(key) not in self.jira.issues}
        return gone | {str(i.id) for i in self.jira.issues.values() if i.archived or i.deleted}


def _config() -> Config:
    connection = {"connector": "jira", "url": SITE, "user": "ada@example.com", "token": "env:TOKEN"}
    document = {"hub": {"history": "all"}, "connections": {"eng": connection}}
    config, problems = parse(document, Path(), Registry())
    assert config is not None, problems
    return config


def _rows(store: Store, query: str) -> list[tuple[str, object]]:
    with store.reading() as db:
        return [(row[0], row[1]) for row in db.execute(text(query))]


def _issues(store: Store) -> set[str]:
    with store.reading() as db:
        found = db.execute(text("SELECT remote_id FROM records WHERE kind = 'Issue' AND absent IS NULL"))
        return set(found.scalars())


def main(argv: list[str]) -> int:
    """Run schedules; 0 where all hold, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Run seeded schedules of a hostile Jira.")
    parser.add_argument("--schedules", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first schedule")
    given = parser.parse_args(argv)
    fired: Counter[str] = Counter()
    failed: list[int] = []
    began = time.monotonic()
    for seed in (*CORPUS, *range(given.seed, given.seed + given.schedules)):
        schedule = Schedule(seed)
        try:
            schedule.run()
        except AssertionError as error:
            failed.append(seed)
            print(f"seed {seed}: {error}")
        fired.update(schedule.fired)
    for name, count in sorted(fired.items()):
        print(f"{count:7}  {name}")
    seconds = time.monotonic() - began
    print(
        f"{given.schedules} schedules in {seconds:.0f} s, {len(failed)} failed{': ' if failed else ''}{failed or ''}"
    )
    never = never_fired(fired) if given.schedules >= ENOUGH else []
    if never:
        print(f"never happened: {', '.join(never)}")
    return 1 if failed or never else 0


def never_fired(fired: Counter[str]) -> list[str]:
    """Faults and crashpoints that no schedule met."""
    menu = {fault.value for fault in MENU} | {f"crash at {name}" for name in CRASHPOINTS}
    return sorted(menu - fired.keys())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
