"""Addresses that people copy, and the records they lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sync.company import Company

from syncline.model import Attachment, Text, TextFormat


def made(tmp_path: Path, address: str, *, attached: bool) -> list[str]:
    """The links after somebody put an address of b's issue 1 on a's, of whose neighbour nothing is said."""
    company = Company(
        tmp_path,
        f"sqlite:///{tmp_path / 'addresses.db'}",
        fields={},
        block={"match": ["native" if attached else "url"]},
    )
    for number in (1, 2):
        company.put("b", number)
    body = Text(format=TextFormat.MARKDOWN, source=f"See {address}.")
    company.put("a", 1, **({} if attached else {"body": body}))
    if attached:
        company.tools["a"].put(Attachment(remote_id="f1", subject="a1", title="Its other side", url=address))
    company.sync()
    rows = company.rows(
        "SELECT s.remote_id, t.remote_id FROM link l JOIN record s ON s.id = l.source_id "
        "JOIN record t ON t.id = l.target_id"
    )
    return [" ".join(sorted(row)) for row in rows]


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize(
    "more", ["", "/", "/words-of-its-title", "?comment=7", "#reply", "/words?comment=7#reply"]
)
def test_an_address_leads_to_its_record_however_it_was_copied(
    tmp_path: Path, more: str, attached: bool
) -> None:
    assert made(tmp_path, f"https://b.example/1{more}", attached=attached) == ["a1 b1"]


@pytest.mark.parametrize("address", ["https://b.example/12", "https://b.example/", "https://b.example/1/2/3"])
def test_another_address_leads_nowhere(tmp_path: Path, address: str) -> None:
    assert made(tmp_path, address, attached=True) == []


def test_a_link_that_was_taken_away_joins_nobody(company: Callable[..., Company]) -> None:
    here = company(block={"match": ["native"], "mode": "preview"}, fields={"title": {}})
    here.put("b", 1, title="one")
    here.put("a", 1, title="another")
    here.tools["a"].put(Attachment(remote_id="a-link", subject="a1", title="Look", url="https://b.example/1"))
    here.sync()
    assert here.rows("SELECT count(*) FROM record WHERE kind = 'Attachment'") == [(1,)]
    here.tools["a"].delete("a-link")
    here.sync()
    here.block["mode"] = "on"
    here.sync()
    assert here.rows("SELECT count(*) FROM link") == [(0,)]
    here.tools["a"].put(
        Attachment(remote_id="a-link-2", subject="a1", title="Look", url="https://b.example/1")
    )
    here.sync()
    assert here.rows("SELECT count(*) FROM link") == [(1,)]
