"""The addresses a connection may talk to, and how a path becomes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from syncline.errors import ConfigError, ProtocolError
from syncline.http.fence import is_loopback_name
from syncline.http.library import httpx

Params: TypeAlias = Mapping[str, str | int | float | bool | Sequence[str | int] | None]
"""A query; entries that are None are left out, sequences repeat the name."""

_PORTS = {"https": 443, "http": 80}


class Addresses:
    """Origins (scheme, host, port) of one connection, the base address first; raises ConfigError."""

    def __init__(self, origins: Sequence[str], *, insecure: bool) -> None:
        if not origins:
            raise ConfigError("a connection without an address", hint="set url")
        urls = [_checked(origin, insecure) for origin in origins]
        self.base = str(urls[0]).rstrip("/")
        self._origins = frozenset(origin_of(url) for url in urls)
        self.written = frozenset((host, port) for _, host, port in self._origins)

    def resolve(self, path: str, params: Params | None) -> httpx.URL:
        """A path below the base address, or a whole URL at one of the origins; raises ProtocolError for others."""
        absolute = path.lower().startswith(("http://", "https://"))
        url = parsed(path if absolute else f"{self.base}/{path.lstrip('/')}")
        if not self.covers(url):
            raise ProtocolError(
                f"a link leads from {self._home} to {place(url)}",
                hint="credentials are sent to the configured address only",
            )
        given = {name: value for name, value in (params or {}).items() if value is not None}
        return url.copy_merge_params(given) if given else url

    def covers(self, url: httpx.URL) -> bool:
        """Whether requests with credentials may go there."""
        return origin_of(url) in self._origins and not url.userinfo

    def open_to_all(self, url: httpx.URL) -> bool:
        """Whether a request without credentials may go there: any https address, http only where configured."""
        return (url.scheme == "https" and not url.userinfo) or self.covers(url)

    @property
    def _home(self) -> str:
        return place(httpx.URL(self.base))


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return url.scheme, url.host.lower(), url.port or _PORTS.get(url.scheme, 0)


def place(url: httpx.URL) -> str:
    """Scheme, host, and port where it is not the usual one, for messages."""
    return f"{url.scheme}://{host_and_port(url)}"


def host_and_port(url: httpx.URL) -> str:
    return f"{url.host}:{url.port}" if url.port else url.host


def parsed(text: str) -> httpx.URL:
    """``text`` as a URL; raises ProtocolError without quoting it."""
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        raise ProtocolError("an address that is not a valid URL") from None


def next_hop(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads; raises ProtocolError."""
    try:
        return url.join(location)
    except httpx.InvalidURL:
        raise ProtocolError(f"{host_and_port(url)} redirects to an invalid address") from None


def _checked(origin: str, insecure: bool) -> httpx.URL:
    try:
        url = httpx.URL(origin)
    except httpx.InvalidURL:
        raise ConfigError("url is not a valid address") from None
    if url.userinfo or url.query or url.fragment:
        raise ConfigError(
            f"the address of {url.host} holds more than scheme, host and path", hint="no user, no query"
        )
    if url.scheme not in _PORTS or not url.host:
        raise ConfigError("url is not an http address", hint="it starts with https://")
    if url.scheme == "http" and not (insecure or is_loopback_name(url.host)):
        raise ConfigError(f"{place(url)} is not encrypted", hint="use https://, or set insecure = true")
    return url
