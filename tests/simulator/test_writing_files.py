"""Attachments: up as forms, down by way of the media service on Cloud, directly on Data Center."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.simulator.writer import Writer

from syncline.sim import SimClock, SimRequest, SimResponse
from syncline_connectors.jira.simulator import Face, Permission

BOUNDARY = "a-line-that-is-nowhere-else"


@pytest.fixture(params=list(Face), ids=["cloud", "server"])
def writer(request: pytest.FixtureRequest, clock: SimClock) -> Writer:
    return Writer(clock, request.param)


def form(*files: tuple[str, bytes], field: str = "file") -> bytes:
    made = b""
    for name, content in files:
        head = (
            f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: text/plain'
        )
        made += f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return made + f"--{BOUNDARY}--\r\n".encode()


def upload(writer: Writer, body: bytes, *, token: str = "no-check") -> SimResponse:
    kind = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    headers = [*writer.headers, kind, *([("X-Atlassian-Token", token)] if token else [])]
    return writer.site(SimRequest("POST", f"{writer.face.prefix}issue/ED-1/attachments", (), headers, body))


def follow(writer: Writer, link: str) -> SimResponse:
    parts = urlsplit(link)
    return writer.site(SimRequest.of("GET", f"{parts.path}?{parts.query}", None, writer.headers))


def test_what_goes_up_comes_down(writer: Writer) -> None:
    issue = writer.made()
    response = upload(writer, form(("a b.txt", b"one\r\ntwo"), ("c.txt", b"")))
    assert response.status == 200
    first, second = response.json()
    told = (first["filename"], first["size"], first["mimeType"], first["author"]["displayName"])
    assert told == ("a b.txt", 8, "text/plain", "Ada Example")
    assert [one["id"] for one in writer.fields(issue)["attachment"]] == [first["id"], second["id"]]
    assert issue.histories[0].items[0]["toString"] == "a b.txt"
    down = follow(writer, first["content"])
    if writer.face is Face.CLOUD:
        assert down.status == 303
        media = urlsplit(down.header("Location") or "")
        assert media.netloc == "api.media.atlassian.com"
        down = writer.site(SimRequest("GET", media.path))
        direct = writer.ask("GET", f"attachment/content/{first['id']}", None, redirect="false")
        assert direct.content() == down.content()
    assert (down.status, down.content()) == (200, b"one\r\ntwo")
    assert writer.get(f"attachment/{first['id']}")["filename"] == "a b.txt"


@example(content=b"\r")
@example(content=b"\n")
@example(content=b"a\r\n")
@example(content=b"\x85\xe2\x80\xa8\x1c")
@given(content=st.binary(max_size=300).filter(lambda x: BOUNDARY.encode() not in x))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_every_byte_survives(clock: SimClock, content: bytes) -> None:
    writer = Writer(clock, Face.CLOUD)
    issue = writer.made()
    upload(writer, form(("x.bin", content)))
    [file] = issue.fields["attachment"]
    assert file.content == content


def test_the_media_address_dies(clock: SimClock) -> None:
    writer = Writer(clock, Face.CLOUD)
    writer.made()
    link = upload(writer, form(("a.txt", b"x"))).json()[0]["content"]
    media = urlsplit(follow(writer, link).header("Location") or "").path
    writer.clock.advance(599)
    assert writer.site(SimRequest("GET", media)).status == 200
    writer.clock.advance(2)
    assert writer.site(SimRequest("GET", media)).status == 403


@pytest.mark.parametrize("token", ["", "check"])
def test_a_form_without_the_token_is_taken_for_forged(writer: Writer, token: str) -> None:
    issue = writer.made()
    response = upload(writer, form(("a.txt", b"x")), token=token)
    assert (response.status, response.content()) == (403, b"XSRF check failed")
    assert not issue.fields["attachment"]


def test_files_have_a_largest_size_and_number(writer: Writer) -> None:
    issue = writer.made()
    writer.site.upload_limit = 5
    assert writer.get("attachment/meta") == {"enabled": True, "uploadLimit": 5}
    assert upload(writer, form(("a.txt", b"12345"))).status == 200
    assert upload(writer, form(("a.txt", b"1"), ("b.txt", b"123456"))).status == 413
    assert upload(writer, form(*((f"{n}.txt", b"1") for n in range(61)))).status == 413
    assert len(issue.fields["attachment"]) == 1


def test_a_form_must_hold_files(writer: Writer) -> None:
    writer.made()
    assert upload(writer, form(("a.txt", b"x"), field="upload")).status == 400
    assert upload(writer, b"").status == 400
    assert writer.ask("POST", "issue/ED-1/attachments", b"x").status == 403


def test_rights_to_files(writer: Writer) -> None:
    issue = writer.made()
    id_ = upload(writer, form(("a.txt", b"x"))).json()[0]["id"]
    writer.headers = writer.login(writer.ben)
    assert writer.ask("DELETE", f"attachment/{id_}").status == 403
    writer.site.deny(Permission.CREATE_ATTACHMENTS, writer.project, writer.ben)
    assert upload(writer, form(("a.txt", b"x"))).status == 403
    writer.site.grant(Permission.DELETE_ALL_ATTACHMENTS, writer.project, writer.ben)
    assert [writer.ask("DELETE", f"attachment/{id_}").status for _ in range(2)] == [204, 404]
    assert (issue.fields["attachment"], issue.histories[-1].items[0]["from"]) == ([], id_)
