"""What Atlassian's document schema allows, written down apart from the writer: nodes, children, attributes, marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

INLINE = {"text", "hardBreak", "mention"}
CHILDREN: dict[str, set[str]] = {
    "doc": {"paragraph", "heading",
             "bulletList", "orderedList", "taskList", "codeBlock", "blockquote", "rule", "table"},
    "paragraph": INLINE,
    "heading": INLINE,
    "taskItem": INLINE,
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "bulletList", "orderedList", "taskList", "codeBlock"},
    "taskList": {"taskItem", "taskList"},
    "blockquote": {"paragraph", "bulletList", "orderedList", "codeBlock"},
    "codeBlock": {"text"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": {"paragraph"},
    "tableCell": {"paragraph"},
    "rule": set(),
    "hardBreak": set(),
    "mention": set(),
    "text": set(),
}  # fmt: skip
NEVER_EMPTY = {
    "bulletList",
    "orderedList",
    "listItem",
    "taskList",
    "blockquote",
    "table",
    "tableRow",
    "tableHeader",
    "tableCell",
}
ATTRIBUTES: dict[str, dict[str, type]] = {
    "heading": {"level": int},
    "orderedList": {"order": int},
    "taskList": {"localId": str},
    "taskItem": {"localId": str, "state": str},
    "mention": {"id": str, "text": str},
}
OPTIONAL: dict[str, dict[str, type]] = {"codeBlock": {"language": str}}
MARKS: dict[str, set[str]] = {"strong": set(), "em": set(), "strike": set(), "code": set(), "link": {"href"}}


def broken_rules(document: dict[str, Any]) -> Iterator[str]:
    """Every rule that the document breaks."""
    if (
        set(document) != {"version", "type", "content"}
        or document["version"] != 1
        or document["type"] != "doc"
    ):
        yield "not a document"
    stack = [document]
    while stack:
        node = stack.pop()
        yield from _of_node(node)
        content = node.get("content", [])
        yield from (
            f"{child['type']} in {node['type']}"
            for child in content
            if child["type"] not in CHILDREN[node["type"]]
        )
        stack += content


def _of_node(node: dict[str, Any]) -> Iterator[str]:
    name = node["type"]
    if name in NEVER_EMPTY and not node.get("content"):
        yield f"empty {name}"
    if name == "listItem" and node["content"][0]["type"] not in ("paragraph", "codeBlock"):
        yield f"item begins with {node['content'][0]['type']}"
    if name == "taskList" and node["content"][0]["type"] != "taskItem":
        yield "task list begins with a list"
    wanted = ATTRIBUTES.get(name, OPTIONAL.get(name, {}) if "attrs" in node else {})
    found = {key: type(value) for key, value in node.get("attrs", {}).items()}
    if found != wanted:
        yield f"attributes of {name}: {found}"
    if name == "heading" and not 1 <= node["attrs"]["level"] <= 6:
        yield "level"
    if name == "taskItem" and node["attrs"]["state"] not in ("TODO", "DONE"):
        yield "state"
    if set(node) - {"type", "content", "attrs", "text", "marks", "version"} or ("text" in node) != (
        name == "text"
    ):
        yield f"keys of {name}: {set(node)}"
    if name == "text":
        yield from _of_text(node)
    elif "marks" in node:
        yield f"marks on {name}"


def _of_text(node: dict[str, Any]) -> Iterator[str]:
    marks = [mark["type"] for mark in node.get("marks", [])]
    if not node["text"]:
        yield "empty text"
    if len(set(marks)) != len(marks) or ("marks" in node and not marks):
        yield f"marks {marks}"
    if "code" in marks and set(marks) - {"code", "link"}:
        yield f"code with {marks}"
    for mark in node.get("marks", []):
        if set(mark.get("attrs", {})) != MARKS[mark["type"]]:
            yield f"attributes of {mark['type']}"
