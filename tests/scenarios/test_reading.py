"""S20–S23, S27, S29, S32: what vendors do to whoever reads and writes them, and that nothing is lost or told by it.

Changes to the engine that should break these (few were tried):
the mark taken from our clock (S21), a short page taken for the last one (S22), a write
retried for ever (S23), links put anew in every run (S27), an older version taken for an edit (S29), an error printed
with its address (S32).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.scenarios.conftest import Pair
from tests.scenarios.lab import Strike, World, is_write
from tests.scenarios.sides import CANARY

from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault

PAIR = Callable[..., Pair]


def linked(pair: PAIR, count: int, **options: Any) -> tuple[World, Any, Any, list[str], list[str]]:
    world, eng, product = pair(**options)
    ours = [eng.put(f"piece {number}") for number in range(count)]
    theirs = [product.put(f"piece {number}") for number in range(count)]
    world.sync()
    assert world.links() == count
    return world, eng, product, ours, theirs


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
def test_s20_the_account_may_live_in_any_zone(pair: PAIR, zone: str) -> None:
    """Every change is seen in that run or the next, also that of an issue that is edited again and again."""
    world, eng, product, ours, theirs = linked(pair, 3, block={"backlink": False})
    eng.robot.time_zone = zone
    for turn in range(4):
        eng.edit(ours[0], title=f"edited {turn}")
        eng.edit(ours[1 + turn % 2], labels=[f"l{turn}"])
        world.clock.sleep(59)
        world.sync(after=1)
        assert product.show(theirs[0])["title"] == f"edited {turn}"
        assert product.show(theirs[1 + turn % 2])["labels"] == [f"l{turn}"]


class Wrong:
    """Our clock, which goes wrong by so many hours."""

    def __init__(self, right: SimClock, hours: float) -> None:
        self._right, self._off = right, timedelta(hours=hours)

    def now(self) -> datetime:
        return self._right.now() + self._off

    def monotonic(self) -> float:
        return self._right.monotonic()

    def sleep(self, seconds: float) -> None:
        self._right.sleep(seconds)


@pytest.mark.parametrize("hours", [-6, 6])
def test_s21_our_clock_may_be_wrong(pair: PAIR, hours: int) -> None:
    """Marks are the vendor's times; a change that lands while we read is seen then or in the next run."""
    world, eng, product = pair(block={"backlink": False})
    ours, theirs = eng.put("piece"), product.put("piece")
    world.our_clock = Wrong(world.clock, hours)
    world.sync()
    for turn in range(3):

        def late(request: Any, answer: Any, turn: int = turn) -> None:
            if request.path.endswith("/search/jql"):
                eng.edit(ours, title=f"late {turn}")

        eng.front.after = late
        world.sync()
        eng.front.after = lambda request, answer: None
        world.sync()
        assert product.show(theirs)["title"] == f"late {turn}"
        product.edit(theirs, priority=("High", "Low", "Urgent")[turn])
        world.sync()
        assert eng.show(ours)["priority"] == ("High", "Low", "Highest")[turn]


def test_s22_pages_that_shift_and_caps_lose_and_double_nothing(pair: PAIR) -> None:
    """Both vendors at their worst: small pages, empty ones, wrong ends, people at work between two pages."""
    from syncline_connectors.jira.simulator import Quirks as JiraQuirks
    from syncline_connectors.linear.simulator import Quirks as LinearQuirks

    jira = {"calm": False, "quirks": JiraQuirks(page_cap=(5, 9)), "bot_budget": 5}
    linear = {"calm": False, "quirks": LinearQuirks(page_cap=(5, 9))}
    world, eng, product = pair(jira=jira, linear=linear, block={"backlink": False}, fields={"labels": {}})
    for number in range(60):
        eng.put(f"piece {number}")
        product.put(f"piece {number}")
    for _ in range(2):
        world.sync()
    eng.site.be_calm()
    product.site.be_calm()
    world.clock.sleep(25 * 3600)
    world.sync(full=True)
    assert world.rows(
        "SELECT count(*), count(DISTINCT remote_id) FROM record WHERE kind = 'Issue' AND absent IS NULL"
    ) == [(len(eng.ids()) + len(product.ids()),) * 2]
    titles = [{side.show(one)["title"] for one in side.ids()} for side in (eng, product)]
    assert world.links() >= len(titles[0] & titles[1])
    assert world.open_intents() == []


@pytest.mark.parametrize("fault", [Fault.RATE_LIMIT_HUGE, Fault.RATE_LIMIT_BARE, Fault.RATE_LIMIT_SECONDS])
def test_s23_a_vendor_that_has_had_enough_is_left_alone_and_resumed(pair: PAIR, fault: Fault) -> None:
    world, eng, product, ours, theirs = linked(pair, 8, block={"backlink": False})
    for number, one in enumerate(theirs):
        product.edit(one, title=f"renamed {number}")
    strike = Strike(is_write, fault, times=1000, skip=3)
    eng.front.strikes = [strike]
    asked = len(eng.front.sent)
    result = world.sync()
    assert result.exit_code == 4
    done = sum(eng.show(one)["title"].startswith("renamed") for one in ours)
    assert done == 3, "what was done stays done"
    assert len(eng.front.sent) - asked < 40, "no doomed calls for the other five"
    eng.front.strikes = []
    world.clock.sleep(7200)
    world.quiet()
    assert [eng.show(one)["title"] for one in ours] == [f"renamed {number}" for number in range(8)]
    assert world.held() == []


def test_s27_links_are_put_once(pair: PAIR) -> None:
    """By the tools' own link objects, which then are no news to either side."""
    world, eng, product, ours, theirs = linked(pair, 2)
    world.quiet()
    written = world.writes
    for _ in range(3):
        world.sync(full=True)
    assert world.writes == written
    for one, other in zip(ours, theirs, strict=True):
        links = eng.issue(one).remote_links
        assert [link.content["object"]["url"] for link in links] == [
            product.issue(other).url.rpartition("/")[0]
        ]
        mine = [file for file in product.site.attachments.values() if file.issue.id == other]
        assert [file.url for file in mine] == [f"{eng.origin}/browse/{eng.issue(one).key}"]


def test_s29_a_search_that_is_behind_brings_nothing_old_back(pair: PAIR) -> None:
    """Jira's index shows for minutes what was before our own write, and before people's."""
    world, eng, product, ours, theirs = linked(pair, 2, block={"backlink": False})
    eng.site.set_quirks(lag=(0.0, 240.0))
    for turn in range(6):
        product.edit(theirs[0], title=f"from linear {turn}")
        eng.edit(ours[1], title=f"from jira {turn}")
        world.sync(after=60, settle=False)
        assert product.show(theirs[0])["title"] == f"from linear {turn}"
    for _ in range(3):
        world.sync(after=300, settle=False)
    assert eng.show(ours[0])["title"] == product.show(theirs[0])["title"] == "from linear 5"
    assert product.show(theirs[1])["title"] == eng.show(ours[1])["title"] == "from jira 5"
    assert world.held() == []


def test_s32_no_secret_leaves_the_configuration(pair: PAIR) -> None:
    """Neither into the database nor into plans, errors or what is told."""
    world, eng, product, _, theirs = linked(pair, 2)
    told = []
    for fault in (Fault.LOGIN_PAGE, Fault.BAD_GATEWAY, Fault.DROP_BEFORE, Fault.TRUNCATED_JSON):
        product.edit(theirs[0], title=f"renamed {fault.name}")
        eng.front.strikes = [Strike(lambda request: True, fault, times=40, skip=2)]
        product.front.strikes = [Strike(is_write, fault, times=3)]
        result = world.sync()
        told.append(str([str(problem.error) for problem in result.problems]) + str(result.outcome))
        told.append(str(world.plan()))
        eng.front.strikes, product.front.strikes = [], []
    world.sync()
    assert not [one for one in told if CANARY in one]
    world.close()
    for file in world.folder.iterdir():
        if file.is_file():
            data = file.read_bytes()
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            assert CANARY.encode() not in data, file


def test_a_quiet_run_asks_once_for_each_stream_and_writes_nothing(pair: PAIR) -> None:
    world, eng, product, _, _ = linked(pair, 30)
    world.quiet()
    for _ in range(3):
        written, asked = world.writes, (len(eng.front.sent), len(product.front.sent))
        result = world.sync()
        assert result.exit_code == 0
        assert world.writes == written
        for side, before in zip((eng, product), asked, strict=True):
            streams = len(result.connections[side.name])
            assert len(side.front.sent) - before <= streams, [one.path for one in side.front.sent[before:]]
