"""What people answer when they are asked whether they would recommend the product (M17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from syncline.report.draft import Draft
from syncline.report.facts import Given, Row
from syncline.report.formulas.refusal import Refusal
from syncline.report.formulas.surveys import Answer, Nps, nps
from syncline.report.model import Column, Figure, Line, Name, Refused, Table
from syncline.report.signal.tickets import LONG, PERIOD, Window
from syncline.report.words import tidy

UNNAMED = "(no name)"
LATELY = "ninety days"
FEW = 2
"""Surveys of which each gets a sentence."""

_ANSWERED = (
    "SELECT ref, coalesce(survey, '') AS survey, at, score, lowest, highest, respondent FROM answer"
    " WHERE at >= :{start} AND at < :{end}"
)


def surveys_lines(table: Table) -> tuple[Line, ...]:
    """The ninety days of each survey in a sentence; of many surveys only the table speaks."""
    asked = [row for row in table.rows if row[1] == (LATELY,)]
    if len(asked) > FEW:
        return ()
    return tuple(
        (
            *name,
            ": ",
            *score,
            *(() if _refused(score) else (" from ", *answers, " answers")),
            " in ninety days.",
        )
        for name, _, answers, *_, score in asked
    )


def _refused(score: Line) -> bool:
    return isinstance(score[0], Refused)


def surveys_table(draft: Draft) -> Table | None:
    """One row for each survey and stretch of time, or None where nobody was asked."""
    surveys = [
        row["survey"] for row in draft.ledger.rows("SELECT DISTINCT survey FROM answer ORDER BY survey")
    ]
    if not surveys:
        return None
    columns = (
        Column("survey", "Survey"),
        Column("stretch", "Stretch"),
        Column("answers", "Answers", numeric=True),
        Column("promoters", "Promoters", numeric=True),
        Column("detractors", "Detractors", numeric=True),
        Column("nps", "Net promoter score", numeric=True),
    )
    rows = tuple(
        row
        for window, words in ((LONG, LATELY), (PERIOD, "this period"))
        for row in _rows(draft, surveys, window, words)
    )
    return Table("surveys", "Surveys", columns, rows, folded=True)


def _rows(draft: Draft, surveys: Sequence[str | None], window: Window, words: str) -> list[tuple[Line, ...]]:
    ledger, sql = draft.ledger, window.sql(_ANSWERED)

    def series(name: str, definition: str, part: Callable[[Nps], Given], places: int = 0) -> Figure:
        return ledger.series(
            f"{name}{window.suffix}",
            f"{definition} {window.words}, by survey.",
            sql,
            "points" if places else "answers",
            lambda rows: {survey: _of(found, part) for survey, found in scored(rows).items()},
            places=places,
        )

    answers = series(
        "nps_answers", "Answers on the scale 0 to 10, the last of each person,", lambda one: one.n
    )
    up = series("nps_promoters", "Answers of 9 or 10", lambda one: one.promoters)
    down = series("nps_detractors", "Answers of 0 to 6", lambda one: one.detractors)
    points = series("nps", "Net promoter score, 100 · (promoters − detractors) ÷ answers,", _points, 1)
    margin = series("nps_margin", "Its 95 % margin", _margin, 1)
    found = {row["survey"] for row in ledger.rows(sql)}
    return [
        (
            (Name(tidy(survey, UNNAMED)),),
            (words,),
            *((Figure(one.fact, survey or ""),) for one in (answers, up, down)),
            _score(draft, Figure(points.fact, survey or ""), Figure(margin.fact, survey or "")),
        )
        for survey in surveys
        if (survey or "") in found
    ]


def _score(draft: Draft, points: Figure, margin: Figure) -> Line:
    if draft.ledger.value(points) is None:
        return (Refused(points),)
    return (points, " ± ", margin)


def scored(rows: Sequence[Row]) -> dict[str, Nps | Refusal]:
    """The score of each survey, from its answers."""
    answers: dict[str, list[Answer]] = defaultdict(list)
    for row in rows:
        answers[row["survey"]].append(
            Answer(
                datetime.fromisoformat(row["at"]),
                row["score"],
                row["respondent"],
                row["lowest"] if row["lowest"] is not None else 0,
                row["highest"] if row["highest"] is not None else 10,
            )
        )
    return {survey: nps(one) for survey, one in answers.items()}


def _of(found: Nps | Refusal, part: Callable[[Nps], Given]) -> Given:
    return found if isinstance(found, Refusal) else part(found)


def _points(found: Nps) -> Given:
    return found.score if isinstance(found.score, Refusal) else found.score.points


def _margin(found: Nps) -> Given:
    return found.score if isinstance(found.score, Refusal) else found.score.margin
