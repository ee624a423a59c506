"""Whether a vendor's text may be written over: what its Markdown, written back, would take away.

The text is read, written again in its own format, and both are compared after what means nothing is taken out. What
differs has no place in Markdown; it is named by node, mark or attribute. Nothing is looked up in a list of known nodes,
so that a node Atlassian invents tomorrow is not overwritten either.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from syncline.text.addresses import web_addresses
from syncline.text.adf_inline import children, kind
from syncline.text.characters import link_target, tidy
from syncline.text.convert import NOBODY, to_markdown

if TYPE_CHECKING:
    from syncline.model import Text

Node = dict[str, Any]

_MEANINGLESS: Final = frozenset(("localId", "uniqueId", "userType", "accessLevel"))
"""Attributes that a tool sets anew at every save, and that no reader sees."""
_DEFAULTS: Final[Mapping[str, Mapping[str, tuple[object, ...]]]] = {
    "orderedList": {"order": (1, None)},
    "codeBlock": {"language": ("", None), "wrap": (False, None), "hideLineNumbers": (False, None)},
    "table": {"isNumberColumnEnabled": (False, None), "layout": ("default", "center", "align-start", None),
              "displayMode": ("default", None), "width": (None,)},
    "tableCell": {"colspan": (1, None), "rowspan": (1, None), "background": ("", None), "colwidth": (None,)},
    "tableHeader": {"colspan": (1, None), "rowspan": (1, None), "background": ("", None), "colwidth": (None,)},
    "hardBreak": {"text": ("\n", None)},
    "mention": {"text": (None,)},
}  # fmt: skip
_NOTHING_WHEN_EMPTY: Final = frozenset(("paragraph", "heading"))


def survives(text: Text, people: Mapping[str, str] = NOBODY) -> tuple[str, ...]:
    """What would be lost if the Markdown of this text were written back over it; empty where nothing would be.

    ``people`` gives account ids by name, as the writers take them: a mention of one of these survives. The names are
    those of `to_markdown` where it knows them, else the node, mark or attribute that would change. Not said to be lost
    are ids that a tool gives anew at each save, empty paragraphs and line breaks at an edge, and a link that is given
    to an address which had none. Never raises.
    """
    match text.format:
        case "adf":
            return _adf(text, people)
        case "wiki":
            return _wiki(text, people)
        case "html":
            return _html(text)
        case "plain":
            return () if tidy(text.source) == text.source.replace("\r\n", "\n") else ("characters",)
    return to_markdown(text).lost


# ---- ADF ------------------------------------------------------------------------------------------------------------


def _adf(text: Text, people: Mapping[str, str]) -> tuple[str, ...]:
    from syncline.text.adf_writer import to_adf

    try:
        before = json.loads(text.source) if text.source.strip() else {}
    except (ValueError, RecursionError):
        return ("unreadable document",)
    read = to_markdown(text, {account: name for name, account in people.items()})
    after = to_adf(read.source, people)
    try:
        parts, written = list(_parts(before)), list(_parts(after))
    except RecursionError:
        return ("nesting",)
    return () if parts == written else _lost(read.lost, Counter(parts), Counter(written))


def _lost(
    named: Iterable[str], before: Counter[tuple[str, ...]], after: Counter[tuple[str, ...]]
) -> tuple[str, ...]:
    """The reader's names of what it lost; where it has none, the nodes, marks and attributes that would change."""
    gone = {part[0] for part in [*(before - after), *(after - before)]}
    kept = set(named) - ({"mention"} - gone)
    nodes = {name for name in gone if name.partition(".")[0] == name or name.partition(".")[0] not in gone}
    return tuple(sorted(kept or (nodes - {"text"}) or {"text"}))


def _parts(document: object) -> Iterator[tuple[str, ...]]:
    """Everything in a document that means something, in order: openings, attributes, marks, words, ends."""
    top = document if isinstance(document, dict) and kind(document) == "doc" else {"content": document}
    stack: list[Node | tuple[str, ...]] = [*reversed(_settled(children(top)))]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            yield node
            continue
        yield (kind(node) or "unknown node", "opens")
        yield from _attributes(node)
        if not isinstance(node.get("content"), (list, type(None))):
            yield ("unreadable node", json.dumps(node.get("content"), sort_keys=True))
        stack.append((kind(node) or "unknown node", "ends"))
        stack += reversed(_inside(node))


def _inside(node: Node) -> list[Node]:
    """What a node holds; space means something in code."""
    return list(_joined(children(node))) if kind(node) == "codeBlock" else _settled(children(node))


def _attributes(node: Node) -> Iterator[tuple[str, ...]]:
    name = kind(node)
    for key, value in sorted(node.items()):
        if key in ("type", "content", "attrs", "marks"):
            continue
        yield (f"{name}.{key}" if name != "text" else key, _plain(value))
    attributes = node.get("attrs")
    for key, value in sorted((attributes if isinstance(attributes, dict) else {"attrs": attributes}).items()):
        default = _DEFAULTS.get(name, {}).get(key, ())
        if key in _MEANINGLESS or value in default or (key == "attrs" and value is None):
            continue
        if name == "mention" and key == "text":
            continue  # the name is shown anew by the tool; the id tells who is meant
        yield (f"{name}.{key}", _plain(value))
    for mark in sorted(children({"content": node.get("marks")}), key=_plain):
        yield (kind(mark) or "unknown mark", _plain(_mark(mark)))


def _mark(mark: Node) -> Node:
    attributes = mark.get("attrs")
    if (
        kind(mark) != "link"
        or not isinstance(attributes, dict)
        or not isinstance(attributes.get("href"), str)
    ):
        return {key: value for key, value in mark.items() if value not in ({}, None)}
    kept = {key: value for key, value in attributes.items() if value is not None}
    return mark | {"attrs": kept | {"href": link_target(attributes["href"])}}


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _settled(nodes: Sequence[Node]) -> list[Node]:
    """Without what shows as nothing: empty paragraphs, and space or breaks at the edges of a line."""
    made: list[Node] = []
    for node in _joined(nodes):
        if kind(node) == "hardBreak":
            _strip_end(made)
            if not made:
                continue
        elif kind(node) == "text" and (not made or kind(made[-1]) == "hardBreak"):
            node = node | {"text": _words(node).lstrip(" \t")}
        if not _is_nothing(node):
            made.append(node)
    _strip_end(made)
    while made and kind(made[-1]) == "hardBreak":
        made.pop()
        _strip_end(made)
    return made


def _strip_end(nodes: list[Node]) -> None:
    if nodes and kind(nodes[-1]) == "text":
        nodes[-1] = nodes[-1] | {"text": _words(nodes[-1]).rstrip(" \t")}
        if not nodes[-1]["text"]:
            nodes.pop()


def _words(node: Node) -> str:
    words = node.get("text")
    return words if isinstance(words, str) else ""


def _is_nothing(node: Node) -> bool:
    if kind(node) == "text":
        return not node.get("text")
    return kind(node) in _NOTHING_WHEN_EMPTY and not node.get("marks") and not _settled(children(node))


def _joined(nodes: Sequence[Node]) -> Iterator[Node]:
    """Addresses in words as links, which writing makes of them, and neighbours of the same marks as one node."""
    pieces = [piece for node in nodes for piece in _linked(node)]
    for key, group in groupby(enumerate(pieces), key=lambda pair: _alike(pair[1], pair[0])):
        alike = [node for _, node in group]
        joined = alike[0] | {"text": "".join(node["text"] for node in alike)} if key[0] else alike[0]
        yield joined


def _alike(node: Node, number: int) -> tuple[str, int]:
    if kind(node) != "text" or not isinstance(node.get("text"), str):
        return "", number
    return _plain({key: value for key, value in node.items() if key not in ("text", "marks")}) + _plain(
        sorted((_mark(mark) for mark in children({"content": node.get("marks")})), key=_plain)
    ), -1


def _linked(node: Node) -> Iterator[Node]:
    if kind(node) != "text" or not isinstance(node.get("text"), str):
        yield node
        return
    node = node | {"text": tidy(node["text"])}
    marks = children({"content": node.get("marks")})
    if any(kind(mark) in ("link", "code") for mark in marks):
        yield node
        return
    for words, address in web_addresses(node["text"]):
        link = [{"type": "link", "attrs": {"href": words}}] if address else []
        yield node | {"text": words, "marks": [*marks, *link]}


# ---- wiki markup and HTML -------------------------------------------------------------------------------------------


def _wiki(text: Text, people: Mapping[str, str]) -> tuple[str, ...]:
    """Wiki markup has many spellings: what differs in more than those is taken for lost."""
    from syncline.text.wiki_writer import to_wiki

    read = to_markdown(text, {account.removeprefix("accountid:"): name for name, account in people.items()})
    written = to_wiki(read.source, people)
    if _one_spelling(text.source) == _one_spelling(written):
        return ()
    return tuple(sorted(set(read.lost) - {"mention"})) or (("mention",) if read.lost else ("markup",))


_SPELLINGS: Final = (
    (re.compile(r"\{noformat\}"), "{code}"),
    (re.compile(r"(?m)^[ \t]*-[ \t]+(?=\S)"), "* "),
    (re.compile(r"(?m)^[ \t]*([*#]+)[ \t]+"), r"\1 "),
    (re.compile(r"(?m)^bq\.[ \t]+(.*)$"), r"{quote}\1{quote}"),
    (re.compile(r"\{([*_+^~-]|\?\?)\}"), r"\1"),
    (re.compile(r"&#(\d{2,3});"), lambda found: "\\" + chr(int(found[1]))),
    (re.compile(r"\[((?:https?|ftp)://[^|\]\s]+)(?:\|\1)?\]"), r"\1"),
    (re.compile(r"\\([^A-Za-z0-9\s{\[!\\])"), r"\1"),
    (re.compile(r"[ \t]*(?:\n|\\\\(?![\w\\]))\s*"), "\n"),
    (re.compile(r"\|[ \t]*(?=\|)"), "|"),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r"\s*(\{(?:quote|code)(?::[^{}\n]*)?\})\s*"), r"\n\1\n"),
)


def _one_spelling(wiki: str) -> str:
    text = tidy(wiki)
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text.strip()


_CARRIED: Final = frozenset(
    (
        "p",
        "br",
        "strong",
        "b",
        "em",
        "i",
        "del",
        "s",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "a",
        "hr",
    )
)
_TAG: Final = re.compile(r"<([a-zA-Z][^\s>/]*)([^<>]*)>|<[!?]")
_ATTRIBUTE: Final = re.compile(r"([^\s=/\"'<>]+)\s*=")


def _html(text: Text) -> tuple[str, ...]:
    """HTML can say more than is known here: only elements that Markdown has, without attributes, are carried."""
    lost = set(to_markdown(text).lost)
    for found in _TAG.finditer(text.source):
        name = (found[1] or "comment").lower()
        attributes = {each.lower() for each in _ATTRIBUTE.findall(found[2] or "")}
        if name not in _CARRIED:
            lost.add(f"<{name}>")
        lost |= {f"<{name} {each}>" for each in attributes - ({"href"} if name == "a" else set())}
    return tuple(sorted(lost))
