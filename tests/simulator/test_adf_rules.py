"""Which rich texts the simulated site takes, and in what form it keeps them."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from typing import Any

import marklas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.schema import SHARED

from syncline_connectors.jira.simulator.adf import stored, valid
from syncline_connectors.jira.simulator.changes import plain_text

RECORDED = SHARED / "data" / "jira"


def doc(*content: Any) -> Any:
    return {"type": "doc", "version": 1, "content": list(content)}


def node(kind: str, *content: Any, **attrs: Any) -> Any:
    made: dict[str, Any] = {"type": kind, "content": list(content)}
    return {**made, "attrs": attrs} if attrs else made


def text(words: str, *marks: str) -> Any:
    made: dict[str, Any] = {"type": "text", "text": words}
    return {**made, "marks": [{"type": mark} for mark in marks]} if marks else made


def paragraph(words: str = "x") -> Any:
    return node("paragraph", text(words))


def leaf(kind: str, **attrs: Any) -> Any:
    return {"type": kind, "attrs": attrs}


LINK = {"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {"href": "https://example.com"}}]}
GOOD = [
    doc(),
    doc(paragraph()),
    doc(node("paragraph")),
    doc(node("heading", text("x", "strong", "em"), level=6)),
    doc(
        node("bulletList", node("listItem", paragraph(), node("orderedList", node("listItem", paragraph()))))
    ),
    doc(node("taskList", node("taskItem", text("x"), localId="1", state="TODO"), localId="2")),
    doc(node("panel", node("heading", text("x"), level=1), panelType="info")),
    doc(node("blockquote", node("bulletList", node("listItem", paragraph())))),
    doc(
        node(
            "table",
            node("tableRow", node("tableHeader", paragraph()), node("tableCell", paragraph(), colspan=2)),
        )
    ),
    doc(node("expand", node("nestedExpand", paragraph(), title="b"), title="a")),
    doc(node("codeBlock", text("x"), language="python"), {"type": "rule"}),
    doc(
        node(
            "paragraph",
            text("x", "code"),
            LINK,
            leaf("mention", id="1"),
            leaf("inlineCard", url="https://example.com"),
        )
    ),
    doc(
        node(
            "paragraph",
            leaf("status", text="x", color="red"),
            leaf("date", timestamp="1"),
            {"type": "hardBreak"},
        )
    ),
    doc(
        node("mediaSingle", leaf("media", type="external", url="https://example.com/a.png"), layout="center")
    ),
]
BAD = [
    None,
    "text",
    [],
    {"type": "doc", "content": []},
    {"type": "doc", "version": 1},
    {"type": "doc", "version": 2, "content": []},
    doc(text("x")),
    doc({"type": "mystery"}),
    doc(node("paragraph", text(""))),
    doc(node("paragraph", paragraph())),
    doc({**paragraph(), "extra": 1}),
    doc(node("heading", text("x"))),
    doc(node("heading", text("x"), level=7)),
    doc(node("heading", text("x"), level=True)),
    doc(node("bulletList")),
    doc(node("bulletList", paragraph())),
    doc(node("bulletList", node("listItem", node("heading", text("x"), level=1)))),
    doc(node("bulletList", node("listItem", node("blockquote", paragraph())))),
    doc(node("blockquote", node("blockquote", paragraph()))),
    doc(node("blockquote", node("heading", text("x"), level=1))),
    doc(node("panel", paragraph())),
    doc(node("panel", paragraph(), panelType="loud")),
    doc(node("panel", node("panel", paragraph(), panelType="info"), panelType="info")),
    doc(node("taskList", node("taskItem", text("x"), localId="1", state="TODO"))),
    doc(node("taskList", node("taskItem", text("x"), state="TODO"), localId="1")),
    doc(node("table", node("tableRow", node("tableCell", node("table", node("tableRow")))))),
    doc(node("codeBlock", text("x", "strong"))),
    doc(node("paragraph", text("x", "code", "strong"))),
    doc(node("paragraph", text("x", "strong", "strong"))),
    doc(node("paragraph", text("x", "blink"))),
    doc(node("paragraph", text("x", "link"))),
    doc(node("paragraph", leaf("mention", text="@ada"))),
    doc(node("paragraph", leaf("status", text="x", color="pink"))),
    doc(node("paragraph", leaf("emoji", shortName=":x:", size=3))),
]


@pytest.mark.parametrize("document", GOOD)
def test_what_the_schema_allows_is_taken(document: Any) -> None:
    assert valid(document)


@pytest.mark.parametrize("document", BAD)
def test_what_breaks_the_schema_is_not(document: Any) -> None:
    assert not valid(document)


def documents(value: Any) -> Iterator[Any]:
    """Every rich text inside a payload."""
    if isinstance(value, dict):
        if value.get("type") == "doc" and "content" in value:
            yield value
        else:
            for inner in value.values():
                yield from documents(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from documents(inner)


@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"the recorded payloads are not at {RECORDED}")
def test_every_recorded_text_is_taken() -> None:
    issues = json.loads(gzip.decompress((RECORDED / "bitovi-cloud-v3" / "issues.json.gz").read_bytes()))
    exchanges = [json.loads(path.read_text()) for path in sorted((RECORDED / "nango-cloud").glob("*.json"))]
    found = list(documents([issues, exchanges]))
    assert len(found) > 10
    assert all(map(valid, found))


MARKDOWN = """# Title

- one **bold**
  - two
1. first

> said

- [ ] open
- [x] done

| a | b |
|---|---|
| 1 | 2 |

```python
x = 1
```

Text with `code`, *em* and [a link](https://example.com).

---
"""


def test_a_text_made_by_another_library_is_taken_and_kept() -> None:
    document = marklas.to_adf(MARKDOWN)
    assert valid(document)
    kept = stored(document, itertools.count().__next__)
    assert valid(kept)
    assert plain_text(kept) == plain_text(document)


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=5)
runs = st.builds(text, words, st.sampled_from(["strong", "em"])) | st.builds(text, words)
paragraphs = st.lists(runs, max_size=4).map(lambda inside: node("paragraph", *inside))
lists = st.lists(paragraphs, min_size=1, max_size=3).map(
    lambda inside: node("bulletList", *(node("listItem", one) for one in inside))
)
tasks = st.lists(words, min_size=1, max_size=3).map(
    lambda inside: node(
        "taskList", *(node("taskItem", text(one), localId="a", state="DONE") for one in inside), localId="b"
    )
)
texts = st.lists(paragraphs | lists | tasks, max_size=4).map(lambda inside: doc(*inside))


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_ids(inner) for key, inner in value.items() if key != "localId"}
    return [without_ids(inner) for inner in value] if isinstance(value, list) else value


@given(texts)
def test_keeping_changes_no_meaning_and_is_final(document: Any) -> None:
    assert valid(document)
    kept = stored(document, itertools.count().__next__)
    if kept is None:
        assert plain_text(document).strip("\n") == ""
        return
    assert valid(kept)
    assert plain_text(kept) == plain_text(document)
    again = stored(kept, itertools.count(1000).__next__)
    assert without_ids(again) == without_ids(kept)


@given(tasks)
def test_ids_of_tasks_are_made_anew(task: Any) -> None:
    first, second = (stored(doc(task), itertools.count(start).__next__) for start in (0, 1000))
    assert first != second
    assert without_ids(first) == without_ids(second)
