"""Vendors' texts as Markdown and back, as plain words, for a terminal, and as HTML that is safe to show.

Texts are kept as their vendor wrote them (`syncline.model.Text`) and converted when planning, writing or rendering,
never when pulling. `to_adf` and `to_wiki` write Markdown in the tool's own format, `survives` says what a tool's text
would lose if that were done to it, `shortened` makes a text fit. A mention is ``@`` and the person's name in Markdown.

`syncline.text.terminal` and `syncline.text.safe_html` are imported by their own names. Importing this package loads
nothing of it: a function's module is loaded by its first use, a converter by the first text that needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncline.text.adf_writer import to_adf
    from syncline.text.canonical_form import canonical
    from syncline.text.convert import LIMIT, Markdown, excerpt, plain_text, to_markdown
    from syncline.text.limits import length_in, shortened
    from syncline.text.roundtrip import survives
    from syncline.text.wiki_writer import to_wiki

_HOMES = {
    "LIMIT": "convert",
    "Markdown": "convert",
    "canonical": "canonical_form",
    "excerpt": "convert",
    "length_in": "limits",
    "plain_text": "convert",
    "shortened": "limits",
    "survives": "roundtrip",
    "to_adf": "adf_writer",
    "to_markdown": "convert",
    "to_wiki": "wiki_writer",
}
"""No module may have the name of something here: once loaded it would stand in its place."""

__all__ = [
    "LIMIT",
    "Markdown",
    "canonical",
    "excerpt",
    "length_in",
    "plain_text",
    "shortened",
    "survives",
    "to_adf",
    "to_markdown",
    "to_wiki",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
