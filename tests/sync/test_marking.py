"""Which marks are due, for any releases and deployments: never one twice, never an old or a future one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import example, given
from hypothesis import strategies as st

from syncline.config.marks import Mark as Rule
from syncline.sync.marking import (
    Known,
    Mark,
    MarkPlan,
    Shipped,
    Shown,
    document,
    due,
    fingerprint,
    key_of,
    lines,
    start_of,
)

ZONES = st.sampled_from(sorted(name for name in available_timezones() if "/" in name)).map(ZoneInfo)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
MOMENTS = st.datetimes(datetime(2026, 2, 25), datetime(2026, 3, 9), timezones=st.just(UTC))  # noqa: DTZ001
TITLES = st.sampled_from(["2.4", " 2.4", "2.5", "Web 2.4", "web  2.4"])
NOW, BEGAN = datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC)
SINCE = {"eng": BEGAN, "ci": BEGAN + timedelta(days=1)}
RULE = Rule.model_validate({"name": "releases", "from": ["eng", "ci"], "to": "usage"})
BERLIN = ZoneInfo("Europe/Berlin")


@st.composite
def shipped(draw: st.DrawFn) -> list[Shipped]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        connection = draw(st.sampled_from(["eng", "ci", "unknown"]))
        at = draw(st.none() | MOMENTS)
        day = None if at else draw(st.dates(date(2026, 2, 27), date(2026, 3, 8)))
        found.append(Shipped(number, f"s:Release:{number}", connection, draw(TITLES), None, day, at))
    return found


def marks(found: list[Shipped], zone: ZoneInfo = BERLIN, known: Known | None = None) -> list[Mark]:
    return due(RULE, "us-1", found, since=SINCE, now=NOW, zone=zone, known=known or Known())


@given(DAYS, ZONES)
@example(date(2025, 4, 25), ZoneInfo("Africa/Cairo"))
@example(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))
def test_a_release_begins_on_its_own_day_also_where_midnight_is_left_out(day: date, zone: ZoneInfo) -> None:
    start = start_of(Shipped(1, "r", "eng", "2.4", day=day), zone)
    assert datetime.fromisoformat(start.isoformat()).astimezone(zone).date() == day


@given(shipped(), ZONES)
def test_no_mark_is_early_late_or_there_twice(found: list[Shipped], zone: ZoneInfo) -> None:
    made = marks(found, zone)
    assert len({mark.key for mark in made}) == len(made) == len({mark.marker for mark in made})
    assert [mark.at for mark in made] == sorted(mark.at for mark in made)
    by_number = {one.number: one for one in found}
    for mark in made:
        one = by_number[mark.source]
        assert mark.connection in SINCE
        if one.at is not None:
            assert SINCE[mark.connection] <= one.at == mark.at <= NOW
        else:
            assert one.day == mark.day
            assert SINCE[mark.connection].astimezone(zone).date() <= mark.day <= NOW.astimezone(zone).date()


@given(shipped(), st.randoms())
def test_the_order_in_which_they_are_known_does_not_matter(found: list[Shipped], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert marks(shuffled) == marks(found)


@given(shipped())
def test_everything_that_shipped_in_time_is_marked_by_one(found: list[Shipped]) -> None:
    keys = {mark.key for mark in marks(found)}
    for one in found:
        alone = marks([one])
        assert {mark.key for mark in alone} <= keys


@given(shipped(), shipped())
def test_what_was_marked_is_never_due_again(found: list[Shipped], later: list[Shipped]) -> None:
    made = marks(found)
    known = Known(frozenset(mark.marker for mark in made), frozenset(mark.key for mark in made))
    assert marks(found, known=known) == []
    again = marks([*found, *later], known=known)
    assert not {mark.marker for mark in again} & known.markers
    assert not {mark.key for mark in again} & known.keys


@given(shipped())
def test_a_rename_does_not_make_another_mark(found: list[Shipped]) -> None:
    made = marks(found)
    known = Known(frozenset(mark.marker for mark in made), frozenset(mark.key for mark in made))
    renamed = [
        Shipped(one.number, one.ref, one.connection, f"{one.title} again", None, one.day, one.at)
        for one in found
        if one.number in {mark.source for mark in made}
    ]
    assert marks(renamed, known=known) == []


@given(shipped())
def test_a_mark_survives_json(found: list[Shipped]) -> None:
    for mark in marks(found):
        again = Mark.of_json(json.loads(json.dumps(mark.as_json())))
        assert again == mark
        assert again.as_json() == mark.as_json()
        assert again.draft.at.isoformat() == mark.at.isoformat()


def test_two_labels_are_one_whatever_their_case_and_spaces() -> None:
    assert key_of(" Web  2.4\n", date(2026, 3, 2)) == key_of("web 2.4", date(2026, 3, 2))
    assert key_of("2.4", date(2026, 3, 2)) != key_of("2.4", date(2026, 3, 3))


@given(shipped(), ZONES, st.timedeltas(timedelta(), timedelta(minutes=59)))
def test_a_mark_is_known_also_where_it_stands_a_little_earlier(
    found: list[Shipped], zone: ZoneInfo, cut: timedelta
) -> None:
    for mark in marks(found, zone):
        there = Shown("1", f" {mark.label.upper()}", (mark.at.astimezone(UTC) - cut))
        assert there.same_as(mark, zone)
        assert not Shown("1", f"{mark.label}!", mark.at).same_as(mark, zone)
        assert not Shown("1", mark.label, mark.at.astimezone(UTC) + timedelta(days=1, hours=2)).same_as(
            mark, zone
        )


def test_a_mark_of_another_account_is_another_one() -> None:
    one = Shipped(1, "s:Release:1", "eng", "2.4", "https://jira.example.com/1", day=NOW.date())
    (here,) = marks([one])
    (there,) = due(RULE, "eu-1", [one], since=SINCE, now=NOW, zone=BERLIN, known=Known())
    assert here.marker != there.marker
    assert here.details == "Shipped in eng. https://jira.example.com/1"


def test_a_plan_is_told_in_words() -> None:
    found = [Shipped(n, f"s:Release:{n}", "eng", f"1.{n}", day=NOW.date()) for n in range(12)]
    plan = MarkPlan(RULE, marks(found)[:11], left=[(marks(found)[11], "no")])
    told = list(lines(plan))
    assert told[0] == "releases (preview): 11 marks"
    assert told[1] == "  mark “1.0” in usage on 2026-03-05, shipped in eng"
    assert told[-2:] == ["  … and 1 more", "  blocked “1.11”: no"]
    assert list(lines(MarkPlan(RULE))) == ["releases (preview): nothing to do"]
    assert document(plan)["fingerprint"] == fingerprint(RULE)
    assert plan.counts.creates == 11
