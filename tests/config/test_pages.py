"""The pages that people read are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import syncline.connector
from syncline.config import ConnectionConfig, load
from syncline.config.catalogue import keys_of
from syncline.registry import Registry

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "configuration.md", DOCS / "connector-protocol.md"]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_settings_shown_are_valid(tmp_path: Path) -> None:
    statuses, fields = blocks(PAGES[0], "toml")
    connection = '[connections.eng]\nconnector = "jira"\nurl = "https://acme.example"\ntoken = "env:T"\n'
    for number, text in enumerate((connection + statuses, fields + connection)):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        load(path)


def test_the_model_shown_works() -> None:
    (source,) = [text for text in blocks(PAGES[1], "python") if "class AcmeConfig" in text]
    space: dict[str, type[ConnectionConfig]] = {}
    exec(compile(source, PAGES[1].name, "exec", dont_inherit=True), space)  # noqa: S102 (our own page)
    config = space["AcmeConfig"].model_validate({"connector": "acme", "token": "env:ACME_TOKEN"})
    assert config.url == "https://api.acme.example"


def test_every_protocol_of_a_connector_is_listed() -> None:
    text = PAGES[1].read_text(encoding="utf-8")
    protocols = [
        name
        for name, value in vars(syncline.connector).items()
        if getattr(value, "_is_runtime_protocol", False) and value.__module__ == "syncline.connector"
    ]
    assert len(protocols) >= 5
    assert [name for name in protocols if f"`{name}`" not in text] == []


def test_every_built_in_connector_documents_its_keys() -> None:
    assert {key.name for key in keys_of(Registry().get("jira").Config)} >= {
        "url",
        "user",
        "token",
        "projects",
    }
