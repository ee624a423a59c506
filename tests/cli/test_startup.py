"""What a command loads: counted, so that a slow start shows here on any machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import TOKEN, Place

PROGRAM = """
import dataclasses, json, os, sys
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
made = []
process = dataclasses._process_class
def counted(cls, *rest, **named):
    made.append(cls.__module__)
    return process(cls, *rest, **named)
dataclasses._process_class = counted
from syncline_cli.app import run
code = run(sys.argv[1:])
import pydantic
models, left = [], [pydantic.BaseModel]
while left:
    below = left.pop().__subclasses__()
    models += below
    left += below
ours = [one for one in set(models) if one.__module__.startswith("syncline")]
print(json.dumps({
    "code": code,
    "modules": sorted(sys.modules),
    "models": sorted(f"{one.__module__}.{one.__name__}" for one in ours),
    "built": sorted(one.__name__ for one in ours if one.__pydantic_complete__),
    "dataclasses": sorted(name for name in made if name.startswith("syncline")),
}), file=sys.stderr)
"""

NEVER = {
    *(
        "rich",
        "jinja2",
        "alembic",
        "marklas",
        "markdown_it",
        "bs4",
        "jsonschema",
        "sqlalchemy.orm",
        "httpx._main",
    ),
    *("syncline.report", "syncline.sim", "syncline.testing", "syncline.canary", "syncline.store.upgrade"),
    *(
        "syncline.config.catalogue",
        "syncline.config.company",
        "syncline.config.reporting",
        "syncline.config.sync",
    ),
    *(
        "syncline_connectors.jira.simulator",
        "syncline_connectors.jira.writing",
        "syncline_connectors.jira.encode",
    ),
}
"""Libraries and parts of ours that neither ``status`` nor a pull with nothing to do has a use for."""
ONLY_TO_ASK = {"httpx", "httpcore", "tenacity", "h11", "syncline.http.client", "syncline.sync.pull"}
"""What only a command that asks a vendor needs."""

MODULES, MODELS, DATACLASSES = 95, 25, 52
"""Of ours, for a pull with nothing to do. Raise one only for something that such a pull needs: each costs a start."""

Loaded = dict[str, Any]


def loaded(folder: Path, *arguments: str) -> Loaded:
    """What one call of the program had in memory when it ended."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env=os.environ | {"JIRA_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=True,
    )
    found: Loaded = json.loads(done.stderr.splitlines()[-1])
    assert found.pop("code") == 0, done.stderr
    return found


@pytest.fixture
def pulled(place: Place) -> Path:
    """A folder whose database is up to date."""
    assert place.run("-q", "pull").code == 0
    return place.folder


def test_status_loads_no_client_and_no_model_of_a_section_it_lacks(company: Path) -> None:
    found = loaded(company, "-q", "status")
    assert (NEVER | ONLY_TO_ASK) & set(found["modules"]) == set()
    sections = {name for name in found["models"] if name.startswith("syncline.config")}
    assert len(sections) <= 7, sections


def test_a_pull_with_nothing_to_do_loads_only_what_it_needs(pulled: Path) -> None:
    found = loaded(pulled, "-q", "pull")
    assert NEVER & set(found["modules"]) == set()
    assert set(found["modules"]) >= ONLY_TO_ASK
    ours = [name for name in found["modules"] if name.startswith("syncline")]
    assert len(ours) <= MODULES, ours
    assert len(found["models"]) <= MODELS, found["models"]
    assert len(found["dataclasses"]) <= DATACLASSES, found["dataclasses"]


def test_only_the_models_that_are_used_are_built(company: Path) -> None:
    found = loaded(company, "-q", "status")
    assert {name for name in found["built"] if name.endswith("Config")} == {"Config", "JiraConfig"}


def test_a_helper_loads_no_database_and_no_command_line() -> None:
    script = (
        "import json, sys\nfrom syncline.sync.helper import main\nimport syncline_connectors.jira\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stdout))
    assert {"sqlalchemy", "click", "syncline.store.tables", "syncline.sync.pull"} & modules == set()
    assert modules >= {"httpx", "sqlite3", "syncline.store.readings"}


def test_what_was_loaded_is_not_searched_for_cycles_at_the_end() -> None:
    program = """
import atexit, gc, sys
from syncline_cli import main
atexit.register(lambda: print(len(gc.get_objects()), gc.get_freeze_count(), file=sys.stderr))
sys.argv = ["syncline", "version-of-what"]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    left, frozen = map(int, done.stderr.split()[-2:])
    assert done.returncode == 2
    assert frozen > 50 * left
