"""Files put where a vendor says: without credentials, to public https addresses, by writing connections alone."""

from __future__ import annotations

import httpx
import pytest
from tests.http.lab import MakeHttp, answering

from syncline.errors import ProtocolError
from syncline.http import ReadOnly

PLACE = "https://store.example/bucket/1?signature=x"


def test_a_file_is_put_there_without_credentials_and_with_the_headers_that_were_asked_for(
    make_http: MakeHttp,
) -> None:
    transport = answering(httpx.ReadTimeout(""), httpx.Response(200))
    make_http(transport=transport).deposit(
        PLACE, b"\x00bytes", content_type="image/png", headers={"x-length": "6"}
    )
    for sent in transport.seen:  # once more after the time-out: the same file at the same place
        assert (sent.method, str(sent.url), sent.content) == ("PUT", PLACE, b"\x00bytes")
        assert sent.headers["content-type"] == "image/png"
        assert sent.headers["x-length"] == "6"
        assert "authorization" not in sent.headers
    assert len(transport.seen) == 2


@pytest.mark.parametrize("place", ["http://store.example/1", "https://user@store.example/1", "ftp://store/1"])
def test_nothing_is_put_where_it_could_be_read_on_the_way(make_http: MakeHttp, place: str) -> None:
    transport = answering(httpx.Response(200))
    with pytest.raises(ProtocolError):
        make_http(transport=transport).deposit(place, b"x", content_type="text/plain")
    assert transport.seen == []


def test_a_reading_connection_puts_no_file_anywhere(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(200))
    with pytest.raises(ReadOnly):
        make_http(transport=transport, access="read").deposit(PLACE, b"x", content_type="text/plain")
    assert transport.seen == []
