"""Conformance: what every connector must do, as plain functions that a connector author runs against a tool.

Give `READING` a `Bench`: a tool that the checks may edit, and connectors to it. With pytest:

    @pytest.mark.parametrize("check", READING, ids=name_of)
    def test_conformance(check):
        check(MyBench())
"""

from __future__ import annotations

from syncline.testing.bench import (
    Bench,
    Check,
    FaultyBench,
    Quirk,
    Skipped,
    Workflow,
    WritingBench,
    WritingCheck,
    name_of,
)
from syncline.testing.reading import READING

__all__ = [
    "READING",
    "Bench",
    "Check",
    "FaultyBench",
    "Quirk",
    "Skipped",
    "Workflow",
    "WritingBench",
    "WritingCheck",
    "name_of",
]
