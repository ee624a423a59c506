"""``pull`` and ``sync``: what is printed of a result, whoever produced it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncline.errors import AuthError, ConfigError
from syncline.sync.result import Counts, Problem, PullResult

from .conftest import Ran

Call = Callable[..., Ran]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the pull by one that notes what it was asked and returns a partial result."""
    seen: dict[str, Any] = {}

    def pull(*_: object, **given: Any) -> PullResult:
        seen.update(given)
        return PullResult(
            7,
            {
                "eng": {
                    "issues": Counts(read=3, created=2, unchanged=1, requests=2, complete=True),
                    "boards": Counts(),
                }
            },
            [Problem("eng", "boards", AuthError("boards need another scope", hint="add read:board"))],
        )

    monkeypatch.setattr("syncline.sync.pull.pull", pull)
    return seen


def test_pull_json_has_exactly_the_published_shape(call: Call, home: Path, asked: dict[str, Any]) -> None:
    ran = call(home, "pull", "--json", "--full", "eng")
    assert (asked["names"], asked["full"], asked["command"]) == (("eng",), True, "pull")
    assert ran.code == 4
    assert ran.document == {
        "connections": {
            "eng": {
                "issues": {
                    "read": 3,
                    "created": 2,
                    "updated": 0,
                    "unchanged": 1,
                    "removed": 0,
                    "quarantined": 0,
                    "requests": 2,
                    "complete": True,
                },
                "boards": dict.fromkeys(
                    ("read", "created", "updated", "unchanged", "removed", "quarantined", "requests"), 0
                )
                | {"complete": False},
            }
        },
        "run": 7,
        "problems": [
            {
                "connection": "eng",
                "stream": "boards",
                "error": "boards need another scope — add read:board",
                "exit_code": 4,
            }
        ],
        "stopped": None,
        "exit_code": 4,
    }


def test_sync_json_adds_what_writing_will_tell(call: Call, company: Path, asked: dict[str, Any]) -> None:
    document = call(company, "sync", "--json").document
    assert (asked["command"], asked["names"]) == ("sync", ())
    assert {name: document[name] for name in ("operations", "conflicts", "blocked", "run", "exit_code")} == {
        "operations": [],
        "conflicts": [],
        "blocked": [],
        "run": 7,
        "exit_code": 4,
    }


def test_people_get_one_line_a_stream_and_then_the_problems(
    call: Call, company: Path, asked: dict[str, Any]
) -> None:
    ran = call(company, "sync")
    assert ran.out.splitlines() == ["eng/issues  3 read, 2 created (2 requests)"]
    assert ran.err == "syncline: eng/boards: boards need another scope — add read:board\n"


def test_cron_hears_only_of_problems(call: Call, company: Path, asked: dict[str, Any]) -> None:
    ran = call(company, "-q", "sync")
    assert ran.out == ""
    assert ran.err.count("\n") == 1


def test_pull_may_create_the_database_and_sync_may_not(call: Call, home: Path, asked: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        call(home, "sync")
    call(home, "pull")
    assert (home / "syncline.db").stat().st_mode & 0o777 == 0o600
