"""Vendors' texts as Markdown and back, as plain words, for a terminal, and as HTML that is safe to show.

Texts are kept as their vendor wrote them (`syncline.model.Text`) and converted when planning, writing or rendering,
never when pulling. `to_adf` and `to_wiki` write Markdown in the tool's own format, `survives` says what a tool's text
would lose if that were done to it, `shortened` makes a text fit. A mention is ``@`` and the person's name in Markdown.

`syncline.text.terminal` and `syncline.text.safe_html` are imported by their own names. Importing this package loads no
converter; each is loaded by the first text that needs it.
"""

from syncline.text.adf_writer import to_adf
from syncline.text.canonical import canonical
from syncline.text.convert import LIMIT, Markdown, excerpt, plain_text, to_markdown
from syncline.text.limits import length_in, shortened
from syncline.text.roundtrip import survives
from syncline.text.wiki_writer import to_wiki

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
