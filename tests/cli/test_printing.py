"""Colour, width and progress: only where somebody looks."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from syncline.sync.result import Counts, Progress
from syncline.text.terminal import cell_width
from syncline_cli import output
from syncline_cli.progress import _shown_by, progress_bars
from syncline_cli.session import Session


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_needs_a_terminal_and_no_objection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1m" in output._styled("x", Terminal(), bold=True)
    assert output._styled("x", io.StringIO(), bold=True) == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert output._styled("x", Terminal(), bold=True) == "x"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("é", 1), ("", 0)])
def test_width_is_what_a_terminal_shows(text: str, width: int) -> None:
    assert cell_width(text) == width


@pytest.mark.parametrize("text", ["a long title that must be cut", "日本語のとても長い題名です"])
def test_a_line_is_cut_at_the_margin(text: str) -> None:
    cut = output._cut(text, 12)
    assert cell_width(cut) <= 12
    assert cut.endswith("…")
    assert output._cut("short", 12) == "short"


def test_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Progress("eng", "issues", Counts(read=40), 100)
    for session, stream in (
        (Session(), io.StringIO()),
        (Session(json=True), Terminal()),
        (Session(quiet=1), Terminal()),
    ):
        monkeypatch.setattr("sys.stderr", stream)
        with progress_bars(session) as show:
            show(step)
        assert stream.getvalue() == ""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bars(Session()) as show:
        show(step)
    assert "eng/issues" in terminal.getvalue()


def test_progress_follows_each_stream() -> None:
    bars = Bars(console=Console(file=io.StringIO()))
    show = _shown_by(bars)
    show(Progress("eng", "issues", Counts(read=40), 100))
    show(Progress("eng", "[link=x]boards", Counts(read=1)))
    show(Progress("eng", "issues", Counts(read=90), 100))
    assert [(task.description, task.completed, task.total) for task in bars.tasks] == [
        ("eng/issues", 90, 100),
        ("eng/[link=x]boards", 1, None),
    ]


def test_a_stream_is_done_when_the_next_one_begins() -> None:
    bars = Bars(console=Console(file=io.StringIO()))
    show = _shown_by(bars)
    show(Progress("eng", "projects", Counts(read=2)))
    show(Progress("eng", "boards", Counts()))
    show(Progress("eng", "issues", Counts(read=5)))
    assert [(task.finished, task.visible) for task in bars.tasks] == [
        (True, True),
        (True, False),
        (False, True),
    ]
