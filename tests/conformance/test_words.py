"""Real texts of Linear, Trello and Zendesk keep their words, read and written into other tools (Jira: `tests/text`).

What is no word: the box of a task, the number of a list, the language of a code block, a label that is its own address,
which is said once, and the title of a link (Trello's "smartCard-embed"), which no other tool is given: that is named on
Trello's page.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from syncline.model import Text, TextFormat
from syncline.text import canonical, to_adf, to_markdown, to_wiki
from syncline.text.characters import tidy
from syncline.text.safe_html import to_html

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DATA = SHARED / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real payloads are not at {DATA}")
SAMPLE = 200

_NO_WORDS = re.compile(
    r"(?m)^(?:[ \t>]*(?:[-*+]|\d+[.)])[ \t]+)\[[xX]\]|^[ \t>]*\d+[.)](?=[ \t])|^[ \t>]*(?:```|~~~)[ \t]*\S+"
)
_LINK = re.compile(r"\[([^\]\n]+)\]\(<?([^)>\s]+)>?(?: \"[^\"\n]*\")?\)")


def held(payload: Any, *names: str) -> Iterator[str]:
    """Every text of these names, however deep it lies."""
    if isinstance(payload, dict):
        for name, value in payload.items():
            if name in names and isinstance(value, str) and value.strip():
                yield value
            else:
                yield from held(value, *names)
    elif isinstance(payload, list):
        for value in payload:
            yield from held(value, *names)


def of_linear() -> Iterator[str]:
    for path in (DATA / "linear").rglob("*.json"):
        yield from held(json.loads(path.read_bytes()), "description", "body", "content")


def of_trello() -> Iterator[str]:
    for path in (DATA / "trello" / "boards").glob("*.json"):
        board = json.loads(path.read_bytes())
        yield from held(board["cards"], "desc")
        yield from (action["data"]["text"] for action in board["actions"] if action["type"] == "commentCard")
    for path in (DATA / "trello" / "ruby-trello-cassettes.json", *(DATA / "trello" / "nango").glob("*.json")):
        yield from held(json.loads(path.read_bytes()), "desc", "text")


def of_zendesk(*names: str) -> Iterator[str]:
    for path in (DATA / "zendesk" / "zenpy-cassettes").iterdir():
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield from held(json.loads(raw), *names)


@cache
def sample(texts: Callable[[], Iterator[str]]) -> list[str]:
    """Up to `SAMPLE` different texts, of all lengths."""
    found = sorted(set(texts()), key=lambda text: (len(text), text))
    return found if len(found) < 2 * SAMPLE else found[:: len(found) // SAMPLE]


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", tidy(re.sub(r"%[0-9A-Fa-f]{2}", " ", text))))


def said_once(link: re.Match[str]) -> str:
    """Nobody sees a link that has nothing but space to be clicked on."""
    if not link[1].strip():
        return " "
    same = link[1].replace("\\", "") == link[2].replace("\\", "").removeprefix("mailto:")
    return link[1] if same else f"[{link[1]}]({link[2]})"


def said(kind: TextFormat, source: str) -> str:
    """A text without what is no word in its language; a plain text has words alone."""
    if kind is TextFormat.PLAIN:
        return source
    plain = re.sub(r"<[^>]*>", " ", source) if kind is TextFormat.HTML else _LINK.sub(said_once, source)
    return _NO_WORDS.sub(" ", plain)


def strings(node: Any) -> Iterator[str]:
    """What an ADF document says, addresses too."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        inner = node if isinstance(node, list) else [value for name, value in node.items() if name != "type"]
        for value in inner:
            yield from strings(value)


WRITTEN: dict[str, Callable[[str], str]] = {
    "Markdown": lambda markdown: markdown,
    "ADF": lambda markdown: " ".join(strings(to_adf(markdown, {}))),
    "wiki markup": lambda markdown: to_wiki(markdown, {}),
    "HTML": to_html,
}
READ = [
    (TextFormat.MARKDOWN, of_linear, 120),
    (TextFormat.MARKDOWN, of_trello, 200),
    (TextFormat.HTML, partial(of_zendesk, "html_body"), 12),
    (TextFormat.PLAIN, partial(of_zendesk, "body", "plain_body", "description"), 35),
]
"""How many different texts there are at least: Linear's and Zendesk's are all that were recorded."""


@pytest.mark.parametrize("into", WRITTEN)
@pytest.mark.parametrize(
    ("kind", "texts", "least"), READ, ids=["linear", "trello", "zendesk", "zendesk-plain"]
)
def test_words_survive_or_the_loss_is_named(
    kind: TextFormat, texts: Callable[[], Iterator[str]], least: int, into: str
) -> None:
    found = sample(texts)
    assert len(found) >= least
    damaged = {}
    for source in found:
        read = to_markdown(Text(format=kind, source=source))
        assert canonical(read.source) == read.source
        missing = words(said(kind, source)) - words(WRITTEN[into](read.source))
        if missing and not read.lost:
            damaged[source] = missing
    assert damaged == {}
