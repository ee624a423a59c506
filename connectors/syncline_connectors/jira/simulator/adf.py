"""What the vendor accepts as a rich text: which nodes hold which, with which attributes and marks.

The rules are those of Atlassian's published JSON schema of the document format (``@atlaskit/adf-schema``, "full"),
without extensions. What breaks them is refused as a whole with ``INVALID_INPUT``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

INLINE = frozenset(
    {"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline", "placeholder"}
)
_LISTS = frozenset({"bulletList", "orderedList"})
_BLOCKS = _LISTS | {
    "paragraph",
    "heading",
    "taskList",
    "decisionList",
    "codeBlock",
    "blockquote",
    "panel",
    "rule",
}
_MEDIA = frozenset({"mediaSingle", "mediaGroup"})
_CARDS = frozenset({"blockCard", "embedCard"})
_EXPANDED = _BLOCKS | _MEDIA | {"table", "nestedExpand", "blockCard"}


@dataclass(frozen=True)
class Node:
    """What one kind of node may hold and must have. ``filled``: at least one child. ``attrs`` name optional ones."""

    children: frozenset[str] = frozenset()
    filled: bool = False
    required: Mapping[str, type | tuple[type, ...]] | None = None
    attrs: frozenset[str] = frozenset()


def _node(
    *children: str | frozenset[str],
    filled: bool = False,
    required: Mapping[str, type | tuple[type, ...]] | None = None,
    attrs: Sequence[str] = (),
) -> Node:
    kinds = [frozenset({child}) if isinstance(child, str) else child for child in children]
    return Node(frozenset().union(*kinds), filled, required, frozenset({*attrs, "localId"}))


_CELL = _node(
    _BLOCKS,
    _MEDIA,
    _CARDS,
    "nestedExpand",
    filled=True,
    attrs=("colspan", "rowspan", "colwidth", "background"),
)
NODES: Mapping[str, Node] = {
    "doc": _node(_BLOCKS, _MEDIA, _CARDS, "table", "expand", "layoutSection"),
    "paragraph": _node(INLINE),
    "heading": _node(INLINE, required={"level": int}),
    "bulletList": _node("listItem", filled=True),
    "orderedList": _node("listItem", filled=True, attrs=("order",)),
    "listItem": _node(_LISTS, "paragraph", "taskList", "codeBlock", "mediaSingle", filled=True),
    "taskList": _node("taskItem", "taskList", filled=True, required={"localId": str}),
    "taskItem": _node(INLINE, required={"localId": str, "state": str}),
    "decisionList": _node("decisionItem", filled=True, required={"localId": str}),
    "decisionItem": _node(INLINE, required={"localId": str, "state": str}),
    "codeBlock": _node("text", attrs=("language", "uniqueId")),
    "blockquote": _node(_LISTS, _MEDIA, "paragraph", "codeBlock", filled=True),
    "panel": _node(
        _LISTS, _MEDIA, "paragraph", "heading", "taskList", "decisionList", "codeBlock", "rule", "blockCard",
        filled=True, required={"panelType": str}, attrs=("panelIcon", "panelIconId", "panelIconText", "panelColor"),
    ),
    "rule": _node(),
    "table": _node(
        "tableRow", filled=True, attrs=("displayMode", "isNumberColumnEnabled", "layout", "width"),
    ),
    "tableRow": _node("tableHeader", "tableCell"),
    "tableHeader": _CELL,
    "tableCell": _CELL,
    "expand": _node(_EXPANDED, filled=True, attrs=("title",)),
    "nestedExpand": _node(_BLOCKS, _MEDIA, filled=True, attrs=("title",)),
    "layoutSection": _node("layoutColumn", filled=True),
    "layoutColumn": _node(_EXPANDED, "expand", filled=True, required={"width": (int, float)}),
    "mediaSingle": _node("media", "caption", filled=True, attrs=("layout", "width", "widthType")),
    "mediaGroup": _node("media", filled=True),
    "media": _node(
        required={"type": str},
        attrs=("id", "collection", "url", "alt", "width", "height", "occurrenceKey"),
    ),
    "caption": _node(INLINE),
    "blockCard": _node(attrs=("url", "data", "datasource", "layout", "width")),
    "embedCard": _node(required={"url": str, "layout": str}, attrs=("width", "originalHeight", "originalWidth")),
    "text": _node(),
    "hardBreak": _node(attrs=("text",)),
    "mention": _node(required={"id": str}, attrs=("text", "userType", "accessLevel")),
    "emoji": _node(required={"shortName": str}, attrs=("id", "text")),
    "date": _node(required={"timestamp": str}),
    "status": _node(required={"text": str, "color": str}, attrs=("style",)),
    "inlineCard": _node(attrs=("url", "data")),
    "mediaInline": _node(
        required={"id": str, "collection": str}, attrs=("type", "alt", "width", "height", "occurrenceKey", "data"),
    ),
    "placeholder": _node(required={"text": str}),
}  # fmt: skip
MARKS: Mapping[str, frozenset[str]] = {
    "strong": frozenset(),
    "em": frozenset(),
    "strike": frozenset(),
    "underline": frozenset(),
    "code": frozenset(),
    "subsup": frozenset({"type"}),
    "textColor": frozenset({"color"}),
    "backgroundColor": frozenset({"color"}),
    "link": frozenset({"href", "title", "id", "collection", "occurrenceKey"}),
    "annotation": frozenset({"id", "annotationType"}),
}
_BLOCK_MARKS = frozenset(
    {"alignment", "indentation", "breakout", "border", "link", "fontSize", "dataConsumer"}
)
_WITH_CODE = frozenset({"code", "link", "annotation"})
_CHOICES: Mapping[tuple[str, str], frozenset[Any]] = {
    ("heading", "level"): frozenset(range(1, 7)),
    ("panel", "panelType"): frozenset({"info", "note", "tip", "warning", "error", "success", "custom"}),
    ("taskItem", "state"): frozenset({"TODO", "DONE"}),
    ("status", "color"): frozenset({"neutral", "purple", "blue", "red", "yellow", "green"}),
    ("media", "type"): frozenset({"file", "link", "external"}),
}
_KEYS = frozenset({"type", "attrs", "content", "marks", "text", "version"})


def valid(document: Any) -> bool:
    """Whether the vendor takes this document."""
    return isinstance(document, dict) and document.get("version") == 1 and _fits(document, frozenset({"doc"}))


def _fits(node: Any, allowed: frozenset[str]) -> bool:
    if not isinstance(node, dict) or node.get("type") not in allowed or not set(node) <= _KEYS:
        return False
    name, rule = node["type"], NODES[node["type"]]
    if name == "doc" and (node.get("attrs") or not isinstance(node.get("content"), list)):
        return False
    if not _attrs_fit(name, rule, node.get("attrs") or {}) or not _marks_fit(node, name):
        return False
    if name == "text":
        return isinstance(node.get("text"), str) and node["text"] != "" and "content" not in node
    return "text" not in node and _content_fits(name, rule, node.get("content", []))


def _content_fits(name: str, rule: Node, content: Any) -> bool:
    if not isinstance(content, list) or (rule.filled and not content):
        return False
    if name == "codeBlock" and any(isinstance(x, dict) and x.get("marks") for x in content):
        return False
    return all(_fits(child, rule.children) for child in content)


def _attrs_fit(name: str, rule: Node, attrs: Any) -> bool:
    if not isinstance(attrs, dict):
        return False
    required = rule.required or {}
    if not set(attrs) <= rule.attrs | set(required):
        return False
    if any(not isinstance(attrs.get(key), kind) or attrs[key] is True for key, kind in required.items()):
        return False
    chosen = {key: choices for (node, key), choices in _CHOICES.items() if node == name}
    return all(attrs[key] in choices for key, choices in chosen.items())


def _marks_fit(node: Json, name: str) -> bool:
    marks = node.get("marks", [])
    if not isinstance(marks, list) or not all(isinstance(mark, dict) for mark in marks):
        return False
    kinds = [mark.get("type") for mark in marks]
    if name != "text":
        return set(kinds) <= _BLOCK_MARKS | {"annotation"}
    if len(set(kinds)) < len(kinds) or not set(kinds) <= set(MARKS):
        return False
    if "code" in kinds and not set(kinds) <= _WITH_CODE:
        return False
    return all(_mark_fits(mark) for mark in marks)


def _mark_fits(mark: Json) -> bool:
    kind, attrs = mark["type"], mark.get("attrs") or {}
    if not isinstance(attrs, dict) or not set(attrs) <= MARKS[kind] or not set(mark) <= {"type", "attrs"}:
        return False
    return kind != "link" or isinstance(attrs.get("href"), str)


# ---- what is stored --------------------------------------------------------------------------------------------------


def stored(document: Mapping[str, Any], next_id: Callable[[], int]) -> Json | None:
    """The document as the vendor keeps it, None when there is nothing in it.

    Neighbouring texts of equal marks become one, empty attributes and marks go, every ``localId`` is made anew: a
    document read back equals what was sent in meaning, not byte for byte.
    """
    content = [_kept(node, next_id) for node in document.get("content", ())]
    if not content or all(_blank(node) for node in content):
        return None
    return {"type": "doc", "version": 1, "content": content}


def _blank(node: Json) -> bool:
    return node["type"] == "paragraph" and not node.get("content")


def _kept(node: Mapping[str, Any], next_id: Callable[[], int]) -> Json:
    made: Json = {"type": node["type"]}
    attrs = dict(node.get("attrs") or {})
    if "localId" in attrs:
        attrs["localId"] = f"{next_id():08x}-0000-4000-8000-000000000000"
    if node["type"] == "orderedList":
        attrs.setdefault("order", 1)
    if attrs:
        made["attrs"] = attrs
    if "text" in node:
        made["text"] = node["text"]
    if node.get("marks"):
        made["marks"] = [dict(mark) for mark in node["marks"]]
    if "content" in node or node["type"] == "paragraph":
        made["content"] = _merged([_kept(child, next_id) for child in node.get("content", ())])
    return made


def _merged(nodes: list[Json]) -> list[Json]:
    merged: list[Json] = []
    for node in nodes:
        last = merged[-1] if merged else {}
        if node["type"] == "text" == last.get("type") and node.get("marks") == last.get("marks"):
            last["text"] += node["text"]
        else:
            merged.append(node)
    return merged
