"""The plot of the demo company: the same answers on every day, and something true to say for every report."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from syncline.sim import SimClock
from syncline_connectors.demo import build_all, plot
from syncline_connectors.demo.answers import answers_of, stored, works
from syncline_connectors.demo.company import EMIL, PEOPLE
from syncline_connectors.demo.support import SECRET

EXPECTED = json.loads((files("syncline_connectors.demo") / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 23, 59, tzinfo=UTC),
        datetime(2028, 2, 29, 12, 30, tzinfo=UTC),
        datetime(2026, 11, 23, 3, 47, tzinfo=UTC),
    ],
)
def test_the_answers_are_the_same_on_every_day(now: datetime) -> None:
    assert json.loads(json.dumps(answers_of(plot(now)))) == EXPECTED


def test_another_seed_tells_another_story_of_the_same_size() -> None:
    now = SimClock().now()
    one, two = answers_of(plot(now, 0)), answers_of(plot(now, 7))
    assert one["records"] == two["records"]
    assert one["nps"] != two["nps"]


def test_every_answer_says_something() -> None:
    def empty(value: object) -> bool:
        return value in (None, [], {}, "")

    assert len(EXPECTED) >= 12
    for name, answer in EXPECTED.items():
        assert not empty(answer), name
        if isinstance(answer, dict):
            assert not any(empty(part) for part in answer.values()), name


def test_the_vendors_tell_what_is_planned() -> None:
    clock = SimClock()
    planned = plot(clock.now())
    began = time.process_time()
    sites = build_all(planned, clock)
    assert time.process_time() - began < 5
    states = {i.identifier: (i.title, i.state.name) for i in sites.linear.issues.values()}
    assert states == {need.key: (need.title, need.now) for need in planned.roadmap.needs}
    projects = {p.name: p for p in sites.linear.projects.values()}
    for entry in planned.roadmap.entries:
        assert projects[entry.title].target_date == (entry.targets[-1][1] if entry.targets else None)
        assert projects[entry.title].status.name == entry.status
    lists = {card.name: (card.list_.name, card.closed) for card in sites.trello.cards.values()}
    assert lists == {
        c.title: (c.moves[-1][1] if c.moves else c.list_, c.archived is not None) for c in planned.cards
    }
    tickets = {t.id: (t.subject, t.status in ("solved", "closed")) for t in sites.zendesk.tickets.values()}
    assert tickets == {ask.number: (ask.subject, ask.solved is not None) for ask in planned.asks}


def test_nothing_happens_before_it_can_or_after_now() -> None:
    planned = plot(SimClock().now())
    now = planned.story.now
    for need in planned.roadmap.needs:
        times = [need.created, *(at for at, _ in need.steps)]
        assert times == sorted(times), need.title
        assert times[-1] <= now, need.title
    for ask in planned.asks:
        known = [at for at in (ask.created, ask.answered, ask.solved) if at]
        assert known == sorted(known), ask.subject
        assert known[-1] + timedelta(hours=1) <= now, ask.subject
    for card in planned.cards:
        times = [card.created, *(at for at, _ in card.moves), *([card.archived] if card.archived else [])]
        assert times == sorted(times), card.title


def test_people_are_the_same_in_all_tools_by_their_mail() -> None:
    clock = SimClock()
    sites = build_all(plot(clock.now()), clock)
    mails = {person.email for person in PEOPLE}
    assert {user.email for user in sites.linear.users.values()} == mails
    assert {u.email for u in sites.zendesk.users.values() if u.staff} < mails
    assert {member.email for member in sites.trello.members.values()} < mails
    hidden = [user.email for user in sites.jira.users.values() if not user.email_visible]
    assert hidden == [PEOPLE[EMIL].email]


def test_the_ticket_that_must_not_be_stored_is_there_and_counts_nowhere() -> None:
    planned = plot(SimClock().now())
    secret = [ask for ask in planned.asks if SECRET in ask.subject]
    assert len(secret) == 1
    assert secret[0] not in stored(planned.asks)
    assert SECRET not in json.dumps(answers_of(planned))


def test_mirrored_work_is_counted_once() -> None:
    planned = plot(SimClock().now())
    all_ = works(planned)
    records = len(planned.story.plans) + len(planned.roadmap.needs) + len(planned.cards)
    assert sum(work.tools for work in all_) == records
    assert len({work.name for work in all_}) == len(all_)
