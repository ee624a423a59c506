"""The keys of a Zendesk connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncline.config.loading import parse
from syncline.registry import Registry
from syncline_connectors.zendesk import Zendesk, ZendeskConfig

USUAL = {"connector": "zendesk", "url": "https://acme.zendesk.com", "token": "env:ZENDESK_TOKEN"}
FIELDS = {
    "eng_status": {"type": "text"},
    "arr": {"type": "number"},
    "area": {"type": "choice", "values": ["core", "web"]},
}


def loaded(**keys: Any) -> tuple[Any, list[str]]:
    """The connection, and what is said against it."""
    tables = {"hub": {}, "fields": FIELDS, "connections": {"support": USUAL | keys}}
    config, problems = parse(tables, Path(), Registry({"zendesk": Zendesk}, found=()))
    return config and config.connections.get("support"), [str(problem) for problem in problems]


def test_the_example_of_the_documentation_is_read() -> None:
    connection, problems = loaded(
        user="syncline@acme.example",
        access="write",
        customer_visible=False,
        groups=["Tier 1", "Tier 2"],
        exclude={"labels": ["hr", "legal", "security-report"]},
        keep={"comments": "all", "requester": "organization"},
        fields={"eng_status": 360012345678, "arr": {"organization": "arr_eur"}},
    )
    assert not problems
    assert isinstance(connection, ZendeskConfig)
    assert connection.fields["eng_status"].field == "360012345678"
    assert connection.fields["arr"].organization == "arr_eur"


def test_left_out_it_keeps_little_and_reaches_nobody() -> None:
    connection, _ = loaded()
    assert (connection.access, connection.customer_visible) == ("read", False)
    assert (connection.keep.comments, connection.keep.requester) == ("all", "organization")


@pytest.mark.parametrize(
    "copy",
    [
        {"organization": "arr_eur", "field": "ARR"},
        {},
        {"values": {"core": ["a"]}},
        {"organisation": "arr_eur"},
        True,
    ],
)
def test_a_field_is_in_one_place(copy: Any) -> None:
    _, problems = loaded(fields={"arr": copy})
    assert problems


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"keep": {"comments": "some"}}, "keep"),
        ({"keep": {"requesters": "none"}}, "requester"),
        ({"exclude": {"tags": ["hr"]}}, "labels"),
        ({"exclude": {"labels": []}}, "labels"),
        ({"groups": []}, "groups"),
        ({"groups": "Tier 1"}, "groups"),
        ({"streams": ["comments"]}, "tickets"),
        ({"streams": ["issues"]}, "streams"),
        ({"url": "http://acme.zendesk.com"}, "https"),
        ({"fields": {"nobody": "Severity"}}, "nobody"),
        ({"fields": {"area": {"field": "Area", "values": {"mobile": ["x"]}}}}, "mobile"),
    ],
)
def test_mistakes_are_told(keys: dict[str, Any], words: str) -> None:
    _, problems = loaded(**keys)
    assert any(words in problem for problem in problems), problems


def test_a_change_of_what_is_kept_is_a_new_selection() -> None:
    from tests.zendesk.world import Lab

    lab = Lab(Path())
    selections = {
        next(one for one in lab.connect(**keys).streams() if one.name == "tickets").selection
        for keys in (
            {},
            {"groups": ["Support"]},
            {"exclude": {"labels": ["hr"]}},
            {"keep": {"comments": "none"}},
            {"keep": {"requester": "full"}},
            {"streams": ["tickets"]},
        )
    }
    assert len(selections) == 6
