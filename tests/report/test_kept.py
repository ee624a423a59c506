"""Reports that are kept: every value as it was, differences that fit together, verification that tells the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from tests.databases import Database as Place

from syncline.config.company import FieldConfig
from syncline.config.reporting import ObjectiveConfig, Roadmap
from syncline.errors import ConfigError
from syncline.report import Report, ReportSettings, build_status, render
from syncline.report.facts import Form, Scalar, Value
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.kept import diff as differing
from syncline.report.kept.diff import Change, Point, Subject, applied, composed, diff, points, told
from syncline.report.kept.make import make
from syncline.report.kept.remembered import settings_read, settings_written
from syncline.report.kept.saved import Kept, Saved, digest_of, load, save
from syncline.report.kept.values import read, refusals_read, refusals_written, written
from syncline.report.kept.verify import Verdict, Verification, verify
from syncline.store import reports

from .building import AS_OF, company, settings

# ---- values and settings ---------------------------------------------------------------------------------------------

scalars = (
    st.none()
    | st.integers(-(10**12), 10**12)
    | st.fractions()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.text(max_size=8)
)
vectors = st.dictionaries(st.text(max_size=6), scalars, max_size=5).map(lambda d: tuple(sorted(d.items())))


@given(scalars | vectors)
def test_a_value_comes_back_as_it_was(value: Value) -> None:
    back = read(written(value))
    assert back == value
    assert type(back) is type(value)


def test_reasons_come_back_as_they_were() -> None:
    refused = (("", Refusal(Reason.TOO_FEW, "days", 3, 5)), ("a", Refusal(Reason.NO_BASELINE)))
    assert refusals_read(refusals_written(refused)) == refused


def test_settings_come_back_as_they_were() -> None:
    given = settings(
        teams={"core": ("eng:ENG", "product:COR")},
        wip={"core": 8},
        profile="exec",
        roadmap=Roadmap.model_validate(
            {"items": [{"from": "product", "kind": "project"}], "horizon": {"now": "6w", "next": "13w"}}
        ),
        objectives=(
            ObjectiveConfig.model_validate(
                {
                    "title": "Value in week one",
                    "start": date(2026, 10, 1),
                    "key_result": [{"title": "t", "metric": "m", "baseline": 31.0, "target": 40.0}],
                }
            ),
        ),
        fields={"arr": FieldConfig.model_validate({"type": "number", "unit": "EUR/year"})},
        stale_after=timedelta(hours=6),
    )
    assert settings_read(settings_written(given)) == given


def test_settings_of_another_version_are_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="another version of Syncline: it knows colour"):
        settings_read(settings_written(settings()) | {"colour": "blue"})


# ---- differences -----------------------------------------------------------------------------------------------------

subjects = st.builds(Subject, st.sampled_from(["done", "target"]), st.sampled_from(["", "i1", "i2"]))
single = st.builds(
    Point,
    value=st.integers(0, 3),
    refused=st.none(),
    form=st.just(Form.NUMBER),
    places=st.just(0),
    meaning=st.sampled_from([("Items done.", "SELECT 1", "items"), ("Items shipped.", "SELECT 2", "items")]),
)
sets = st.dictionaries(subjects, single)


@given(sets)
def test_nothing_differs_from_itself(facts: differing.Points) -> None:
    assert diff(facts, facts) == {}


@given(sets, sets)
def test_a_difference_makes_the_one_from_the_other(before: differing.Points, after: differing.Points) -> None:
    assert applied(before, diff(before, after)) == after


@given(sets, sets, sets)
def test_two_differences_are_one(
    first: differing.Points, second: differing.Points, third: differing.Points
) -> None:
    assert composed(diff(first, second), diff(second, third)) == diff(first, third)


@given(sets, sets, sets)
def test_what_happened_and_what_was_learned_is_all_there_is(
    said: differing.Points, restated: differing.Points, now: differing.Points
) -> None:
    parts = told(said, restated, now)
    names = {subject.name for subject in parts.redefined}
    rest = {subject: change for subject, change in diff(said, now).items() if subject.name not in names}
    assert composed(parts.learned, parts.happened) == rest


@given(sets, sets, sets)
def test_a_changed_configuration_is_no_business_change(
    said: differing.Points, restated: differing.Points, now: differing.Points
) -> None:
    assert told(said, restated, now, same_rules=False).learned == {}


def test_a_difference_is_applied_to_what_it_was_made_from_only() -> None:
    one = {Subject("done"): Point(1, None, Form.NUMBER, 0, ("", "", ""))}
    with pytest.raises(ValueError, match="done is not what"):
        applied({}, diff(one, {}))


def test_how_far_something_moved() -> None:
    def point(value: Scalar | None) -> Point:
        return Point(value, None, Form.NUMBER, 0, ("", "", ""))

    assert Change(point(date(2026, 11, 1)), point(date(2026, 11, 15))).size == 14
    assert Change(point(Fraction(1, 2)), point(2)).size == 1.5
    assert Change(point("on track"), point("off track")).size == 1
    assert Change(None, point(3)).size == 1


# ---- keeping ---------------------------------------------------------------------------------------------------------


def kept(report: Report, made: ReportSettings, seq: int = 1, state: str = reports.FINAL) -> Kept:
    return Kept(made, seq, "json", render(report, "json"), made.as_of, state, "reports/x.json")


@pytest.fixture
def connection() -> Iterator[Connection]:
    """The company of the report tests, in a transaction."""
    built = company()
    with built.engine.connect() as connected:
        yield connected
    built.close()


@pytest.fixture
def saved(connection: Connection) -> Saved:
    """Its report, kept."""
    made = settings()
    report = make(connection, "status", made)
    found = load(connection, save(connection, report, kept(report, made)))
    assert found is not None
    return found


def test_a_report_is_kept_whole(connection: Connection, saved: Saved) -> None:
    report = make(connection, "status", settings())
    assert saved.facts == report.facts
    assert saved.relations == report.relations
    assert saved.settings == settings()
    assert (saved.as_of, saved.known_seq, saved.state) == (AS_OF, 1, "final")
    assert diff(points(saved.facts), points(report.facts)) == {}


def test_it_is_kept_alike_in_both_databases(databases: Callable[[], Place]) -> None:
    database = databases()
    built = company()
    with built.engine.connect() as connected:
        report = build_status(connected, settings())
    built.close()
    facts = [
        *report.facts[:5],
        replace(
            report.facts[5],
            value=(("a", Fraction(1, 3)), ("b", None)),
            refused=(("b", Refusal(Reason.MISSING)),),
        ),
        replace(report.facts[6], value=date(2026, 11, 2), form=Form.DAY),
    ]
    whole = replace(report, facts=tuple(facts))
    with database.open() as store, store.writing() as db:
        number = save(db, whole, kept(report, settings()))
        again = save(db, whole, kept(report, settings(), state=reports.DRAFT))
        found = load(db, number)
        assert reports.latest(db, kind="status") == number
        assert reports.latest_made(db) == again
        assert [row["facts"] for row in reports.listed(db, 9)] == [7, 7]
    assert found is not None
    assert found.facts == whole.facts
    assert found.as_of == report.as_of
    seen = database.rows("SELECT report, fact, name, amount FROM facts WHERE report = 1 ORDER BY fact")
    assert [row[:3] for row in seen] == [(1, fact.id, fact.name) for fact in facts]
    assert seen[0][3] == report.facts[0].value
    assert database.rows("SELECT count(*) FROM working_set") == [(1,)]


# ---- verifying -------------------------------------------------------------------------------------------------------


def checked(connection: Connection, saved: Saved) -> Verification:
    return verify(connection, saved, lambda report: render(report, "json"), digest_of)


def test_what_nothing_happened_to_is_the_same_to_the_byte(connection: Connection, saved: Saved) -> None:
    found = checked(connection, saved)
    assert found.count(Verdict.SAME) == len(saved.facts)
    assert (found.page, found.differs) == (Verdict.SAME, False)


def later(connection: Connection) -> None:
    connection.execute(text("INSERT INTO ingest (seq, run_id, at) VALUES (2, 1, '2026-11-20T15:00:00.000Z')"))


def test_what_was_learned_later_is_left_out(connection: Connection, saved: Saved) -> None:
    """A new record and a late event, both of the report's time: its snapshot does not know them."""
    later(connection)
    columns = [row[1] for row in connection.execute(text("PRAGMA table_info(record)"))]
    copied = ", ".join(
        {"id": "9001", "item_id": "9001", "remote_id": "'new'", "first_seq": "2", "seq": "2"}.get(name, name)
        for name in columns
    )
    done = "SELECT item FROM items WHERE status_category = 'done' LIMIT 1"
    connection.execute(text(f"INSERT INTO record SELECT {copied} FROM record WHERE 'i' || id = ({done})"))
    found = checked(connection, saved)
    assert found.count(Verdict.WRONG) == 0
    stale = {one.fact.name for one in found.checked if one.verdict is Verdict.CHANGED}
    assert stale <= {"records", "known_seq"}


def test_what_changed_since_is_told_apart_from_what_is_wrong(connection: Connection, saved: Saved) -> None:
    later(connection)
    item = saved.fact("in_progress")
    assert item is not None
    number = item.ids[0][1:]
    connection.execute(text(f"UPDATE record SET status_category = 'done', seq = 2 WHERE id = {number}"))
    found = {one.fact.name: one for one in checked(connection, saved).checked}
    assert found["in_progress"].verdict is Verdict.CHANGED
    assert found["in_progress"].why == "1 of its records changed since"
    assert found["created"].verdict is Verdict.SAME


def test_a_number_that_was_tampered_with_is_wrong(connection: Connection, saved: Saved) -> None:
    connection.execute(text("UPDATE report_fact SET n = n + 1 WHERE name = 'done'"))
    connection.execute(text("UPDATE report_fact SET value = '999' WHERE name = 'created'"))
    connection.execute(text("UPDATE report SET digest = 'x'"))
    spoilt = load(connection, saved.id)
    assert spoilt is not None
    found = checked(connection, spoilt)
    wrong = {one.fact.name: one.why for one in found.checked if one.verdict is Verdict.WRONG}
    assert set(wrong) == {"done", "created"}
    assert wrong["created"] == "its value is another now"
    assert (found.page, found.page_why) == (Verdict.WRONG, "facts on it differ")


def test_a_record_changed_without_an_ingest_is_wrong(connection: Connection, saved: Saved) -> None:
    item = saved.fact("in_progress")
    assert item is not None
    connection.execute(text(f"UPDATE record SET status_category = 'done' WHERE id = {item.ids[0][1:]}"))
    found = {one.fact.name: one for one in checked(connection, saved).checked}
    assert found["in_progress"].verdict is Verdict.WRONG
