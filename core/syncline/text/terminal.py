"""Foreign text made safe to print: no escape sequence, no reordering, nothing hidden.

Print the result as text (``rich.text.Text``), never as console markup: ``[link=…]`` is left as it stands.
"""

from __future__ import annotations

import re

_SEQUENCES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[ -/]*[0-~]"  # two-character sequences, and the beginning of one that never ends
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_REORDERING = r"\u202a-\u202e\u2066-\u2069\u206a-\u206f"
_INVISIBLE = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u3164\ufeff\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDING = re.compile(f"[{_REORDERING}{_INVISIBLE}]")
_JOINERS = re.compile(r"(?<![^\x00-\u02ff])[\u061c\u200c-\u200f]|[\u061c\u200c-\u200f](?![^\x00-\u02ff])")


def clean(text: str) -> str:
    """The text without control characters (line feed and tab stay), escape sequences and hiding characters.

    Escape sequences go whole, bidirectional overrides and isolates and invisible characters go, lone surrogates become
    U+FFFD, other line ends become line feeds. Joiners and direction marks stay between characters of scripts (and
    emoji) that need them. Idempotent.
    """
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", _SEQUENCES.sub("", text)))
    text = _HIDING.sub("", _SURROGATES.sub("\ufffd", text))
    while (shorter := _JOINERS.sub("", text)) != text:
        text = shorter
    return text


def cell_width(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def one_line(text: str) -> str:
    """The cleaned text on a single line, with single spaces."""
    return " ".join(clean(text).split())
