"""The numbers of a first day and of a quiet one, and plans that are the same text for the same situation.

Changes to the engine that should break these (few were tried):
a suggestion for every title that two records share with themselves (600 pairs), `hold`
reporting what is known as news (ten runs), a record taken for dirty in every run (quiet), `sorted` taken out of
`_round` and of `document` (equal plans), `checked` and `stale` returning nothing (exact or refused).
"""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench.plan import changed, linked, seconds
from tests.sync.company import Company

from syncline.errors import ConfigError, GuardTripped
from syncline.seams import InlineTasks
from syncline.sync.planfile import document, lines
from syncline.sync.whole import apply, plan

PAIRS = 600


@pytest.fixture
def here(tmp_path: Path) -> Callable[..., Company]:
    return lambda **options: Company(tmp_path, f"sqlite:///{tmp_path / 'n.db'}", **options)


def seams(company: Company) -> dict[str, Any]:
    return {
        "registry": company.registry(),
        "clock": company.clock,
        "tasks": InlineTasks(),
        "environ": {},
    }


def planned(company: Company) -> dict[str, Any]:
    with company.store() as store:
        return document(*plan(company.config(), store, **seams(company)))


def applied(company: Company, saved: Any, *, approve: bool = False) -> Any:
    with company.store() as store:
        return apply(company.config(), store, saved, approve=approve, **seams(company))


def mirrored(company: Company, order: list[int]) -> None:
    """Pairs of which some differ in the case of their title, and some in their status."""
    for number in order:
        company.put("a", number, title=f"Piece of work {number}", status=company.status("a", number % 3))
    for number in reversed(order):
        title = f"piece of WORK  {number}" if number % 5 == 0 else f"Piece of work {number}"
        company.put("b", number, title=title, status=company.status("b", number % 2))


def test_six_hundred_pairs_on_the_first_day(here: Callable[..., Company]) -> None:
    company = here(
        fields={"title": {}, "status": {}, "priority": {}}, block={"mode": "preview", "first": "a"}
    )
    mirrored(company, list(range(PAIRS)))
    preview = company.sync()
    assert company.writes == 0
    assert preview.outcome is not None
    (shown,) = preview.outcome.plans.values()
    told = list(lines(shown))
    assert told[0].startswith(f"all (preview): {PAIRS} links, ")
    assert "updates" in told[0]
    assert sum(line.strip().startswith("link ") for line in told) == 5, "five samples of each kind"
    assert sum("…" in line and "more" in line for line in told) == 2
    assert company.rows("SELECT count(*) FROM link") == [(0,)]

    company.block["mode"] = "on"
    five = company.sync(limit=5)
    assert company.rows("SELECT count(*) FROM link") == [(5,)]
    assert company.writes <= 5
    assert five.exit_code == 0
    refused = company.sync()
    assert refused.exit_code == 5, "hundreds of updates want a word first"
    company.sync(approve=PAIRS)
    company.sync()
    assert company.rows("SELECT count(*) FROM link WHERE until IS NULL") == [(PAIRS,)]
    assert company.rows("SELECT count(*) FROM member") == [(2 * PAIRS,)]
    assert company.held() == []
    for number in range(PAIRS):
        one, other = company.issue("a", f"a{number}"), company.issue("b", f"b{number}")
        assert one["title"] == f"Piece of work {number}"
        assert " ".join(other["title"].split()).casefold() == one["title"].casefold()
        assert other["status"]["name"] == company.status("b", number % 3).name
    written = company.writes
    assert company.sync().exit_code == 0
    assert company.writes == written
    assert len(company.tools["a"].issues) == len(company.tools["b"].issues) == PAIRS


def test_ten_runs_of_cron_tell_of_a_conflict_once(here: Callable[..., Company]) -> None:
    company = here()
    for name in "ab":
        company.put(name, 1)
    company.sync()
    company.edit("a", "a1", title="said in a")
    company.edit("b", "b1", title="said in b")
    assert [company.sync().exit_code for _ in range(10)] == [3] + [0] * 9
    assert company.held() == [("title", "conflict", "changed in a and b")]
    assert company.rows("SELECT count(*) FROM held") == [(1,)]


# ---- what a run costs ------------------------------------------------------------------------------------------------


def pulled(company: Company) -> None:
    """Read only, so that what follows is planned from the database."""
    company.block["mode"] = "paused"
    company.sync()
    company.block["mode"] = "on"


def test_a_plan_costs_what_has_changed_and_not_what_there_is(tmp_path: Path) -> None:
    """The same changes among few and among many; `bench/plan.py` does so with a hundred thousand."""
    took = []
    for total in (100, 5000):
        company = linked(tmp_path, total)
        changed(tmp_path, total, 60)
        took.append(seconds(company, 60))
    assert took[1] < took[0] * 2, took


# ---- the same plan is the same text ----------------------------------------------------------------------------------


def one_plan(folder: Path, order: list[int]) -> str:
    company = Company(
        folder, f"sqlite:///{folder / 'p.db'}", names=("a", "b", "c"), block={"mode": "preview", "first": "a"}
    )
    for name in "abc":
        for number in range(12):
            company.put(
                name,
                number,
                title=f"Piece {number}",
                labels=tuple(f"{name}{letter}" for letter in "zyx"),
                status=company.status(name, (number + ord(name)) % 3),
            )
    for name in "abc":  # in whatever order the database knows them, the tools list them so
        tool = company.tools[name]
        tool.issues = {key: tool.issues[key] for key in (f"{name}{number}" for number in order)}
    company.sync()
    company.sync()
    whole = planned(company)
    return json.dumps(whole)


def test_whatever_order_things_come_in_the_plan_is_the_same(tmp_path: Path) -> None:
    found = []
    for seed in range(3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        order = list(range(12))
        random.Random(seed).shuffle(order)
        found.append(one_plan(folder, order if seed else list(range(12))))
    numbers = [
        sorted(one["label"] for block in json.loads(text)["blocks"] for one in block["links"])
        for text in found
    ]
    assert numbers[0] == numbers[1] == numbers[2]
    assert one_again(tmp_path) == one_again(tmp_path)


def one_again(folder: Path) -> str:
    company = Company(folder, f"sqlite:///{folder / '0' / 'p.db'}", names=("a", "b", "c"))
    company.block = {"mode": "preview", "first": "a"}
    return json.dumps(planned(company))


SCRIPT = """
import sys
from pathlib import Path
from tests.scenarios.test_numbers import one_plan
print(one_plan(Path(sys.argv[1]), list(range(12))))
"""


def test_the_plan_does_not_depend_on_hashes(tmp_path: Path) -> None:
    found = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(folder)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout)
    assert found[0] == found[1]


# ---- a saved plan ----------------------------------------------------------------------------------------------------


def saved_plan(here: Callable[..., Company], **options: Any) -> tuple[Company, dict[str, Any]]:
    """Three pairs in agreement, then an edit of each and one record that shall be copied."""
    company = here(
        block={
            "match": ["title"],
            "create": [
                {
                    "from": "a",
                    "to": "b",
                    "when": {"labels": ["copy"]},
                    "route": [{"container": "K"}],
                    "type": "Task",
                }
            ],
        },
        **options,
    )
    for number in range(3):
        for name in "ab":
            company.put(name, number)
    company.sync()
    for number in range(3):
        company.edit("a", f"a{number}", title=f"edited {number}", priority="high")
    company.put("a", 9, title="To be copied", labels=("copy",))
    pulled(company)
    return company, json.loads(json.dumps(planned(company)))


def test_a_saved_plan_is_applied_exactly(here: Callable[..., Company]) -> None:
    company, saved = saved_plan(here)
    counts = saved["blocks"][0]["counts"]
    assert (counts["creates"], counts["updates"]) == (1, 3)
    company.edit("b", "b1", labels=("meanwhile",))  # not read yet, and no business of the plan
    written = company.writes
    result = applied(company, saved)
    assert result.exit_code == 0
    assert company.writes - written == 4
    assert company.titles("b") == ["To be copied", "edited 0", "edited 1", "edited 2"]
    company.sync()
    settled = company.writes
    company.sync()
    assert company.writes == settled


def test_a_plan_that_was_edited_is_refused(here: Callable[..., Company]) -> None:
    company, saved = saved_plan(here)
    worse = copy.deepcopy(saved)
    worse["blocks"][0]["groups"][0]["steps"][0]["why"] = "because"
    written = company.writes
    with pytest.raises(ConfigError, match="edited"):
        applied(company, worse)
    assert company.writes == written


def test_a_plan_of_records_that_changed_since_is_refused_whole(here: Callable[..., Company]) -> None:
    company, saved = saved_plan(here)
    company.edit("b", "b1", title="somebody was faster")
    pulled(company)
    written = company.writes
    with pytest.raises(ConfigError, match="another title"):
        applied(company, saved)
    assert company.writes == written
    assert company.titles("b") == ["issue 0", "issue 2", "somebody was faster"]


def test_a_plan_is_not_applied_twice(here: Callable[..., Company]) -> None:
    company, saved = saved_plan(here)
    applied(company, saved)
    written = company.writes
    with pytest.raises(ConfigError):
        applied(company, saved)
    assert company.writes == written


def test_a_record_that_changed_in_the_tool_alone_is_not_written_over(here: Callable[..., Company]) -> None:
    """The connector compares before each write: what was edited a moment ago stays."""
    company, saved = saved_plan(here)
    company.edit("b", "b1", title="somebody was faster")
    applied(company, saved)
    assert company.issue("b", "b1")["title"] == "somebody was faster"
    assert company.issue("b", "b0")["title"] == "edited 0"
    company.sync()
    assert ("title", "conflict", "changed in a and b") in company.held()


def test_a_plan_of_other_rules_is_refused(here: Callable[..., Company]) -> None:
    company, saved = saved_plan(here)
    company.block["first"] = "b"
    written = company.writes
    with pytest.raises(ConfigError, match="rules"):
        applied(company, saved)
    assert company.writes == written


def test_guards_refuse_a_saved_plan_too(here: Callable[..., Company]) -> None:
    company, saved = saved_plan(here, guards={"updates": {"number": 2, "share": 0.0}})
    written = company.writes
    with pytest.raises(GuardTripped, match="3 updates, 2 are allowed"):
        applied(company, saved)
    assert company.writes == written
    assert applied(company, saved, approve=True).exit_code == 0
    assert company.titles("b") == ["To be copied", "edited 0", "edited 1", "edited 2"]


def test_what_happened_while_a_block_rested_is_made_up_for(here: Callable[..., Company]) -> None:
    company, _ = saved_plan(here)
    company.sync()
    assert company.titles("b") == ["To be copied", "edited 0", "edited 1", "edited 2"]


def test_guards_refuse_a_run_and_say_what_would_do_it(here: Callable[..., Company]) -> None:
    company, _ = saved_plan(here, guards={"updates": {"number": 2, "share": 0.0}})
    written = company.writes
    refused = company.sync()
    assert refused.exit_code == 5
    assert company.writes == written
    assert company.sync(approve=3).exit_code == 5, "a create and three updates are four"
    assert company.sync(approve=4).exit_code == 0
    assert company.titles("b") == ["To be copied", "edited 0", "edited 1", "edited 2"]
