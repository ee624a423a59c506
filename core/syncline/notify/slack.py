"""A message as Slack's blocks. Pure. https://docs.slack.dev/reference/block-kit/blocks"""

from __future__ import annotations

from typing import Any

from syncline.notify.message import Message

LONGEST_HEADER = 150
LONGEST_TEXT = 3000
MOST_BLOCKS = 50
"""Slack's limits: characters of a header and of a section, blocks of a message."""


def payload(message: Message) -> dict[str, Any]:
    """The body of a post to an incoming webhook. ``text`` is what notifications show.

    All of it is plain text: in mrkdwn nothing escapes ``*``, ``_``, ``~`` or a backtick, so a title could dress up.
    """
    sections = [{"type": "section", "text": _plain(line, LONGEST_TEXT)} for line in message.lines]
    header = {"type": "header", "text": _plain(message.subject, LONGEST_HEADER)}
    blocks = [header, *sections][:MOST_BLOCKS]
    return {"text": escaped(message.subject), "mrkdwn": False, "blocks": blocks}


def _plain(text: str, length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _shortened(escaped(text), length), "emoji": False}


def escaped(text: str) -> str:
    """``text`` as Slack wants all text: without any mention, link or control sequence, which begin with <."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    short = text[: length - 1]
    head, mark, tail = short.rpartition("&")
    return (head if mark and ";" not in tail else short) + "…"
