"""What is tested is what is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import distribution, entry_points
from pathlib import Path

import pytest

PACKAGES = ("syncline", "syncline_connectors", "syncline_cli")


@pytest.mark.parametrize("name", PACKAGES)
def test_package_comes_from_the_wheel_under_test(name: str) -> None:
    prefix = os.environ.get("SYNCLINE_EXPECT_PREFIX")
    if prefix is None:
        pytest.skip("only tests/run_against_wheel.py installs the wheel")
    assert Path(import_module(name).__path__[0]).is_relative_to(prefix)


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_typed(name: str) -> None:
    assert (Path(import_module(name).__path__[0]) / "py.typed").is_file()


def test_report_templates_are_installed() -> None:
    assert list((Path(import_module("syncline.report").__path__[0]) / "templates").glob("*.html*"))


def test_distribution_declares_the_script_and_the_connector() -> None:
    own = distribution("syncline")
    assert {(point.name, point.value) for point in own.entry_points if point.group == "console_scripts"} == {
        ("syncline", "syncline_cli:main")
    }
    assert "jira" in entry_points(group="syncline.connectors").names


def test_importing_the_packages_imports_nothing_heavy() -> None:
    code = (
        "import sys, syncline, syncline_cli, syncline_connectors\n"
        "print(sorted({'pydantic', 'sqlalchemy', 'httpx', 'jinja2', 'rich', 'alembic', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
