"""Up to ten reads in one request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.trello.simulator.errors import Refusal

MOST = 10


def answer(request: SimRequest, serve: Callable[[SimRequest], SimResponse]) -> SimResponse:
    """Each answer under its status, ``{"200": …}``; a refused one tells its status and message.

    Addresses are parted by commas, so that a comma within one has to be encoded.
    """
    urls = [url for url in (request.param("urls") or "").split(",") if url]
    if not urls or len(urls) > MOST:
        raise Refusal(400, "invalid value for urls")
    return SimResponse.of_json([_wrapped(serve(_inner(request, url))) for url in urls])


def _inner(request: SimRequest, url: str) -> SimRequest:
    path, _, query = url.partition("?")
    if not path.startswith("/"):
        raise Refusal(400, "invalid value for urls")
    access = [(name, value) for name, value in request.query if name in ("key", "token")]
    asked = [*access, *parse_qsl(query, keep_blank_values=True)]
    return SimRequest("GET", f"/1{unquote(path)}", asked, request.headers)


def _wrapped(response: SimResponse) -> Any:
    if response.status == 200:
        return {"200": response.json()}
    text = response.content().decode()
    return {"name": text, "message": text, "statusCode": response.status}
