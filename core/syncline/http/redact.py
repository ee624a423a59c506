"""Keeps secrets out of logs, messages and tracebacks."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from types import TracebackType
from urllib.parse import quote, quote_plus

MASK = "[secret]"
SHORTEST = 4
"""Shorter secrets are not looked for: every text would be full of masks, which tells where they stand."""

_QUERY = re.compile(
    r"(\b[a-z][a-z0-9+.-]*://[^\s?#\"'<>]*)\?[^\s\"'<>)]*"  # a whole URL
    r"|(/[^\s?#\"'<>]*)\?(?=[\w.%-]+=)[^\s\"'<>)]*",  # a path with a query, as servers echo it
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Without control characters and bidirectional overrides; newlines and tabs stay."""
    return _UNPRINTABLE.sub("", text)


def without_query(text: str) -> str:
    """With the query string of every URL cut: vendors take credentials there."""
    return _QUERY.sub(lambda url: f"{url[1] or url[2]}?…", text)


class Redactor:
    """Knows the secrets of a run in every form in which they travel; may be shared by threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._lock = threading.Lock()
        self._pattern: re.Pattern[str] | None = None
        self.add(*secrets)

    def __repr__(self) -> str:
        return "Redactor()"

    def add(self, *secrets: str) -> None:
        """Hide these from now on. Those shorter than `SHORTEST` characters are not looked for."""
        with self._lock:
            for secret in secrets:
                self._forms.update(form for form in _forms(secret) if len(form) >= SHORTEST)
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def redact(self, text: str) -> str:
        """``text`` with secrets masked and the query strings of URLs cut."""
        pattern = self._pattern
        masked = pattern.sub(MASK, text) if pattern else text
        return without_query(masked)


def _forms(secret: str) -> set[str]:
    """A secret as it is, trimmed, URL-encoded, in base64, and as ``repr`` or JSON would write it."""
    if len(secret.strip()) < SHORTEST:
        return set()
    plain = {secret, secret.strip(), *(line for line in secret.split("\n") if len(line) >= 2 * SHORTEST)}
    encodings = (_percent, quote_plus, _percent_lower, _as_json, _as_ascii)
    encoded = {encode(form) for form in plain for encode in encodings}
    in_base64 = {
        encode(form.encode()).decode("ascii").rstrip("=")
        for form in plain
        for encode in (b64encode, urlsafe_b64encode)
    }
    return plain | encoded | in_base64


def _percent(text: str) -> str:
    return quote(text, safe="")


def _percent_lower(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), quote(text, safe=""))


def _as_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _as_ascii(text: str) -> str:
    return ascii(text)[1:-1]


class RedactingFilter(logging.Filter):
    """Redacts a log record whole: message, arguments, traceback; and drops control characters."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = printable(self._redactor.redact(_message(record)))
        record.args = None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = _formatted(record.exc_info[1], self._redactor)
        elif record.exc_text:
            record.exc_text = self._redactor.redact(record.exc_text)
        record.exc_info = None  # a handler that formats it itself would show what exc_text hides
        if record.stack_info:
            record.stack_info = self._redactor.redact(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    """The message; of a record whose arguments do not fit, its template."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def install(redactor: Redactor) -> Callable[[], None]:
    """Redact all that this process logs or dies of; returns the function that undoes it.

    Puts a filter on the handlers of the root logger as they are now, silences the INFO lines of httpx (they hold whole
    URLs), and prints uncaught exceptions, of threads too, redacted.
    """
    added = RedactingFilter(redactor)
    handlers = tuple(logging.getLogger().handlers)
    quiet = {name: logging.getLogger(name).level for name in ("httpx", "httpcore")}
    hooks = sys.excepthook, threading.excepthook

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            hooks[0](kind, error, trace)
        else:
            sys.stderr.write(_formatted(error, redactor) + "\n")

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            sys.stderr.write(_formatted(args.exc_value, redactor) + "\n")

    def undo() -> None:
        for handler in handlers:
            handler.removeFilter(added)
        for name, level in quiet.items():
            logging.getLogger(name).setLevel(level)
        sys.excepthook, threading.excepthook = hooks

    for handler in handlers:
        handler.addFilter(added)
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook, threading.excepthook = uncaught, uncaught_in_thread
    return undo


def _formatted(error: BaseException, redactor: Redactor) -> str:
    return printable(redactor.redact("".join(traceback.format_exception(error)))).rstrip("\n")
