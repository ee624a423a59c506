"""What holds of all formulas: pure, explained, and the same on every machine."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.report import formulas
from syncline.report.formulas.exact import exact, ratio, rounded

FOLDER = Path(str(formulas.__file__)).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
PURE = {
    "__future__",
    "ast",
    "collections",
    "collections.abc",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",  # what was worked out is remembered, which changes no result
    "itertools",
    "math",
    "operator",
    "re",
    "typing",
}
"""Of the standard library; no clock, no chance, no file, no process."""


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_its_neighbours_and_pure_parts_of_the_standard_library(module: str) -> None:
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    strange = {name for name in imported(tree) if not name.startswith(formulas.__name__ + ".")} - PURE
    assert not strange
    clocks = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & {
        "now",
        "today",
        "utcnow",
    }
    assert not clocks - {"today"}  # a field of that name
    calls = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "eval", "exec", "compile", "print", "hash", "id"}


def functions(module: str) -> Iterator[tuple[str, FunctionType]]:
    space = vars(import_module(f"{formulas.__name__}.{module}"))
    for name, one in space.items():
        if (
            isinstance(one, FunctionType)
            and one.__module__.endswith(f".{module}")
            and not name.startswith("_")
        ):
            yield name, one


@pytest.mark.parametrize("module", MODULES)
def test_every_function_says_which_definition_it_is(module: str) -> None:
    for name, one in functions(module):
        text = inspect.getdoc(one) or ""
        tools = name in {"expression"} or module == "days"
        assert tools or re.search(r"\bM\d+", text), f"{module}.{name}"


def test_the_table_in_front_names_every_module_and_definition() -> None:
    front = formulas.__doc__ or ""
    shared = {"exact", "refusal", "days"}
    assert set(re.findall(r"`(\w+)`", front)) - {"Refusal"} >= set(MODULES) - shared
    numbers = {int(number) for number in re.findall(r"\bM(\d+)", front)}
    assert numbers == set(range(1, 26)) - {4}


def test_nothing_heavy_is_loaded() -> None:
    """Apart from what the package around them loads."""
    code = (
        "import sys, importlib, pathlib, types\n"
        f"sys.modules['syncline.report'] = types.ModuleType('syncline.report')\n"
        f"sys.modules['syncline.report'].__path__ = [{str(FOLDER.parent)!r}]\n"
        f"[importlib.import_module('syncline.report.formulas.' + name) for name in {MODULES!r}]\n"
        "print(sorted({'sqlalchemy', 'pydantic', 'httpx', 'jinja2', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SCRIPT = """
from fractions import Fraction
from datetime import date, datetime, timedelta, UTC
from syncline.report.formulas import cumulative, forecast, health, sample, scores, stages, support
at = lambda day: datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=day)
moves = [stages.Move(at(n), stage) for n, stage in enumerate([*stages.Stage, stages.Stage.DOING])]
paths = [cumulative.Path(name, moves) for name in ("b", "a", "c")]
print(cumulative.cumulative_flow(paths, date(2026, 3, 2), date(2026, 3, 12), UTC))
history = [date(2026, 11, 22) - timedelta(days=n * n % 80) for n in range(40)]
how = sample.Settings()
team = sample.sample(history, date(2026, 11, 23), how)
print(forecast.forecast(9, team, date(2026, 11, 23), how, Fraction(1, 3)))
print(scores.rice_ranking({name: scores.RiceInputs(5, 1, 80, n) for n, name in enumerate("cab")}))
print(support.demand([support.About("i", t, at(0), t) for t in "zyx"], at(0), at(1)))
print(health.roll_up([(state, False) for state in health.State]))
"""


def test_the_same_under_any_hash_seed_and_zone() -> None:
    seen = set()
    for seed, zone in (("0", "UTC"), ("1", "Pacific/Auckland"), ("4242", "America/New_York")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=env
        )
        seen.add(done.stdout)
    assert len(seen) == 1


# ---- exact numbers -----------------------------------------------------------------------------------------


def test_what_a_tool_sends_as_a_decimal_stays_one() -> None:
    assert exact(0.1) == exact(Decimal("0.1")) == Fraction(1, 10)
    assert exact(1e-7) == Fraction(1, 10**7)
    assert [exact(value) for value in (None, float("inf"), float("nan"), Decimal("NaN"))] == [None] * 4
    assert ratio(1, 3) == Fraction(1, 3)
    assert ratio(1, 0) is ratio(None, 1) is ratio(1, float("nan")) is None


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.5, 0, "1"),
        (-0.5, 0, "-1"),
        (1.005, 2, "1.01"),
        (Fraction(2, 3), 1, "0.7"),
        (89.95, 1, "90.0"),
        (4, 2, "4.00"),
    ],
)
def test_rounding_is_of_the_decimal_halves_away_from_nought(value: float, places: int, text: str) -> None:
    assert str(rounded(value, places)) == text


@given(st.fractions(-1000, 1000), st.integers(0, 6))
def test_rounding_is_never_further_than_half_a_step(value: Fraction, places: int) -> None:
    assert abs(Fraction(rounded(value, places)) - value) <= Fraction(1, 2 * 10**places)
