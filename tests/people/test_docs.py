"""The page shows what works."""

from __future__ import annotations

import re
from pathlib import Path

from tests.people.test_program import CREW, fill

from syncline.people import read
from syncline.store import open_store

PAGE = (Path(__file__).parents[2] / "docs/people.md").read_text(encoding="utf-8")


def shown(language: str) -> str:
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0])


def test_the_list_shown_is_read_without_a_mistake() -> None:
    found = read("people.csv", shown("csv"), ["eng", "product", "design"], ["core"])
    assert found.mistakes == ()
    assert [(one.person, len(one.cells)) for one in found.entries] == [("Ada Example", 2), ("Ben Example", 3)]


def test_the_query_shown_works(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'syncline.db'}", create=True) as store:
        fill(store, CREW)
        with store.reading() as db:
            assert db.exec_driver_sql(shown("sql").strip().rstrip(";")).all() == [("Wren Example", 1)]
