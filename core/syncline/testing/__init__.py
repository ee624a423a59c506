"""Conformance: what every connector must do, as plain functions that a connector author runs against a tool.

`READING` wants a `Bench`: a tool that the checks may edit, and connectors to it. `FAULTS` wants a `FaultyBench`, which
can let requests fail, and `WRITING` a `WritingBench`, which knows what the tool truly holds. `MARKING` is for tools
whose charts are marked, and wants a `MarkingBench`. With pytest:

    @pytest.mark.parametrize("check", WRITING, ids=name_of)
    def test_writing(check):
        check(MyBench())

Without it, `run` gives a `Result` for each check.
"""

from __future__ import annotations

from syncline.testing.bench import (
    Bench,
    Check,
    FaultyBench,
    FaultyCheck,
    MarkingBench,
    MarkingCheck,
    Quirk,
    ShowsBacklinks,
    Skipped,
    Workflow,
    WritingBench,
    WritingCheck,
    name_of,
)
from syncline.testing.faults import FAULTS
from syncline.testing.marking import MARKING
from syncline.testing.reading import READING
from syncline.testing.running import Result, Verdict, rule_of, run
from syncline.testing.writing import WRITING

__all__ = [
    "FAULTS",
    "MARKING",
    "READING",
    "WRITING",
    "Bench",
    "Check",
    "FaultyBench",
    "FaultyCheck",
    "MarkingBench",
    "MarkingCheck",
    "Quirk",
    "Result",
    "ShowsBacklinks",
    "Skipped",
    "Verdict",
    "Workflow",
    "WritingBench",
    "WritingCheck",
    "name_of",
    "rule_of",
    "run",
]
