"""Blocks in which many records point at one."""

from __future__ import annotations

from pathlib import Path

from tests.sync.company import Company


def test_several_that_point_at_one_are_all_linked_and_nobody_is_asked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'many.db'}"
    company = Company(tmp_path, url, fields={}, block={"link": "about", "match": ["title"]})
    for number in (1, 2, 3):
        company.put("a", number, title="Voucher is taken twice")
    company.put("b", 1, title="Voucher is taken twice")
    company.sync()
    links = company.rows("SELECT type FROM link")
    assert links == [("about",)] * 3
    assert company.held() == []


def test_one_that_points_at_two_is_asked_about_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'two.db'}"
    company = Company(tmp_path, url, fields={}, block={"link": "about", "match": ["title"]})
    company.put("a", 1, title="Voucher is taken twice")
    for number in (1, 2):
        company.put("b", number, title="Voucher is taken twice")
    company.sync()
    assert company.rows("SELECT type FROM link") == []
    assert [(field, kind) for field, kind, _ in company.held()] == [("link", "conflict")]
