"""Files pass the suite, as rows of a CSV file and as Markdown files of their own."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from tests.conformance.files_bench import FilesBench, NotesBench

from syncline.testing import FAULTS, READING, Check, FaultyCheck, Verdict, name_of, run

BENCHES = [FilesBench, NotesBench]


@pytest.mark.parametrize("make", BENCHES)
@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, make: type[FilesBench], tmp_path: Path) -> None:
    check(make(tmp_path))


@pytest.mark.parametrize("make", BENCHES)
@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, make: type[FilesBench], tmp_path: Path) -> None:
    check(make(tmp_path))


def test_what_does_not_apply_is_known(tmp_path: Path) -> None:
    """Skipped is what needs credentials, children, a search or a first pull in parts, and nothing else."""
    folders = (tmp_path / str(number) for number in itertools.count())
    results = [
        result for checks in (READING, FAULTS) for result in run(checks, lambda: FilesBench(next(folders)))
    ]
    assert {result.reason for result in results if result.verdict is Verdict.FAILED} == set()
    assert {result.name for result in results if result.verdict is Verdict.SKIPPED} == {
        "lost_credentials_are_told",
        "parts_cover_everything",
        "children_come_whole",
        "credentials_lost_in_mid_walk_are_told",
        "empty_page_is_not_the_end",
        "overlapping_pages_lose_nothing",
        "repeated_page_is_told",
        "stale_search_loses_no_edit",
        "hidden_record_is_not_gone",
    }
