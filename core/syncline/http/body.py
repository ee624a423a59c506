"""Reads a response to its end within a size and a deadline, whatever the other side sends."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from syncline.errors import ProtocolError, TransientError
from syncline.http.deadline import Deadline
from syncline.http.library import httpx

_PIECE = 1024 * 1024
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def read_body(response: httpx.Response, *, cap: int, deadline: Deadline, what: str) -> bytes:
    """The decompressed body.

    Decompression is done here because a streaming reader of httpx 0.28 inflates a whole chunk before it can be stopped.
    Raises TooLarge beyond ``cap`` bytes, ProtocolError for an unknown encoding, TransientError for a body cut short
    or a deadline that has passed; errors of the connection pass through.
    """
    length = response.headers.get("content-length", "")
    expected = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None
    if expected is not None and expected > cap:
        raise _too_large(what, cap)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    raw = _Counted(response, deadline, what)
    pieces: list[bytes] = []
    size = 0
    for piece in _decoded(raw.chunks(), encoding, what):
        size += len(piece)
        if size > cap:
            raise _too_large(what, cap)
        pieces.append(piece)
    if expected is not None and raw.count != expected:
        raise TransientError(f"{what}: the answer was cut short")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Counted:
    """The bytes as they come, counted and timed."""

    def __init__(self, response: httpx.Response, deadline: Deadline, what: str) -> None:
        self.count = 0
        self._response = response
        self._deadline = deadline
        self._what = what

    def chunks(self) -> Iterator[bytes]:
        stream = self._response.stream
        assert isinstance(stream, httpx.SyncByteStream)
        for chunk in stream:
            self.count += len(chunk)
            if self._deadline.remaining() <= 0:
                raise TransientError(f"{self._what}: timed out")
            yield chunk


def _decoded(chunks: Iterator[bytes], encoding: str, what: str) -> Iterator[bytes]:
    if encoding in ("identity", ""):
        return chunks
    window = _WINDOWS.get(encoding)
    if window is None:
        raise ProtocolError(f"{what}: a body in an encoding that was not asked for")
    return _inflated(chunks, window, what)


def _inflated(chunks: Iterator[bytes], window: int, what: str) -> Iterator[bytes]:
    """Pieces of at most a megabyte. A gzip body may consist of several members (RFC 1952 §2.2)."""
    inflater = None
    for chunk in chunks:
        data = chunk
        while data:
            if inflater is None or inflater.eof:
                inflater = zlib.decompressobj(_raw_if_headerless(data, window))
            try:
                piece = inflater.decompress(data, _PIECE)
            except zlib.error:
                raise TransientError(f"{what}: the compressed body is damaged") from None
            if piece:
                yield piece
            data = inflater.unconsumed_tail or inflater.unused_data
    if inflater is not None and not inflater.eof:
        yield from _rest(inflater, what)


def _rest(inflater: zlib._Decompress, what: str) -> Iterator[bytes]:
    """What zlib still holds back: at most a window, since all input was taken."""
    piece = inflater.decompress(b"", _PIECE)
    while piece:
        yield piece
        piece = inflater.decompress(b"", _PIECE)
    if not inflater.eof:
        raise TransientError(f"{what}: the compressed body was cut short")


def _raw_if_headerless(data: bytes, window: int) -> int:
    """Some servers send ``deflate`` without the zlib header it should have (RFC 9110 §8.4.1.2)."""
    has_header = data[0] & 0x0F == 8
    return -15 if window == 15 and not has_header else window


class TooLarge(ProtocolError):
    """More bytes than were allowed: a smaller question may be answered."""


def _too_large(what: str, cap: int) -> TooLarge:
    return TooLarge(f"{what}: the answer is larger than {cap // (1024 * 1024)} MB")
