"""What ships is marked in Amplitude: once, also where an answer was lost or a process died, and never by the hundred.

Changes to the engine that should break these (tried): `Known.keys` and `Known.markers` emptied, `_recover` emptied,
`_in_time` true, `_note_there` emptied, `ours` by its label alone, `remove` without comparing, `tripped` returning
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.lab import Side, Strike, World, is_write
from tests.scenarios.sides import CANARY, JiraSide

from syncline.errors import ConfigError, GuardTripped, LockHeld
from syncline.seams import Stop
from syncline.sim.app import SimRequest
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault
from syncline.store.lock import lock
from syncline.sync.marking import document as mark_document
from syncline.sync.planfile import document as plan_document
from syncline.sync.undo import lines, steps
from syncline.sync.whole import Wish, plan, plan_marks, undo
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

TODAY, DAY = date(2026, 3, 2), 86400.0
"""The simulated day, Monday; the clock starts at 9:00 UTC."""


class AmplitudeSide(Side):
    """A project whose charts people look at in Berlin."""

    connector = "amplitude"
    origin = "https://amplitude.com"

    def __init__(self, name: str, clock: SimClock) -> None:
        super().__init__(name, AmplitudeSimulator(clock, calm=True), clock)
        self.secrets = {"AMPLITUDE_KEY": f"{CANARY}-key", "AMPLITUDE_SECRET": f"{CANARY}-secret"}
        self.site.add_key(*self.secrets.values())
        self.site.add_category("Releases")
        self.site.add_cohort("Everybody", 5)

    def _own(self) -> dict[str, Any]:
        keys = {"key": "env:AMPLITUDE_KEY", "secret": "env:AMPLITUDE_SECRET"}
        return keys | {"region": "us", "timezone": "Europe/Berlin", "streams": ["annotations"]}

    def labels(self) -> list[str]:
        """What stands in the charts, in the order in which it was made."""
        return [one.label for one in self.site.annotations.values()]


class FilesSide(Side):
    """A file of deployments."""

    connector = "files"
    origin = "nowhere:"

    def __init__(self, folder: Path, clock: SimClock) -> None:
        super().__init__("ci", AmplitudeSimulator(clock, calm=True), clock)  # nobody asks it
        self.file = folder / "deploys.csv"
        self.more = {"access": "read", "deploys": "deploys.csv"}
        self.write()

    def _own(self) -> dict[str, Any]:
        return {}

    def write(self, *rows: str) -> None:
        """``service,environment,version,at,result`` each."""
        self.file.write_text("\n".join(["service,environment,version,at,result", *rows]) + "\n", "utf-8")


@dataclass
class Marked(World):
    """A world whose only block marks."""

    rule: dict[str, Any] = field(default_factory=dict)
    more: tuple[dict[str, Any], ...] = ()

    def document(self) -> dict[str, Any]:
        found = super().document()
        found["sync"] = []
        usual = {
            "name": "releases",
            "from": [side.name for side in self.sides[1:]],
            "to": "usage",
            "mode": "on",
        }
        found["mark"] = [usual | self.rule, *self.more]
        return found

    def plan(self, **wish: Any) -> dict[str, Any]:
        config, seams = self.config(), self.seams()
        blocks = plan(config, self.store(), Wish(**wish), **seams)
        seams.pop("people")
        marks = plan_marks(config, self.store(), Wish(**wish), **seams)
        return plan_document(*blocks, [mark_document(one) for one in marks])

    def undo(self, run: int) -> tuple[list[str], list[str]]:
        self.clock.sleep(60)
        _, told = undo(self.config(), self.store(), run, **self.seams())
        return told.done, told.left

    def last_run(self) -> int:
        return int(self.rows("SELECT max(id) FROM run")[0][0])


@dataclass
class Company:
    world: Marked
    usage: AmplitudeSide
    eng: JiraSide
    ci: FilesSide

    def release(self, name: str, day: date | None = TODAY, *, released: bool = True) -> Any:
        return self.eng.site.add_version(
            self.eng.project, name, released=released, release=day and day.isoformat()
        )

    def seen(self, exit_code: int = 0, **wish: Any) -> list[str]:
        """A run, and what stands in the charts behind it."""
        result = self.world.sync(**wish)
        assert result.exit_code == exit_code, (result.problems, result.outcome and result.outcome.news)
        return self.usage.labels()


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def here(tmp_path: Path, clock: SimClock) -> Iterator[Callable[..., Company]]:
    """Jira and a file of deployments; a first run has switched marking on."""
    worlds: list[Marked] = []

    def make(*, begin: bool = True, **options: Any) -> Company:
        usage, eng, ci = AmplitudeSide("usage", clock), JiraSide("eng", clock), FilesSide(tmp_path, clock)
        eng.more = {"access": "read", "streams": ["issues", "versions"]}
        world = Marked(tmp_path, (usage, eng, ci), clock, hub={"census": "10m"}, **options)
        worlds.append(world)
        company = Company(world, usage, eng, ci)
        if begin:
            assert company.seen() == []
        return company

    yield make
    for world in worlds:
        world.close()


HERE = Callable[..., Company]


def makes(request: SimRequest) -> bool:
    return request.method == "POST"


def lists(request: SimRequest) -> bool:
    return request.method == "GET" and request.path == "/api/3/annotations"


# ---- what is marked ------------------------------------------------------------------------------------------------


def test_what_ships_is_marked_once_on_its_day_in_the_zone_of_the_charts(here: HERE) -> None:
    company = here(rule={"category": "Releases"})
    company.release("2.4")
    assert company.seen() == ["2.4"]
    (made,) = company.usage.site.annotations.values()
    assert (made.start, made.details) == ("2026-03-02T00:00:00+01:00", "Shipped in eng.")
    assert company.usage.site.categories[made.category] == "Releases"
    for _ in range(3):
        assert company.seen() == ["2.4"]
    assert company.world.writes == 1
    assert company.world.held() == company.world.open_intents() == []


def test_a_run_says_what_it_marked(here: HERE) -> None:
    company = here()
    company.release("2.4")
    outcome = company.world.sync().outcome
    assert outcome is not None
    assert outcome.created == 1
    (written,) = outcome.written
    assert (written["block"], written["kind"], written["field"], written["state"]) == (
        "releases",
        "mark",
        "usage",
        "done",
    )
    assert company.world.rows("SELECT title FROM record WHERE kind = 'Annotation'") == [("2.4",)]


def test_only_what_is_out_and_shipped_since_marking_began(here: HERE, clock: SimClock) -> None:
    company = here(begin=False)
    company.release("long ago", TODAY - timedelta(days=30))
    company.release("yesterday", TODAY - timedelta(days=1))
    assert company.seen() == []
    company.release("not out", released=False)
    company.release("without a day", None)
    company.release("tomorrow", TODAY + timedelta(days=1))
    company.release("backdated", TODAY - timedelta(days=1))
    company.release("today")
    assert company.seen() == ["today"]
    assert company.seen(after=DAY) == ["today", "tomorrow"]


def test_a_connection_that_joins_later_is_marked_from_then_on(here: HERE, clock: SimClock) -> None:
    company = here(rule={"from": ["eng"]})
    company.ci.write("shop,production,1,2026-03-02T09:30:00Z,ok")
    assert company.seen(after=DAY) == []
    company.world.rule = {"from": ["eng", "ci"]}
    assert company.seen() == []
    company.ci.write(f"shop,production,2,{clock.now().isoformat()},ok")
    assert company.seen() == ["shop 2"]


def test_deployments_into_production_that_did_not_fail_are_marked_at_their_moment(here: HERE) -> None:
    company = here()
    rows = ("shop,production,1,2026-03-02T09:20:00Z,ok", "shop,staging,2,2026-03-02T09:20:00Z,ok")
    more = ("shop,production,3,2026-03-02T09:20:00Z,failed", "shop,,4,2026-03-02T09:21:00Z,")
    company.ci.write(*rows, *more, "shop,Production,5,2026-03-02T08:00:00Z,ok")
    assert company.seen() == ["shop 1", "shop 4"]
    assert next(iter(company.usage.site.annotations.values())).start == "2026-03-02T10:20:00+01:00"


def test_two_of_one_name_on_one_day_are_one_mark(here: HERE) -> None:
    company = here(rule={"label": "{connection} {title}"})
    company.release("2.4")
    company.release("2.4 ")
    assert company.seen() == ["eng 2.4"]
    company.release("2.4", TODAY + timedelta(days=1))
    assert company.seen(after=DAY) == ["eng 2.4", "eng 2.4"]


def test_what_is_renamed_or_moved_behind_its_mark_keeps_it(here: HERE) -> None:
    company = here()
    version = company.release("2.4")
    company.seen()
    version.name, version.release = "2.5", (TODAY + timedelta(days=1)).isoformat()
    assert company.seen(after=2 * DAY) == ["2.4"]
    version.released = False
    assert company.seen() == ["2.4"]


# ---- off, previews, guards -----------------------------------------------------------------------------------------


def test_a_preview_shows_and_writes_nothing(here: HERE) -> None:
    company = here(rule={"mode": "preview"})
    company.usage.more["access"] = "read"
    company.release("2.4")
    result = company.world.sync()
    assert result.outcome is not None
    assert [mark.label for mark in result.outcome.marks["releases"].marks] == ["2.4"]
    assert company.usage.labels() == []
    assert {request.method for request in company.usage.front.sent} == {"GET"}
    assert not any(is_write(request) for side in company.world.sides for request in side.front.sent)
    assert company.world.rows("SELECT key FROM meta WHERE key LIKE 'mark:%'") == []


@pytest.mark.parametrize("how", ["paused", "other"])
def test_what_was_not_asked_for_rests(here: HERE, how: str) -> None:
    company = here(more=({"name": "other", "from": ["ci"], "to": "usage"},), rule={"from": ["eng"]})
    company.release("2.4")
    company.world.rule["mode"] = "paused" if how == "paused" else "on"
    assert company.seen(only=frozenset({"other"}) if how == "other" else frozenset()) == []


def test_a_plan_asks_nothing_and_is_applied_exactly(here: HERE) -> None:
    company = here()
    company.world.rule["mode"] = "preview"
    company.release("2.4")
    assert company.seen() == []
    before = company.world.requests()
    saved = company.world.plan()
    assert company.world.requests() == before
    assert [one["label"] for one in saved["marks"][0]["marks"]] == ["2.4"]
    assert company.world.apply(saved).exit_code == 0
    assert company.usage.labels() == ["2.4"]
    with pytest.raises(ConfigError, match="not due"):
        company.world.apply(saved)
    assert company.usage.labels() == ["2.4"]


def test_a_plan_of_other_rules_is_refused(here: HERE) -> None:
    company = here()
    saved = company.world.plan()
    company.world.rule["label"] = "v{title}"
    with pytest.raises(ConfigError, match="changed"):
        company.world.apply(saved)


def test_a_flood_is_refused_until_somebody_approves(here: HERE) -> None:
    company = here(guards={"creates": {"number": 2, "share": 0.0}})
    for number in range(3):
        company.release(f"1.{number}")
    assert company.seen(exit_code=5) == []
    assert company.seen(exit_code=5, approve=2) == []
    saved = company.world.plan()
    with pytest.raises(GuardTripped):
        company.world.apply(saved)
    assert company.seen(limit=2) == ["1.0", "1.1"]
    assert company.seen() == ["1.0", "1.1", "1.2"]


def test_a_run_that_shall_end_begins_no_other_mark(here: HERE, monkeypatch: pytest.MonkeyPatch) -> None:
    company = here()
    for number in range(3):
        company.release(f"1.{number}")
    stop = Stop()
    company.usage.front.after = lambda request, answer: stop.ask("SIGTERM") if makes(request) else None
    seams = company.world.seams()
    monkeypatch.setattr(company.world, "seams", lambda: seams | {"stop": stop})
    assert company.seen(exit_code=4) == ["1.0"]
    monkeypatch.undo()
    company.usage.front.after = lambda request, answer: None
    assert company.seen() == ["1.0", "1.1", "1.2"]


# ---- never twice ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["intent.written", "operation.sent", "operation.stored"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a09_killed_at_any_step_there_is_one_mark_each(here: HERE, point: str, nth: int) -> None:
    company = here()
    company.release("2.4")
    company.release("2.5")
    assert company.world.killed(point, nth)
    for _ in range(3):
        company.seen()
    assert sorted(company.usage.labels()) == ["2.4", "2.5"]
    assert company.world.open_intents() == []


LOST = [Fault.TIMEOUT_AFTER, Fault.TIMEOUT_BEFORE, Fault.DROP_AFTER, Fault.SERVER_ERROR, Fault.BAD_GATEWAY]
NONSENSE = [Fault.LOGIN_PAGE, Fault.TRUNCATED_JSON, Fault.EMPTY_BODY]


@pytest.mark.parametrize("fault", [*LOST, *NONSENSE])
@pytest.mark.parametrize("lag", [0.0, 500.0])
def test_a09_a_lost_answer_is_looked_for_and_never_repeated(here: HERE, fault: Fault, lag: float) -> None:
    company = here()
    company.usage.site.set_quirks(listed_after=lag)
    company.release("2.4")
    company.usage.front.strikes = [Strike(makes, fault)]
    result = company.world.sync()
    posts = [request for request in company.usage.front.sent if makes(request)]
    assert len(posts) == 1
    assert result.outcome is not None
    assert result.outcome.in_doubt == 1
    for after in (60.0, 120.0, 900.0, 900.0):
        company.world.sync(after=after)
    assert company.usage.labels() == ["2.4"]
    assert company.world.open_intents() == []
    run = company.world.rows("SELECT max(run_id) FROM operation WHERE kind = 'mark' AND state = 'done'")[0][0]
    done, left = company.world.undo(int(run))
    assert (len(done), left, company.usage.labels()) == (1, [], [])


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "Pacific/Chatham"])
def test_a_tool_that_counts_in_hours_of_utc_is_found_again(here: HERE, zone: str) -> None:
    company = here()
    company.usage.more["timezone"] = zone
    company.usage.site.set_quirks(whole_hours=True)
    company.release("2.4")
    company.usage.front.strikes = [Strike(makes, Fault.TIMEOUT_AFTER)]
    for _ in range(3):
        company.seen(after=DAY / 2)
    assert company.usage.labels() == ["2.4"]
    assert company.world.open_intents() == []


def test_a_list_that_lags_behind_what_was_answered_makes_no_second_mark(here: HERE) -> None:
    company = here()
    company.usage.site.set_quirks(listed_after=3600.0)
    company.release("2.4")
    for _ in range(3):
        company.seen(after=300.0)
    assert company.usage.labels() == ["2.4"]
    assert company.world.writes == 1


def test_being_told_to_wait_is_waited_out(here: HERE, clock: SimClock) -> None:
    company = here()
    company.release("2.4")
    company.usage.front.strikes = [Strike(makes, Fault.RATE_LIMIT_BARE)]
    before = clock.now()
    assert company.seen() == ["2.4"]
    assert clock.now() - before >= timedelta(seconds=900 + 60)


def test_where_the_list_cannot_be_had_nothing_is_made(here: HERE) -> None:
    company = here()
    company.release("2.4")
    company.usage.front.strikes = [Strike(lists, Fault.SERVER_ERROR, times=99, skip=2)]
    assert company.seen(exit_code=4) == []
    company.usage.front.strikes = []
    assert company.seen() == ["2.4"]


@pytest.mark.parametrize("pulled", [True, False])
def test_a_mark_that_somebody_made_by_hand_counts_as_ours(here: HERE, pulled: bool) -> None:
    company = here()
    if not pulled:
        company.usage.more["streams"] = ["cohorts"]
    own = company.usage.site.annotate("  2.4", datetime(2026, 3, 2, 15, tzinfo=UTC))
    company.release("2.4")
    assert company.seen() == ["  2.4"]
    assert company.world.writes == 0
    assert company.world.undo(company.world.last_run()) == ([], [])
    company.usage.site.annotate("outage", datetime(2026, 3, 2, 8, tzinfo=UTC))
    company.usage.site.remove_annotation(own)
    assert company.seen(after=DAY) == company.seen() == ["outage"]


def test_what_somebody_made_while_ours_was_in_doubt_is_not_ours_to_take_back(here: HERE) -> None:
    company = here()
    company.release("2.4")
    company.usage.front.strikes = [Strike(makes, Fault.TIMEOUT_BEFORE)]
    assert company.seen() == []
    company.usage.site.annotate("2.4", datetime(2026, 3, 2, 15, tzinfo=UTC), details="by hand")
    assert company.seen() == ["2.4"]
    assert company.world.open_intents() == []
    for run in range(1, company.world.last_run() + 1):
        assert company.world.undo(run) == ([], [])
    assert company.seen() == ["2.4"]


def test_what_somebody_deletes_is_not_made_again(here: HERE) -> None:
    company = here()
    company.release("2.4")
    company.seen()
    (made,) = company.usage.site.annotations.values()
    company.usage.site.annotate("outage", datetime(2026, 3, 2, 8, tzinfo=UTC))
    company.seen()
    company.usage.site.remove_annotation(made)
    for _ in range(3):
        assert company.seen(after=DAY) == ["outage"]
    company.release("2.4")
    assert company.seen() == ["outage"]


def test_another_database_finds_what_the_first_one_made(here: HERE, tmp_path: Path) -> None:
    company = here()
    company.release("2.4")
    assert company.seen() == ["2.4"]
    company.world.close()
    company.world.url = f"sqlite:///{tmp_path / 'another.db'}"
    assert company.seen() == company.seen() == ["2.4"]
    assert company.world.writes == 1


def test_a_second_process_waits_for_the_first(here: HERE) -> None:
    company = here()
    company.release("2.4")
    with lock(company.world.store(), company.world.clock.now()), pytest.raises(LockHeld):
        company.world.sync()
    assert company.usage.labels() == []
    assert company.seen() == ["2.4"]


# ---- what cannot be marked -----------------------------------------------------------------------------------------


def test_a_category_that_is_not_there_is_told_once_and_tried_again_when_the_rule_changes(here: HERE) -> None:
    company = here(rule={"category": "none such"})
    company.release("2.4")
    assert company.seen(exit_code=3) == []
    assert company.seen() == []
    assert sum(makes(request) for request in company.usage.front.sent) == 1
    ((name, kind, reason),) = company.world.held()
    assert (name, kind) == ("mark in usage", "blocked")
    assert 'no annotation category "none such"' in reason
    company.world.rule["category"] = "Releases"
    assert company.seen() == ["2.4"]
    assert company.world.held() == []


def test_keys_that_may_not_write_are_told_once_for_each_mark(here: HERE) -> None:
    company = here()
    refused = Strike(makes, _answer(403), times=99)
    company.usage.front.strikes = [refused]
    company.release("2.4")
    assert company.seen(exit_code=3) == []
    assert company.seen() == []
    refused.times = 0
    assert company.seen(after=DAY) == ["2.4"]


def _answer(status: int) -> Any:
    from syncline_connectors.amplitude.simulator import Refusal

    return Refusal(status, "Forbidden").response()


# ---- taking it back ------------------------------------------------------------------------------------------------


def test_undo_takes_away_what_the_run_made_and_nothing_else_and_it_stays_away(here: HERE) -> None:
    company = here()
    company.release("2.3")
    company.seen()
    company.usage.site.annotate("outage", datetime(2026, 3, 2, 8, tzinfo=UTC))
    company.release("2.4")
    company.seen()
    run = company.world.last_run()
    with company.world.store().reading() as db:
        assert list(lines(steps(db, run))) == ["2.4 of usage: mark taken away"]
    done, left = company.world.undo(run)
    assert (done, left) == (["2.4 of usage, the mark"], [])
    assert company.usage.labels() == ["2.3", "outage"]
    for _ in range(2):
        assert company.seen(after=DAY) == ["2.3", "outage"]


def test_a_census_does_not_miss_the_only_mark_that_was_taken_back(here: HERE) -> None:
    company = here()
    company.release("2.4")
    company.seen()
    run = company.world.last_run()
    assert company.seen() == ["2.4"]
    assert company.world.undo(run) == (["2.4 of usage, the mark"], [])
    assert company.world.rows("SELECT absent FROM record WHERE kind = 'Annotation'") == [("gone",)]
    assert company.seen(after=DAY) == []
    assert company.world.undo(run)[0] == []


@pytest.mark.parametrize("when", ["pulled", "not pulled"])
def test_undo_leaves_what_somebody_changed_or_deleted(here: HERE, when: str) -> None:
    company = here()
    for name in ("2.4", "2.5"):
        company.release(name)
    company.seen()
    run = company.world.last_run()
    changed, deleted = company.usage.site.annotations.values()
    changed.details = "with the new basket"
    company.usage.site.remove_annotation(deleted)
    if when == "pulled":
        company.seen(after=DAY)
    done, left = company.world.undo(run)
    assert done == []
    assert sorted(line.partition(": ")[2] for line in left) == [
        "it is not there any more",
        "somebody changed it since",
    ]
    assert company.usage.labels() == ["2.4"]


def test_an_undo_whose_answer_was_lost_has_deleted_once(here: HERE) -> None:
    company = here()
    company.release("2.4")
    company.seen()
    company.usage.front.strikes = [Strike(lambda request: request.method == "DELETE", Fault.TIMEOUT_AFTER)]
    done, left = company.world.undo(company.world.last_run())
    assert (len(done), left, company.usage.labels()) == (1, [], [])


# ---- the configuration ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"from": ["engg"]}, 'no connection is named "engg"; did you mean "eng"?'),
        ({"to": "use"}, 'no connection is named "use"; did you mean "usage"?'),
        ({"to": "eng"}, "eng (jira) takes no marks"),
        ({"from": ["usage"]}, "usage (amplitude) tells of neither releases nor deployments"),
        ({"name": "twice"}, "is the name of another block, too"),
        ({"name": "other"}, "eng is marked in usage by another block, too"),
    ],
)
def test_a_block_that_makes_no_sense_is_one_clear_line(here: HERE, rule: dict[str, Any], told: str) -> None:
    company = here(begin=False, more=({"name": "twice", "from": "eng", "to": "usage"},))
    company.world.rule = {"from": ["ci"]} | rule if rule != {"name": "other"} else {"from": ["eng"]}
    assert told in _problems(company)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"access": "read"}, '"on" needs access = "write" in [connections.usage]'),
        ({"timezone": None}, "timezone is needed"),
    ],
)
def test_a_connection_that_cannot_be_marked_is_one_clear_line(here: HERE, keys: Any, told: str) -> None:
    company = here(begin=False)
    company.usage.more = dict(keys)
    assert told in _problems(company)


def _problems(company: Company) -> str:
    from syncline.config.loading import parse
    from syncline.registry import Registry

    _, problems = parse(company.world.document(), company.world.folder, Registry())
    return "\n".join(str(problem) for problem in problems)
