"""Texts of the real payloads, where the data folder is present."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))


def _issues(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["fields"]


@pytest.fixture(scope="session")
def wiki_texts() -> list[str]:
    """Descriptions and comments in wiki markup, every twentieth by length, and the ten longest."""
    folder = SHARED / "data" / "jira" / "tidev"
    if not folder.is_dir():
        pytest.skip("the data folder with real Jira issues is not present")
    texts: list[str] = []
    for path in sorted(folder.glob("*.issues.jsonl.gz")):
        for fields in _issues(path):
            comments = (fields.get("comment") or {}).get("comments", ())
            texts += [
                text for text in (fields.get("description"), *(c.get("body") for c in comments)) if text
            ]
    texts.sort(key=lambda text: (len(text), text))
    return texts[::20] + texts[-10:]


def _documents(node: object) -> Iterator[dict[str, Any]]:
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, dict) and node.get("type") == "doc":
            yield node
        elif isinstance(node, (dict, list)):
            stack += node.values() if isinstance(node, dict) else node


@pytest.fixture(scope="session")
def adf_documents() -> list[dict[str, Any]]:
    """Every ADF document in the recorded exchanges with Jira Cloud."""
    folder = SHARED / "data" / "jira" / "nango-cloud"
    if not folder.is_dir():
        pytest.skip("the data folder with recorded Jira Cloud exchanges is not present")
    return [
        document
        for path in sorted(folder.glob("*.json"))
        for document in _documents(json.loads(path.read_text(encoding="utf-8")))
    ]
