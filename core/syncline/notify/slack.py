"""A message as Slack's blocks. Pure. https://docs.slack.dev/reference/block-kit/blocks"""

from __future__ import annotations

from typing import Any

from syncline.notify.message import Message

LONGEST_HEADER = 150
LONGEST_TEXT = 3000
MOST_BLOCKS = 50
"""Slack's limits: characters of a header and of a section, blocks of a message."""


def payload(message: Message) -> dict[str, Any]:
    """The body of a post to an incoming webhook. ``text`` is what notifications show."""
    sections = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": _shortened(escaped(line), LONGEST_TEXT), "verbatim": True},
        }
        for line in message.lines
    ]
    header = {
        "type": "header",
        "text": {"type": "plain_text", "text": message.subject[:LONGEST_HEADER], "emoji": False},
    }
    return {"text": escaped(message.subject), "blocks": [header, *sections][:MOST_BLOCKS]}


def escaped(text: str) -> str:
    """``text`` without any mention, link or control sequence: they all begin with <."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    short = text[: length - 1]
    head, mark, tail = short.rpartition("&")
    return (head if mark and ";" not in tail else short) + "…"
