"""The settings of a connection to Trello."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.trello.lab import secret

from syncline.http import Redactor
from syncline_connectors.trello import Trello, TrelloConfig
from syncline_connectors.trello.config import FEEDS

MINIMAL = {"connector": "trello", "key": "env:TRELLO_KEY", "token": "env:TRELLO_TOKEN"}


def config(**keys: Any) -> TrelloConfig:
    return TrelloConfig.model_validate(MINIMAL | keys)


def test_two_secrets_are_all_that_must_be_given() -> None:
    found = config()
    assert (found.url, found.access, found.boards, found.streams) == (
        "https://api.trello.com/1",
        "read",
        None,
        FEEDS,
    )
    for name in ("key", "token"):
        with pytest.raises(ValidationError, match=name):
            TrelloConfig.model_validate({key: value for key, value in MINIMAL.items() if key != name})


def test_t02_only_static_tokens_are_taken() -> None:
    for name in ("client_id", "client_secret", "refresh_token"):
        with pytest.raises(ValidationError, match=name):
            config(**{name: "env:X"})


def test_what_comes_with_cards_needs_cards() -> None:
    with pytest.raises(ValidationError, match="come with issues"):
        config(streams=["comments"])


def test_a_zone_must_exist() -> None:
    with pytest.raises(ValidationError, match="Europe/Berlin"):
        config(time_zone="Europe/Berln")


def test_both_secrets_are_kept_out_of_everything_printed() -> None:
    auth = Trello.auth(config(key=secret("k" * 32), token=secret("ATTA" + "t" * 60)))
    redactor = Redactor(auth.secrets())
    told = redactor.redact(f"{auth.headers()['authorization']} https://x.example/?key={'k' * 32}")
    assert "kkkk" not in told
    assert "tttt" not in told
