"""Secrets in logs, messages and tracebacks: none."""

from __future__ import annotations

import base64
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from tests.http.lab import MakeHttp, answering, loopback, reply

from syncline.errors import SynclineError
from syncline.http import Auth, Basic, Bearer, Header, Http, Limits, Query, Redactor, install
from syncline.http.redact import printable
from syncline.seams import SystemClock

SECRET = "canary/ä+&=1 x"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower().replace("canary", "canary"),
        quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        json.dumps(SECRET),
        repr(SECRET),
        ascii(SECRET),
    ],
)
def test_every_form_in_which_a_secret_travels_is_masked(form: str) -> None:
    redacted = Redactor([SECRET]).redact(f"before {form} after")
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert "[secret]" in redacted
    assert form not in redacted


@given(st.text(min_size=4, max_size=40).filter(lambda text: len(text.strip()) >= 4), st.text(), st.text())
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    redacted = Redactor([secret]).redact(before + secret + after)
    assert secret not in redacted.replace("[secret]", "")


def test_the_pair_of_basic_credentials_is_masked() -> None:
    auth = Basic("ann@acme.example", SecretStr("canary-1"))
    assert "YW5u" not in Redactor(auth.secrets()).redact(auth.headers()["authorization"])


def test_the_longest_secret_wins_and_short_ones_are_left() -> None:
    assert Redactor(["tokens", "tokens-and-more"]).redact("tokens-and-more") == "[secret]"
    assert Redactor(["a", ""]).redact("banana") == "banana"


def test_query_strings_are_cut_from_every_url() -> None:
    text = 'GET https://api.example/1/cards?key=k&token=t HTTP/1.1 (see "http://x.example/?a=1", ok?)'
    assert Redactor().redact(text) == (
        'GET https://api.example/1/cards?… HTTP/1.1 (see "http://x.example/?…", ok?)'
    )


def test_a_path_with_a_query_is_cut_and_a_question_in_prose_is_not() -> None:
    redact = Redactor().redact
    assert redact("no such page: /1/cards?key=k&token=t") == "no such page: /1/cards?…"
    assert redact("either/or? a=b") == "either/or? a=b"


def test_control_characters_go_and_layout_stays() -> None:
    assert printable("a\x1b]0;x\x07\tb\n\u202ec\x9b") == "a]0;x\tb\nc"


def test_a_redactor_does_not_show_what_it_hides() -> None:
    assert "canary" not in repr(Redactor(["canary-1"])) + str(vars(Redactor()))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that a handler of the root logger prints at DEBUG, with redaction installed by the test."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def test_log_records_are_redacted_whole(log: io.StringIO) -> None:
    undo = install(Redactor(["canary-1"]))
    try:
        try:
            raise ValueError("canary-1 in a traceback")
        except ValueError:
            logging.getLogger("x").exception(
                "message canary-1 %s \x1b[2J", {"key": "canary-1"}, stack_info=True
            )
    finally:
        undo()
    printed = log.getvalue()
    assert "canary" not in printed.replace('raise ValueError("canary-1', "").replace("message canary", "")
    assert "ValueError: [secret] in a traceback" in printed
    assert "\x1b" not in printed


class Verbose(logging.Handler):
    """A handler that shows tracebacks in its own way, as rich does."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.shown.append(record.exc_info)


def test_handlers_with_a_way_of_their_own_get_no_exception_to_show(log: io.StringIO) -> None:
    verbose = Verbose()
    logging.getLogger().addHandler(verbose)
    undo = install(Redactor(["canary-1"]))
    try:
        logging.getLogger("x").error("failed", exc_info=ValueError("canary-1"))
    finally:
        undo()
        logging.getLogger().removeHandler(verbose)
    assert verbose.shown == [None]
    assert "ValueError: [secret]" in log.getvalue()


def test_a_record_with_wrong_arguments_does_not_stop_the_program(log: io.StringIO) -> None:
    undo = install(Redactor(["canary-1"]))
    try:
        logging.getLogger("x").error("%d canary-1", "canary-1")
    finally:
        undo()
    assert log.getvalue() == "ERROR x %d [secret]\n"


def test_undo_leaves_everything_as_it_was() -> None:
    before = sys.excepthook, logging.getLogger("httpx").level
    undo = install(Redactor(["canary-1"]))
    assert sys.excepthook is not before[0]
    assert logging.getLogger("httpx").level == logging.WARNING
    undo()
    assert (sys.excepthook, logging.getLogger("httpx").level) == before


CRASH = """
import threading
from syncline.http import Redactor, install
install(Redactor(["canary" + "-1"]))
def crash():
    raise RuntimeError("https://x.example/?token=abc " + "canary" + "-1")
thread = threading.Thread(target=crash)
thread.start()
thread.join()
crash()
"""


def test_a_crash_prints_no_secret_on_any_thread() -> None:
    ran = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.count("RuntimeError: https://x.example/?… [secret]") == 2
    assert "canary-1" not in ran.stderr
    assert "token" not in ran.stderr.replace('?token=abc "', "")


def echo(handler: BaseHTTPRequestHandler) -> None:
    """A vendor that repeats what it was sent, with the status that the path asks for."""
    sent = f"{handler.path} {dict(handler.headers.items())}"
    reply(handler, int(handler.path.split("/")[1][:3]), json.dumps({"message": sent}).encode())


def half(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "99")
    handler.end_headers()
    handler.close_connection = True


CANARIES: list[Auth] = [
    Basic("ann", SecretStr("canary-secret-1")),
    Bearer(SecretStr("canary-secret-1")),
    Header("X-Api-Key", SecretStr("canary-secret-1")),
    Query({"key": SecretStr("canary-secret-1"), "token": SecretStr("canary-secret-1")}),
]


@pytest.mark.parametrize("auth", CANARIES, ids=lambda auth: type(auth).__name__)
def test_forced_failures_at_the_loudest_level_show_no_canary(
    make_http: MakeHttp, log: io.StringIO, auth: Auth
) -> None:
    redactor = Redactor()
    undo = install(redactor)
    said: list[str] = []
    asked = {"jql": "canary-secret-2"}

    def provoke(http: Http, path: str) -> None:
        try:
            http.get(path, params=asked)
        except SynclineError as error:
            logging.getLogger("x").exception("failed: %r", error)
            said.append(f"{error!r} {error} {error.hint}")

    quick = Limits(tries=2, deadline=0.3)
    try:
        with loopback(echo) as vendor, loopback(half) as broken:
            http = make_http(vendor.base, auth=auth, redactor=redactor, limits=quick)
            for status in (400, 401, 403, 404, 409, 429, 500, 302, 418):
                provoke(http, f"/{status}")
            provoke(make_http(broken.base, auth=auth, redactor=redactor, limits=quick), "/x")
        provoke(make_http(vendor.base, auth=auth, redactor=redactor, limits=quick), "/x")
        for fault in (httpx.ReadTimeout("canary-secret-1"), httpx.LocalProtocolError("canary-secret-1")):
            transport = answering(fault)
            provoke(make_http(auth=auth, redactor=redactor, limits=quick, transport=transport), "/x")
    finally:
        undo()
    assert len(said) == 13
    everything = log.getvalue() + "".join(said)
    assert "answered 401" in everything
    for canary in ("canary-secret", "Y2FuYXJ5", base64.b64encode(b"ann:canary-secret-1").decode()):
        assert canary not in everything
    assert "httpcore" not in everything


def test_the_loud_log_still_says_what_was_asked(make_http: MakeHttp, log: io.StringIO) -> None:
    make_http(transport=answering(httpx.Response(200, json={})), clock=SystemClock()).get(
        "/rest/x", params={"a": 1}
    )
    assert "GET acme.example/rest/x 200, 2 bytes" in log.getvalue()
    assert "a=1" not in log.getvalue()
