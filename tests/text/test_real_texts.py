"""Real texts: nothing raises, all is canonical, and the words survive."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from syncline.model import Text, TextFormat
from syncline.text import canonical, plain_text, to_markdown
from syncline.text.characters import tidy

# What has no words to keep: tags of macros with their parameters, sizes of images, the kind of a link, links' anchors.
_NO_WORDS = re.compile(
    r"\{(?:code|noformat|quote|panel|color|anchor)(?::[^{}\n]*)?\}"
    r"|(?<=[^\s!|])\|[^!|\n]*(?==)[^!\n]*(?=!)|\|thumbnail!|\|smart-(?:link|card)\b|\[#[^\]\n|]*\]|\|#[^\]\n]*\]"
    r"|\bh[1-6]\.\s|(?m:^\s*bq\. )|~accountid:|\[mailto:|https?://|ftp://|\|mailto:"
)


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", tidy(text)))


_TWICE = re.compile(r"\[([^|\]\n]+)\|\1(?=[\]|])")
_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.|mailto:)[^\s\]|]+")


def _written(source: str) -> str:
    """The words of a wiki text; a link whose label is its address says it once."""
    return _NO_WORDS.sub(" ", _TWICE.sub(r"[\1", source))


def _percent_decoded(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", " ", text)


def test_wiki_texts_keep_their_words(wiki_texts: list[str]) -> None:
    damaged = {}
    for source in wiki_texts:
        converted = to_markdown(Text(format=TextFormat.WIKI, source=source))
        assert canonical(converted.source) == converted.source
        missing = _words(_percent_decoded(_written(source))) - _words(_percent_decoded(converted.source))
        if missing:
            damaged[source] = missing
    assert damaged == {}


def test_wiki_texts_show_their_words(wiki_texts: list[str]) -> None:
    """What a reader sees of the Markdown is what was written; addresses behind labels are not seen.

    A word may be seen grown together with its neighbour, where only markup stood between them.
    """
    damaged = {}
    for source in wiki_texts:
        shown = plain_text(Text(format=TextFormat.WIKI, source=source))
        written = re.sub(r"(?m)^\s*```\w+", " ", _written(_ADDRESS.sub(" ", source)))
        missing = [word for word in _words(written) - _words(shown) if word not in shown]
        if missing:
            damaged[source] = missing
    assert damaged == {}


def _text_nodes(node: Any) -> list[str]:
    if isinstance(node, list):
        return [text for member in node for text in _text_nodes(member)]
    own = [node["text"]] if node.get("type") == "text" else []
    return own + _text_nodes(node.get("content") or [])


def test_recorded_documents_keep_their_words(adf_documents: list[dict[str, Any]]) -> None:
    assert adf_documents
    for document in adf_documents:
        text = Text(format=TextFormat.ADF, source=json.dumps(document))
        converted = to_markdown(text)
        assert canonical(converted.source) == converted.source
        assert not _words(" ".join(_text_nodes(document))) - _words(plain_text(text))
        assert "localId" not in converted.source
