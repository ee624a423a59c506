"""Reading bodies: caps, bombs, truncation."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.http.lab import FakeClock

from syncline.errors import ProtocolError, TransientError
from syncline.http.body import read_body
from syncline.http.deadline import Deadline

MB = 1024 * 1024


class Chunks(httpx.SyncByteStream):
    """A body in pieces; ``clock`` moves on by ``pause`` with each."""

    def __init__(self, chunks: list[bytes], clock: FakeClock | None = None, pause: float = 0.0) -> None:
        self.chunks = chunks
        self.clock = clock
        self.pause = pause

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            if self.clock:
                self.clock.advance(self.pause)
            yield chunk


def read(chunks: list[bytes], cap: int = MB, **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(200, headers=named, stream=Chunks(chunks))
    return read_body(response, cap=cap, deadline=Deadline(2000.0, FakeClock()), what="GET x")


def split(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


@given(
    st.binary(max_size=5000),
    st.integers(1, 700),
    st.sampled_from(["identity", "gzip", "deflate", "raw", "twice"]),
)
def test_every_encoding_in_pieces_of_any_size(data: bytes, size: int, form: str) -> None:
    body, encoding = {
        "identity": (data, "identity"),
        "gzip": (gzip.compress(data), "gzip"),
        "deflate": (zlib.compress(data), "deflate"),
        "raw": (raw_deflate(data), "deflate"),
        "twice": (gzip.compress(data[:7]) + gzip.compress(data[7:]), "GZip"),
    }[form]
    assert read(split(body, size), content_encoding=encoding, content_length=str(len(body))) == data


@given(st.binary(min_size=1, max_size=3000), st.data())
def test_a_gzip_body_cut_anywhere_is_a_passing_fault(data: bytes, draw: st.DataObject) -> None:
    body = gzip.compress(data)
    cut = draw.draw(st.integers(1, len(body) - 1))
    with pytest.raises(TransientError):
        read([body[:cut]], content_encoding="gzip")


@given(st.binary(max_size=300))
def test_damaged_compression_is_never_an_unnamed_crash(data: bytes) -> None:
    try:
        read([data], content_encoding="gzip")
    except TransientError as error:
        assert "compressed" in error.message  # noqa: PT017


@pytest.mark.parametrize("sent", [b"", b"1234", b"1234567"])
def test_a_length_that_does_not_fit_is_a_passing_fault(sent: bytes) -> None:
    with pytest.raises(TransientError, match="cut short"):
        read([sent] if sent else [], content_length="5")


def test_the_cap_counts_what_comes_out() -> None:
    assert len(read([gzip.compress(bytes(MB))], content_encoding="gzip")) == MB
    with pytest.raises(ProtocolError, match="larger than 1 MB"):
        read([gzip.compress(bytes(MB + 1))], content_encoding="gzip")
    with pytest.raises(ProtocolError, match="larger"):
        read([bytes(MB), b"1"])


def test_a_body_announced_too_large_is_not_read_at_all() -> None:
    with pytest.raises(ProtocolError, match="larger"):
        read([], content_length=str(MB + 1))


def test_an_encoding_nobody_asked_for_is_nonsense() -> None:
    with pytest.raises(ProtocolError, match="encoding"):
        read([b"x"], content_encoding="br")


def test_a_drip_ends_at_the_deadline() -> None:
    clock = FakeClock()
    deadline = Deadline(clock.monotonic() + 60, clock)
    response = httpx.Response(200, stream=Chunks([b"x"] * 1000, clock, 1.0))
    with pytest.raises(TransientError, match="timed out"):
        read_body(response, cap=MB, deadline=deadline, what="GET x")
    assert clock.monotonic() - 1000.0 == 60.0


BOMB = """
import resource, zlib, httpx
from syncline.errors import ProtocolError
from syncline.http.body import read_body
from syncline.http.deadline import Deadline
from syncline.seams import SystemClock

squeeze = zlib.compressobj(9, wbits=31)
bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(500)) + squeeze.flush()
assert len(bomb) < 600_000
class Body(httpx.SyncByteStream):
    def __iter__(self):
        yield bomb
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_body(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Body()),
              cap=32 << 20, deadline=Deadline(1e12, SystemClock()), what="GET x")
except ProtocolError:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="measures with getrusage")
def test_a_bomb_of_500_mb_is_refused_within_80_mb() -> None:
    ran = subprocess.run([sys.executable, "-c", BOMB], capture_output=True, text=True, check=True)
    assert int(ran.stdout) <= 80
