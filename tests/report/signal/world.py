"""A company whose customers write, answer and are shown things: what `Database` builds, and all that signal needs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from syncline.config.reporting import Roadmap
from syncline.report import Report, build_status
from syncline.report.facts import Fact, Value
from syncline.store.tables import held, link, metadata, metric_point

from ..building import AS_OF, IDS, SITE, STATUSES, Database, settings

WEIGHED = Roadmap.model_validate({"items": [{"from": "eng", "kind": "project"}], "demand": {"weight": "arr"}})


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def stamp(at: datetime | None) -> str | None:
    """As records keep instants."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


class World(Database):
    """Methods return the number of the record they make."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self._links: list[dict[str, Any]] = []
        self._points: list[dict[str, Any]] = []
        self._held: list[dict[str, Any]] = []
        self.source()

    def write(self) -> Engine:
        super().write()
        with self.engine.begin() as database:
            for table, rows in ((link, self._links), (metric_point, self._points), (held, self._held)):
                if rows:
                    database.execute(insert(table), rows)
        self._links, self._points, self._held = [], [], []
        return self.engine

    def ticket(
        self,
        remote_id: str,
        created: datetime,
        moves: tuple[tuple[datetime, str, str], ...] = (),
        *,
        status: str | None = None,
        labels: tuple[str, ...] = (),
        parent: str | None = None,
        resolved: datetime | None = None,
        **data: Any,
    ) -> int:
        name, category, refinement = STATUSES[IDS[status or (moves[-1][2] if moves else "In Progress")]]
        number = self._record(
            "Ticket",
            remote_id,
            data={"labels": list(labels), "fields": {}, "assignees": [], **data},
            key=f"#{remote_id}",
            url=f"https://example.atlassian.net/tickets/{remote_id}",
            title=f"Ticket {remote_id}",
            status_name=name,
            status_category=category,
            status_refinement=refinement,
            created_at=created,
            updated_at=created,
            resolved_at=resolved,
            parent=parent,
        )
        for at, old, new in moves:
            self.event(number, "status", IDS[old], IDS[new], at)
        return number

    def agent(self, remote_id: str) -> int:
        return self._record("Person", remote_id, data={"account_type": "agent"}, title=f"Agent {remote_id}")

    def reply(self, ticket: str, at: datetime, author: str, *, public: bool = True) -> int:
        data = {"visibility": "customer" if public else "team", "author": author}
        return self._record("Comment", f"r{self._next}", data=data, subject=ticket, created_at=at)

    def about(self, ticket: int, item: int, origin: str = "native", until: datetime | None = None) -> None:
        ended = {"until": until, "until_seq": 1} if until else {"until": None, "until_seq": None}
        self._links.append(
            {"type": "about", "source_id": ticket, "target_id": item, "block": "help", "origin": origin}
            | {"evidence": None, "at": AS_OF, "seq": 1}
            | ended
        )

    def organization(self, remote_id: str, **fields: Any) -> int:
        return self._record("Organization", remote_id, data={"fields": fields}, title=f"Shop {remote_id}")

    def rating(self, ticket: str, at: datetime, score: float | None, highest: float = 1) -> int:
        data = {"answered_at": stamp(at), "score": score, "lowest": 0, "highest": highest, "survey": "s"}
        return self._record("SurveyResponse", f"s{self._next}", data=data, subject=ticket)

    def answer(self, at: datetime, score: float | None, survey: str = "NPS", **data: Any) -> int:
        values = {"answered_at": stamp(at), "score": score, "lowest": 0, "highest": 10, "survey": survey}
        return self._record("SurveyResponse", f"a{self._next}", data=values | data)

    def metric(self, name: str, values: dict[date, float | None], **data: Any) -> int:
        """A metric with its values by day; ``provisional`` names days that may still change, ``users`` counts."""
        provisional, users = data.pop("provisional", ()), data.pop("users", None)
        number = self._record("Metric", name, data={"interval": 1, **data}, title=name)
        for day, value in values.items():
            point = self._record("MetricPoint", f"{name}/{day}", data={"metric": name})
            self._points.append(
                {"record_id": point, "seq": 1, "metric": name, "day": day, "segment": "", "value": value}
                | {"count": users, "complete": day not in provisional, "seen_at": AS_OF}
            )
        return number

    def rollout(self, flag: str, steps: tuple[tuple[datetime, float], ...], **data: Any) -> int:
        values: dict[str, Any] = {
            "flag": flag,
            "environment": "prod",
            "about": [],
            "percent": steps[-1][1] if steps else None,
        }
        number = self._record(
            "Rollout",
            f"{flag}|prod",
            data=values | data,
            title=flag,
            created_at=steps[0][0] if steps else None,
        )
        before = ""
        for at, percent in steps:
            self.event(number, "percent", before, str(percent), at)
            before = str(percent)
        return number

    def experiment(self, name: str, arms: list[dict[str, Any]], **data: Any) -> int:
        whole = [{"share": None, "conversions": None, "mean": None, "deviation": None} | arm for arm in arms]
        values = {"arms": whole, "about": [], "state": "running", "verdict": None, "decision": None}
        return self._record("Experiment", name, data=values | data, title=name)

    def decision(self, key: str, state: str | None, due: date | None = None, **data: Any) -> int:
        created = data.pop("created_at", None)
        return self._record(
            "Decision",
            key,
            data={"state": state, "about": [], **data},
            key=key,
            title=f"Decision {key}",
            due_on=due,
            created_at=created,
        )

    def initiative(self, remote_id: str, title: str) -> int:
        return self._record("Project", remote_id, data={"parents": []}, title=title, level=2)

    def project(self, remote_id: str, title: str, category: str, parents: tuple[str, ...] = ()) -> int:
        return self._record(
            "Project",
            remote_id,
            data={"parents": list(parents)},
            title=title,
            level=1,
            status_category=category,
        )

    def conflict(self, group: int, kind: str = "conflict") -> None:
        self._held.append(
            {
                "block": "help",
                "group_id": group,
                "record_id": None,
                "field": "title",
                "kind": kind,
                "reason": "?",
            }
            | {"shown": {}, "at": ago(1), "run_id": 1, "answer": None, "closed_at": None, "closed_run": None}
        )

    def attachment(self, remote_id: str, subject: str, url: str | None, key: str | None = None) -> int:
        return self._record("Attachment", remote_id, subject=subject, url=url, key=key)


def report_of(world: Database, **changes: Any) -> Report:
    with world.write().connect() as connected:
        return build_status(connected, settings(**changes))


def fact(report: Report, name: str) -> Fact:
    return next(one for one in report.facts if one.name == name)


def value(report: Report, name: str, key: str | None = None) -> Value:
    """A fact's value, of a series that at ``key``."""
    found = fact(report, name).value
    return dict(found)[key] if key is not None and isinstance(found, tuple) else found


def copied(source: Engine, target: Engine) -> None:
    """Every row of one database into another of any kind."""
    with source.connect() as reading, target.begin() as writing:
        for table in reversed(metadata.sorted_tables):
            writing.execute(delete(table))
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            if rows:
                writing.execute(insert(table), rows)


__all__ = ["AS_OF", "SITE", "WEIGHED", "World", "ago", "copied", "fact", "report_of", "settings", "value"]
