"""Companies drawn by a seed that have everything a report speaks of: besides a roadmap customers, goals, launches."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, text
from tests.report.signal.world import stamp
from tests.report.work.test_record import printed

from syncline.config.company import FieldConfig
from syncline.config.reporting import ObjectiveConfig, Roadmap
from syncline.report import ReportSettings

from .launch_world import WALKS as EXPOSED
from .roadmap_world import Planned

LABELS = ("billing", "login", "slow", "spam", "closed_by_merge")


class Whole(Planned):
    """What `Planned` has, and all the rest; the same for the same seed."""

    def __init__(self, seed: int, items: int | None = None) -> None:
        super().__init__(seed, items)
        self._support()
        self._measures()
        self._trials()
        self._choices()
        self._scores()

    @cached_property
    def engine_written(self) -> Engine:
        for row in self._records:
            if self.maybe(0.8):
                row["first_seen_at"] = self.moment(-1, 150)
        engine = super().engine_written
        with engine.begin() as database:
            lately = self.as_of - timedelta(hours=30 if self.maybe(0.85) else 40)
            database.execute(text("UPDATE stream SET pulled_at = :at"), {"at": stamp(lately)})
        self.set_aside("99", "fields.status is missing")
        self._said_before()
        return engine

    def settings(self, **changes: Any) -> ReportSettings:
        pick = self.random.choice
        values: dict[str, Any] = {
            "wip": {"core": 3},
            "fields": {"confidence": FieldConfig(type="number", unit="%")} if self.maybe(0.5) else {},
            "objectives": self._objectives(),
        }
        if self.maybe(0.7):
            rules: dict[str, Any] = {
                "items": [
                    {"from": "product", "kind": "project"},
                    {"from": "eng", "type": "Epic"},
                    *pick(([], [{"from": "product", "kind": "project", "type": "initiative"}])),
                ],
                "target": pick((None, ["eng", "product"], ["product", "eng"])),
                "committed": pick((None, {"labels": ["committed"]})),
                "horizon": pick((None, {"now": "4w", "next": "9w"})),
                "demand": {"weight": "arr"},
                "score": pick((None, {"method": "rice", "reach_period": "month"}, {"method": "ice"})),
            }
            values["roadmap"] = Roadmap.model_validate({k: v for k, v in rules.items() if v is not None})
        return super().settings(**(values | changes))

    # ---- customers ---------------------------------------------------------------------------------------------------

    def _support(self) -> None:
        pick = self.random.choice
        for number in range(3):
            self.organization(f"o{number}", arr=pick((12.5, 1000, None, "much")), size="big")
        self.agent("a1")
        count = pick((0, 6, 40))
        for number in range(count):
            self._ticket(f"t{number}", number)
        lately = pick((100, 7))
        for _ in range(pick((0, 5, 120))):
            self.answer(
                self.moment(-2, lately), pick((0, 3, 6, 7, 8, 9, 10, None, 7.5)), pick(("NPS", "NPS", "Exit")),
                respondent=pick((None, None, None, f"c{self.random.randrange(90)}")),
                **({"highest": 5} if self.maybe(0.002) else {}),
            )  # fmt: skip

    def _ticket(self, remote_id: str, number: int) -> None:
        pick = self.random.choice
        created = self.moment(-2, pick((9, 20, 120)))
        times = sorted(created + (self.as_of - created) * self.random.uniform(0, 1.1) for _ in range(4))
        walk = pick(
            (
                (),
                ("Done",),
                ("Done", "In Progress"),
                ("Done", "In Progress", "Done"),
                ("Waiting", "Done"),
                ("Won't do",),
            )
        )
        before, moves = "In Progress", []
        for at, to in zip(times, walk, strict=False):
            moves.append((at, before, to))
            before = to
        silent = self.maybe(0.1)
        absent = pick(("gone", "archived", "forbidden")) if self.maybe(0.1) else None
        row = self.ticket(
            remote_id, created, () if silent else tuple(moves), status=before,
            labels=pick((tuple(self.random.sample(LABELS[:3], 2)), (), (pick(LABELS),), ())),
            parent=f"t{self.random.randrange(number)}" if number and self.maybe(0.15) else None,
            resolved=times[0] if silent and self.maybe(0.5) else None,
            organization=pick((None, "o0", "o1", "o2", "o9")), reporter="a1" if self.maybe(0.2) else "c1",
            merged_into="t0" if self.maybe(0.05) else None,
            first_replied_at=stamp(times[1]) if self.maybe(0.2) else None,
        )  # fmt: skip
        self._records[-1] |= {"absent": absent, "absent_at": self.moment(-2, 20) if absent else None}
        for place in range(pick((0, 1, 3))):
            when = created + timedelta(hours=1 + 5 * place + self.random.random())
            self.reply(remote_id, when, pick(("a1", "a1", "c1")), public=self.maybe(0.8))
        if self.maybe(0.5):
            self.rating(
                remote_id, self.moment(-1, 100), pick((0, 1, 1, 1, None)), highest=1 if self.maybe(0.9) else 5
            )
        self._asks(remote_id, row)

    def _asks(self, remote_id: str, row: int) -> None:
        """What a ticket is about, in one of the ways in which that is known."""
        works = [one for one in self._records if one["kind"] in ("Issue", "Project") and one["url"]]
        issues = [one for one in works if one["kind"] == "Issue"]
        if not issues:
            return
        one = self.random.choice(issues)
        match self.random.choice(
            ("link", "link", "made", "url", "back", "key", "relation", "nothing", "nothing")
        ):
            case "link":
                self.about(
                    row,
                    self.random.choice(works)["id"],
                    until=self.moment(-1, 20) if self.maybe(0.2) else None,
                )
            case "made":
                self.about(row, one["id"], "created")
            case "url":
                self.attachment(f"f{remote_id}", remote_id, one["url"])
            case "back":
                self.attachment(
                    f"g{remote_id}", one["remote_id"], f"https://example.atlassian.net/tickets/{remote_id}"
                )
                self._records[-1]["site"], self._records[-1]["connection_id"] = (
                    one["site"],
                    one["connection_id"],
                )
            case "key":
                self.attachment(f"h{remote_id}", remote_id, None, one["key"])
            case "relation" if one["site"] == self._records[0]["site"]:
                self._record(
                    "Relation", f"q{remote_id}", type="relates", subject=remote_id, target=one["remote_id"]
                )
            case _:
                pass

    # ---- numbers -----------------------------------------------------------------------------------------------------

    def _measures(self) -> None:
        today = self.as_of.astimezone(self.zone).date()
        for number in range(self.random.choice((0, 2, 3))):
            interval = self.random.choice((1, 1, 7, 30))
            days = [today - timedelta(days=back) for back in range(130, -1, -1)]
            kept = [day for day in days if self.maybe(0.97)] if interval == 1 else days[::interval]
            flat, scale = self.maybe(0.1), self.random.choice((5, 400))
            values: dict[date, float | None] = {
                day: None if self.maybe(0.01) else 12.0 if flat else round(self.random.uniform(0, scale), 1)
                for day in kept
            }
            self.metric(
                f"m{number}", values, interval=interval, target=self.random.choice((None, 40)), unit="%",
                direction=self.random.choice(("up", "down")), users=self.random.choice((None, 100, 4)),
                provisional=[day for day in kept if self.maybe(0.02)],
            )  # fmt: skip
        data = {"start_on": self._start()}
        due = (self.as_of + timedelta(days=30)).date()
        if self.maybe(0.5):
            self._record("Objective", "ob", data, title="Told elsewhere", due_on=due)
            for number in range(2):
                told = {
                    "objective": "ob", "metric": self.random.choice(("m0", "m9", None)), "baseline": 1,
                    "target": self.random.choice((1, 5, 0.5)), "current": self.random.choice((None, 2)),
                }  # fmt: skip
                self._record(
                    "KeyResult", f"k{number}", told, title=f"Result {number}", created_at=self.moment(-1, 40)
                )

    def _objectives(self) -> tuple[ObjectiveConfig, ...]:
        pick, today = self.random.choice, self.as_of.date()
        records = ("product:initiative:Growth", "eng:objective:Told elsewhere", "eng:epic:Bulk edit")
        return tuple(
            ObjectiveConfig.model_validate(
                {
                    "title": f"Objective {number}",
                    "from": record,
                    "start": today - timedelta(days=pick((60, 5))),
                    "due": today + timedelta(days=pick((30, -5))),
                    "key_result": [
                        {
                            "title": "A",
                            "metric": pick(("m0", "m1", "m9")),
                            "baseline": 5,
                            "target": pick((100, 5, 0.5)),
                        }
                        for _ in range(pick((0, 1, 2)))
                    ],
                }
            )
            for number, record in enumerate(self.random.sample(records, pick((0, 1, 2))))
        )

    # ---- what is tried, decided and ranked ---------------------------------------------------------------------------

    def _named(self) -> list[str]:
        """What notes say that they are about: by ref, key or address."""
        one = self.random.choice(
            [row for row in self._records if row["kind"] in ("Issue", "Project") and row["url"]]
        )
        ref = f"{one['site']}:{one['kind']}:{one['remote_id']}"
        return [self.random.choice((ref, one["key"] or ref, one["url"]))] if self.maybe(0.9) else []

    def _trials(self) -> None:
        for number in range(self.random.choice((0, 2, 4))):
            walk = self.random.choice(EXPOSED)
            times = sorted({self.moment(-2, self.random.choice((30, 110))) for _ in walk})
            steps = [(at, one) for at, one in zip(times, walk, strict=False) if one != "oops"]
            row = self.rollout(f"flag{number}", (), about=self._named(), percent=steps[-1][1] if steps else None,
                               environment=self.random.choice(("prod", "staging", "live")))  # fmt: skip
            self._records[-1]["created_at"] = times[0]
            before = ""
            for at, percent in steps if self.maybe(0.9) else ():
                self.event(row, "percent", before, percent, at)
                before = percent
        for number in range(self.random.choice((0, 1, 3))):
            self._experiment(number)
        for number in range(self.random.choice((0, 3))):
            told = {"at": stamp(self.moment(-1, 15)), "environment": "prod", "result": "good", "metric": None}
            self._record(
                self.random.choice(("Deploy", "Annotation")), f"d{number}", told, title="It happened"
            )

    def _experiment(self, number: int) -> None:
        pick = self.random.choice
        counted = self.maybe(0.7)
        users = pick((3, 40, 5000))
        arms = []
        for name in ("control", *pick((("one",), ("one", "two"), ()))):
            mine = max(0, round(users * self.random.uniform(*pick(((0.97, 1.03), (0.5, 1.5))))))
            arm: dict[str, Any] = {"name": name, "users": mine, "share": None}
            if counted:
                arm["conversions"] = round(mine * self.random.uniform(0.05, 0.4))
            else:
                arm |= {"mean": round(self.random.uniform(5, 9), 2), "deviation": pick((2.5, None, 1))}
            arms.append(arm)
        self.experiment(
            f"x{number}", arms, metric=pick(("m0", "m1", None)), about=self._named(),
            verdict="better" if self.maybe(0.2) else None,
            ended_at=stamp(self.moment(-3, 30)) if self.maybe(0.5) else None,
        )  # fmt: skip

    def _choices(self) -> None:
        pick = self.random.choice
        for number in range(pick((0, 3, 6))):
            due = (self.as_of + timedelta(days=pick((-9, 3, 14, 15, 40)))).date() if self.maybe(0.8) else None
            state = pick(("open", None, "decided", "accepted", "superseded", "proposed"))
            decided = (self.as_of + timedelta(days=pick((-4, 3)))).date().isoformat()
            over = state not in ("open", None, "proposed") and self.maybe(0.7)
            self.decision(
                f"D-{number}", state, due, decided_on=decided if over else None, about=self._named(),
                due_on=due.isoformat() if due else None, created_at=self.moment(-2, 40) if self.maybe(0.8) else None,
            )  # fmt: skip
        for _ in range(pick((0, 3))):
            self.conflict(
                int(self.random.choice(self._records)["id"]), pick(("conflict", "blocked", "create"))
            )
            self._held[-1] |= {
                "at": self.moment(-1, 9),
                "closed_at": self.moment(-1, 9) if self.maybe(0.3) else None,
            }
        for number, kind in enumerate(("Release", "Milestone", "Release")):
            day = (self.as_of + timedelta(days=pick((0, 3, 14, 20)))).date().isoformat()
            self._record(kind, f"v{number}", {"due_on": day, "released": self.maybe(0.2)}, title=f"Version {number}",
                         absent="gone" if self.maybe(0.1) else None, archived=self.maybe(0.1))  # fmt: skip

    def _scores(self) -> None:
        pick = self.random.choice
        for number in range(pick((0, 6, 12))):
            parts = {
                "reach": pick((100, 5000, None)), "impact": pick((0.25, 1, 2, 3, "2")),
                "confidence": pick((80, "80 %", 0.5, 100, 20, 7)), "ease": pick((1, 5, 11, None)),
                "effort": pick((0, 1, 2.5, "much")),
            }  # fmt: skip
            given: dict[str, Any] = {name: value for name, value in parts.items() if self.maybe(0.8)}
            data = {"about": self._named(), "fields": given}
            self._record("Note", f"n{number}", data, type="score", created_at=self.moment(-2, 60))

    def _said_before(self) -> None:
        """What earlier reports printed of the entries."""
        items = [f"i{number}" for number in self.numbers]
        for number in range(1, 1 + self.random.choice((0, 0, 2))):
            days: dict[str, Any] = {
                item: [
                    "day",
                    (self.as_of - timedelta(days=self.random.choice((30, 8, 2, -5)))).date().isoformat(),
                ]
                for item in items
            }
            chances = {item: round(self.random.random(), 3) for item in items}
            said = {
                "roadmap_half": days,
                "roadmap_slow": days,
                "roadmap_slowest": days,
                "roadmap_likelihood": chances,
            }
            printed(
                self,
                number,
                self.random.choice((20, 50)),
                said,
                self.random.choice(("final", "final", "draft")),
            )
