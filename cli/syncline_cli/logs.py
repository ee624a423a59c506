"""Logging: to stderr, one line a record, secrets struck out, control characters too."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from syncline.http.redact import Redactor, install

_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}


class _OneLine(logging.Formatter):
    """A record as one line without control characters; its traceback, redacted, only when details are wanted."""

    def format(self, record: logging.LogRecord) -> str:
        from syncline.text.terminal import clean, one_line

        line = one_line(f"{record.levelname.lower()}: {record.name}: {record.getMessage()}")
        details = record.exc_text and logging.getLogger().level <= logging.DEBUG
        return f"{line}\n{clean(record.exc_text or '')}" if details else line


def start(verbosity: int) -> tuple[Redactor, Callable[[], None]]:
    """Start logging; ``verbosity`` is the number of -v less that of -q.

    Returns what strikes out secrets, and the function that ends it all.
    """
    level = _LEVELS.get(max(verbosity, -1), logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    root = logging.getLogger()
    level_before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    redactor = Redactor()
    uninstall = install(redactor)

    def stop() -> None:
        uninstall()
        root.removeHandler(handler)
        root.setLevel(level_before)

    return redactor, stop
