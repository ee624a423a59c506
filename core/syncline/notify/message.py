"""What a message says, before it is a mail or a chat post. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncline.text.terminal import one_line

LONGEST = 900
"""Characters of a message's lines together; who wants more opens the report."""
SUBJECT = 150


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: str
    subtype: str
    """Of text/…"""


@dataclass(frozen=True)
class Message:
    """``subject`` and ``lines`` are plain text from anywhere: each channel escapes them in its own way."""

    subject: str
    lines: tuple[str, ...]
    attachment: Attachment | None = None

    def written(self) -> dict[str, Any]:
        """As JSON, without what is attached."""
        return {"subject": self.subject, "lines": list(self.lines)}


def message(subject: str, lines: Sequence[str]) -> Message:
    """A message of bearable length: every line on one line, all together at most `LONGEST` characters."""
    kept: list[str] = []
    left = LONGEST
    for line in map(one_line, lines):
        if not line:
            continue
        if len(line) > left:
            if left > 20:
                kept.append(_cut(line, left))
            break
        kept.append(line)
        left -= len(line)
    return Message(_cut(one_line(subject) or "Syncline", SUBJECT), tuple(kept))


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    short = text[: length - 1]
    return (short.rpartition(" ")[0] or short).rstrip() + "…"


def read(value: Mapping[str, Any], attachment: Attachment | None = None) -> Message:
    """The inverse of `Message.written`."""
    return replace(message(value["subject"], value["lines"]), attachment=attachment)
