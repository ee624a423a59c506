"""Printing. Whatever came from a vendor passes `syncline.text.terminal` here, so that no text can move the cursor."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import IO, Any

import click

from syncline_cli.session import Session

_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold as it is but a terminal must not be sent: C1 controls, bidi overrides, half characters."""


def document(session: Session, value: Any) -> None:
    """Print the command's one JSON document."""
    text = json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    sys.stdout.write(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")
    session.answered = True


def say(text: str = "", *, bold: bool = False, dim: bool = False) -> None:
    """Print text on stdout; it may have several lines."""
    from syncline.text.terminal import clean

    click.echo(_styled(clean(text), sys.stdout, bold=bold, dim=dim))


def number_of(count: int, noun: str) -> str:
    """``1 item``, ``2 items``."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def note(session: Session, text: str) -> None:
    """Print a line for people: on stdout, but on stderr where stdout is a document, and not at all with -q."""
    from syncline.text.terminal import clean

    if not session.quiet:
        click.echo(clean(text), err=session.json)


def warn(session: Session, text: str) -> None:
    """Print a line on stderr."""
    from syncline.text.terminal import one_line

    click.echo(f"syncline: {one_line(session.redact(text))}", err=True)


def table(rows: Iterable[Sequence[str]], head: Sequence[str]) -> None:
    """Print aligned columns; on a terminal the last one is cut at the margin."""
    from syncline.text.terminal import cell_width, one_line

    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_width, column)) for column in zip(head, *cells, strict=True)]
    margin = os.get_terminal_size().columns if sys.stdout.isatty() else None
    click.echo(_styled(_aligned(head, widths, margin), sys.stdout, dim=True))
    for row in cells:
        click.echo(_aligned(row, widths, margin))


def _aligned(row: Sequence[str], widths: Sequence[int], margin: int | None) -> str:
    from syncline.text.terminal import cell_width

    before = "".join(
        cell + " " * (width - cell_width(cell) + 2) for cell, width in zip(row[:-1], widths, strict=False)
    )
    return before + (
        _cut(row[-1], max(margin - sum(widths[:-1]) - 2 * len(row) + 2, 10)) if margin else row[-1]
    )


def _cut(text: str, width: int) -> str:
    from syncline.text.terminal import cell_width

    if cell_width(text) <= width:
        return text
    while cell_width(text) >= width:
        text = text[:-1]
    return text + "…"


def _styled(text: str, stream: IO[str], *, bold: bool = False, dim: bool = False) -> str:
    wanted = (
        (bold or dim)
        and stream.isatty()
        and "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
    )
    return click.style(text, bold=bold or None, dim=dim or None) if wanted else text
