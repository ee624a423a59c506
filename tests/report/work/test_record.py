"""Forecasts that were printed against what happened, and whether printed likelihoods are honest."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert
from tests.report.building import AS_OF, Database, report_of, value

from syncline.config.reporting import Roadmap
from syncline.report.formulas.forecast import Forecast, forecast
from syncline.report.formulas.sample import Settings, sample
from syncline.report.plain import line_text
from syncline.store.tables import report, report_fact, working_set

ROADMAP = Roadmap.model_validate({"items": [{"from": "eng", "type": "Epic"}]})


def printed(
    database: Database, number: int, days_back: int, facts: dict[str, Any], state: str = "final"
) -> None:
    """An earlier report with these facts."""
    at = AS_OF - timedelta(days=days_back)
    with database.engine.begin() as db:
        if number == 1:
            db.execute(insert(working_set), {"digest": "d", "relations": []})
        db.execute(
            insert(report),
            {
                "id": number,
                "kind": "status",
                "profile": "team",
                "title": "",
                "as_of": at,
                "known_seq": 1,
                "made_at": at,
            }
            | {
                "period_start": at,
                "period_end": at,
                "state": state,
                "settings": {},
                "version": "",
                "format": "html",
            }
            | {"working_set": "d", "digest": ""},
        )
        for place, (name, said) in enumerate(facts.items(), 1):
            db.execute(
                insert(report_fact),
                {
                    "report_id": number,
                    "number": place,
                    "name": name,
                    "definition": "",
                    "sql": "",
                    "parameters": {},
                }
                | {"value": said, "unit": "", "form": "day", "places": 0, "n": 1, "digest": "", "ids": []}
                | {"refused": {}},
            )


def day(back: int) -> list[str]:
    return ["day", (AS_OF.date() - timedelta(days=back)).isoformat()]


def epic(database: Database, number: str, done_back: int | None) -> str:
    moves = [] if done_back is None else [(AS_OF - timedelta(days=done_back), "In Progress", "Done")]
    status = "Done" if moves else "In Progress"
    due = AS_OF.date() - timedelta(days=10)
    item = database.issue(
        number, status, moves, type="Epic", level=1, due_on=due, created_at=AS_OF - timedelta(days=60)
    )
    database._records[-1]["data"] |= {"type": "Epic", "labels": []}
    return item


def test_it_is_silent_until_a_date_has_passed(database: Database) -> None:
    item = epic(database, "1", None)
    printed(database, 1, 20, {"roadmap_slow": {item: day(-5)}})
    found = next(one for one in report_of(database, roadmap=ROADMAP).sections if one.id == "record")
    assert found.silent == "No date of an earlier forecast has passed yet."


def test_dates_that_passed_were_kept_or_not_and_only_final_reports_count(database: Database) -> None:
    kept, late, open_still = epic(database, "1", 9), epic(database, "2", 3), epic(database, "3", None)
    dates = {"roadmap_slow": {kept: day(8), late: day(8), open_still: day(8), "i99": day(8)}}
    dates["roadmap_slowest"] = {kept: day(2), late: day(2), open_still: day(2)}
    chances = {"roadmap_likelihood": {kept: 0.9, late: 0.2}}
    printed(database, 1, 20, dates | chances)
    printed(database, 2, 19, dates, state="draft")
    made = report_of(database, roadmap=ROADMAP)
    assert (value(made, "record_kept_85"), value(made, "record_known_85")) == (1, 3)
    section = next(one for one in made.sections if one.id == "record")
    assert line_text(section.lines[0], made) == "Of the past dates of 85 %, 1 of 3 were kept."
    assert line_text(section.lines[1], made) == "Of the past dates of 95 %, 2 of 3 were kept."
    # Neither was done by the target ten days ago: (0.9² + 0.2²) / 2
    assert round(float(value(made, "record_brier")), 4) == 0.425  # type: ignore[arg-type]


def test_85_percent_dates_come_true_as_often_as_they_say_under_independent_days() -> None:
    """Four hundred made-up teams: each day finishes what a day of the past did, drawn anew."""
    settings, today = Settings(), date(2026, 11, 20)
    kept = told = 0
    for seed in range(400):
        dice = random.Random(seed)
        daily = [0, 0, 0, 1, 1, 2]
        past = [day for back in range(1, 85) for day in [today - timedelta(days=back)] * dice.choice(daily)]
        made = forecast(20, sample(past, today, settings), today, settings)
        assert isinstance(made, Forecast)
        promised = made.date_at(85)
        assert isinstance(promised, date)
        left, now = 20, today
        while left > 0:
            now += timedelta(days=1)
            left -= dice.choice(daily)
        told += 1
        kept += now <= promised
    assert 0.80 <= kept / told <= 0.92
