"""Every answer on customers, numbers, rollouts and decisions, found in the report as its reader sees it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from syncline.config import load
from syncline.report import Fact, Report, build_status, render
from syncline.report.configured import settings_of
from syncline.report.facts import full_sql
from syncline.report.formulas.days import WorkingDays
from syncline.report.formulas.forecast import forecast
from syncline.report.formulas.refusal import Refusal
from syncline.report.formulas.sample import Settings, sample
from syncline.report.settings import ReportSettings
from syncline.report.signal.launch import build_launch
from syncline.report.words import day_text
from syncline.store import open_store
from syncline.store.instants import to_text

from .conftest import Ask

EXPECTED: dict[str, Any] = json.loads(
    (files("syncline_connectors.demo") / "expected.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def settings(folder: Path, now: datetime) -> ReportSettings:
    return settings_of(load(folder / "syncline.toml"), now + timedelta(minutes=5))


@pytest.fixture(scope="module")
def report(folder: Path, settings: ReportSettings) -> Report:
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.reading() as db:
        return build_status(db, settings)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    """The page as text, without markup and the ledger."""
    html = render(report, "html").split('id="facts"', 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))


def fact(report: Report, name: str) -> Fact:
    return next(one for one in report.facts if one.name == name)


def at(report: Report, name: str, key: str) -> Any:
    value = fact(report, name).value
    assert isinstance(value, tuple)
    return dict(value)[key]


def test_tickets(report: Report, page: str) -> None:
    expected = EXPECTED["tickets"]
    assert fact(report, "tickets_lately").value == expected["all"]
    assert fact(report, "tickets_about").value == expected["about a bug"]
    assert fact(report, "tickets_open").value == expected["open"]
    assert (
        f"Of {expected['all']} tickets in ninety days, {expected['about a bug']} are about known work" in page
    )
    assert "1 led to new work, 30.8 % about none" in page


def test_satisfaction(report: Report, page: str) -> None:
    expected = EXPECTED["satisfaction"]
    assert fact(report, "ratings_90").value == expected["answers"]
    assert fact(report, "ratings_good_90").value == expected["good"]
    assert f"{expected['percent']} % ({expected['good']} of {expected['answers']})" in page


def test_nps(report: Report, page: str) -> None:
    expected = EXPECTED["nps"]
    for name, part in (
        ("nps_answers_90", "answers"),
        ("nps_promoters_90", "promoters"),
        ("nps_detractors_90", "detractors"),
    ):
        assert at(report, name, "NPS") == expected[part]
    assert f"{expected['nps']} ± 25.8" in page


def test_the_worst_bug(report: Report, page: str) -> None:
    expected = EXPECTED["the worst bug"]
    words = (
        f"Most asked about: {expected['bug']} {expected['title']}, {expected['tickets']} tickets from"
        f" {expected['organizations']} organisations, weighing {expected['EUR a year']:,} EUR/year."
    )
    assert words in page


def test_activation_before_and_after_everybody_had_guest_accounts(report: Report, page: str) -> None:
    days = fact(report, "launch_days").value
    assert isinstance(days, tuple)
    key = next(key for key, _ in days if "guest-accounts" in key and "activation_rate" in key)
    for side, name in (("before", "launch_before"), ("after", "launch_after")):
        part = EXPECTED["activation"][side]
        assert round(float(at(report, name, key)), 1) == part["percent"]
        assert at(report, f"launch_users_{side}", key) == part["came"]
        assert at(report, "launch_days", key) == part["from days ago"] - part["to days ago"] + 1
        assert f"{part['percent']} % ({part['came']} users)" in page
    assert "too early: twenty-eight are needed" in page


def test_the_experiment(report: Report, page: str) -> None:
    expected = EXPECTED["experiment"]
    assert expected["name"] in page
    for users, percent in zip(expected["users"], expected["percent"], strict=True):
        assert re.search(rf"{users:,}\s*{percent} %", page)
    assert f"the source says: {expected['winner']} wins" in page
    reasons = {reason.reason.name for key, reason in fact(report, "experiment_effect").refused}
    assert reasons == {"TOLD_BY_SOURCE"}


def test_the_rollout(report: Report, now: datetime) -> None:
    expected = EXPECTED["rollout"]
    key = f"files:Rollout:{expected['flag']}|prod"
    assert at(report, "rollout_percent", key) == 1
    assert at(report, "rollout_days", key) == expected["days at 100 %"]


def test_decisions(report: Report, page: str, today: date) -> None:
    ids = {one.rpartition(":")[2] for one in fact(report, "decisions_open").ids}
    assert sorted(ids) == EXPECTED["decisions"]["open"]
    assert [one.rpartition(":")[2] for one in fact(report, "decisions_overdue").ids] == EXPECTED["decisions"][
        "overdue"
    ]
    assert "2 decisions are open, 1 overdue." in page
    assert page.index("Do points expire?") < page.index("Which payment methods in Norway?")
    assert f"{day_text(today - timedelta(days=2))} ◆ overdue" in page


def test_goals(report: Report, page: str) -> None:
    """38.9 % of the way from 31 to 40 is 88 percent; half of the quarter has passed."""
    assert "Buyers come back (Ada Sample): 88 % of the way" in page
    assert at(report, "key_result_expected", "objective 1, key result 1") * 2 == 1
    assert "A shop that never lets you down" in page
    assert "no metric is called" not in page
    assert "nobody is known as" not in page
    assert "no single record is called" not in page


def test_answers_stand_in_the_document_for_programs(report: Report) -> None:
    document = json.loads(render(report, "json"))
    assert "Voucher is taken twice" in json.dumps(document)
    assert '"tickets_about"' in json.dumps(document)


def test_the_launch_report(folder: Path, settings: ReportSettings) -> None:
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.reading() as db:
        launch = build_launch(db, replace(settings, title="Launches"))
    assert launch.kind == "launch"
    shown = render(launch, "markdown")
    assert "guest-accounts" in shown
    assert "too early" in shown
    for format in ("html", "json"):
        assert "guest-accounts" in render(launch, format)


# ---- every fact once more, by SQL that knows nothing of the report ----------------------------------


def test_solved_tickets_and_hours_by_another_way(ask: Ask, report: Report) -> None:
    rows = ask(
        """SELECT round(24 * (julianday(min(e.at)) - julianday(r.created_at)), 6)
           FROM events e JOIN records r ON r.ref = e.ref
           WHERE r.kind = 'Ticket' AND e.new_category = 'done' AND e.old_category <> 'done'
           GROUP BY e.ref ORDER BY 1"""
    )
    hours = [row[0] for row in rows]
    assert fact(report, "tickets_solved_90").value == len(hours) == 20
    median = hours[(50 * len(hours) + 99) // 100 - 1]
    found = fact(report, "full_resolution_90").value
    assert abs(float(found) - median) < 0.001  # type: ignore[arg-type]


def test_demand_of_every_item_by_another_way(ask: Ask, report: Report) -> None:
    rows = ask(
        """SELECT 'i' || t.item_id, count(DISTINCT s.id), count(DISTINCT s.data ->> 'organization') FROM link l
           JOIN record s ON s.id = l.source_id JOIN record t ON t.id = l.target_id
           WHERE l.type = 'about' AND l.until IS NULL GROUP BY 1"""
    )
    assert fact(report, "demand_tickets").value == tuple(sorted((item, tickets) for item, tickets, _ in rows))
    assert fact(report, "demand_organizations").value == tuple(
        sorted((item, shops) for item, _, shops in rows)
    )


def test_the_last_complete_values_by_another_way(ask: Ask, report: Report, today: date) -> None:
    for name, result in (("activation_rate", 1), ("weekly_active_users", 2)):
        ((value,),) = ask(
            """SELECT value FROM metric_points WHERE title = :name AND complete AND until_seq IS NULL
               ORDER BY day DESC LIMIT 1""",
            name=name,
        )
        assert float(at(report, "key_result_current", f"objective {result}, key result 1")) == pytest.approx(
            value
        )


def test_what_would_have_to_go_is_just_enough(folder: Path, report: Report, today: date) -> None:
    """With so many parts fewer the target is likely, with one more of them it is not: by the forecast itself.

    On some days of the week all that is unlikely goes by its team: then nothing is said.
    """
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.reading() as db:
        projects = db.execute(text("SELECT 'i' || record_id, due_on FROM records WHERE kind = 'Project'"))
        targets = {item: date.fromisoformat(str(day)) for item, day in projects if day}
        chances, basis = (fact(report, f"roadmap_{name}").by_key for name in ("likelihood", "forecast_basis"))
        unlikely = {
            item
            for item, chance in chances.items()
            if isinstance(chance, float)
            and chance < 0.85
            and basis[item] == "its own history"
            and targets[item] > today
        }
        if not unlikely:
            assert "entry_cut" not in {one.name for one in report.facts}
            return
        cut = fact(report, "entry_cut")
        asked = {"as_of": to_text(report.as_of), **dict(cut.parameters)}
        rows = list(db.execute(text(full_sql(cut, dict(report.relations))), asked))
    days = WorkingDays(frozenset(range(5)))
    assert isinstance(cut.value, tuple)
    assert cut.value
    for entry, parts in cut.value:
        assert isinstance(parts, int)
        target = targets[entry]
        mine = [row for row in rows if row.entry == entry]
        done = [date.fromisoformat(row.done_at[:10]) for row in mine if row.stage == "done"]
        left = len(mine) - len(done)
        own = sample(done, today, Settings(working=days), known_from=min(done))
        for remaining, likely in ((left - parts, True), (left - parts + 1, False)):
            found = forecast(remaining, own, today, Settings(working=days))
            assert not isinstance(found, Refusal)
            chance = found.likelihood(target)
            assert isinstance(chance, float)
            assert (chance >= 0.85) is likely
