"""Logging: to stderr, one line a record, secrets struck out, control characters too."""

from __future__ import annotations

import logging
import sys

from syncline.http.redact import Redactor, install

_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}


class _OneLine(logging.Formatter):
    """A record as one line without control characters; its traceback, redacted, only when details are wanted."""

    def format(self, record: logging.LogRecord) -> str:
        from syncline.text.terminal import clean, one_line

        line = one_line(f"{record.levelname.lower()}: {record.name}: {record.getMessage()}")
        details = record.exc_text and logging.getLogger().level <= logging.DEBUG
        return f"{line}\n{clean(record.exc_text or '')}" if details else line


def start(verbosity: int) -> Redactor:
    """Start logging; ``verbosity`` is the number of -v less that of -q. Returns what strikes out secrets."""
    level = _LEVELS.get(max(verbosity, -1), logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    redactor = Redactor()
    install(redactor)
    return redactor
