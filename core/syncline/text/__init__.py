"""Vendors' texts as Markdown, as plain words, for a terminal, and as HTML that is safe to show.

Texts are kept as their vendor wrote them (`syncline.model.Text`) and converted when planning or rendering, never when
pulling. `syncline.text.terminal` and `syncline.text.safe_html` are imported by their own names. Importing this package
loads no converter; each is loaded by the first text that needs it.
"""

from syncline.text.canonical import canonical
from syncline.text.convert import LIMIT, Markdown, excerpt, plain_text, to_markdown

__all__ = ["LIMIT", "Markdown", "canonical", "excerpt", "plain_text", "to_markdown"]
