"""A simulated vendor inside the process: `SimTransport` takes the place of the network in an httpx client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from syncline.sim.app import App, SimRequest, SimResponse, Traffic, WireFault


class _Body(httpx.SyncByteStream):
    """Chunks, then an error if the connection is to break."""

    def __init__(self, chunks: Sequence[bytes], error: Exception | None) -> None:
        self._chunks, self._error = chunks, error

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        if self._error:
            raise self._error


class SimTransport(httpx.BaseTransport):
    """Answers every request from ``app``; faults of the wire become the errors that httpx raises for them."""

    def __init__(self, app: App, traffic: Traffic | None = None) -> None:
        self._app = app
        self.traffic = traffic if traffic is not None else Traffic()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = SimRequest(
            method=request.method,
            path=request.url.path,
            query=request.url.params.multi_items(),
            headers=request.headers.multi_items(),
            body=request.read(),
        )
        with self.traffic.under_way(asked):
            answer = self._app(asked)
            self.traffic.answered(answer.status)
        return _to_httpx(answer, request)


def _to_httpx(answer: SimResponse, request: httpx.Request) -> httpx.Response:
    body = answer.content()
    fault = answer.wire.fault if answer.wire else None
    if fault is WireFault.STALL:
        raise httpx.ReadTimeout("the simulated vendor does not answer", request=request)
    if fault is WireFault.DROP:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    headers = list(answer.headers)
    if isinstance(answer.body, bytes):
        headers.append(("Content-Length", str(len(body))))
    error = None
    chunks: Sequence[bytes] = [body] if isinstance(answer.body, bytes) else answer.body
    if fault is WireFault.TRUNCATE:
        chunks, error = (
            [body[: len(body) // 2]],
            httpx.RemoteProtocolError("peer closed connection", request=request),
        )
    return httpx.Response(answer.status, headers=headers, stream=_Body(chunks, error), request=request)
