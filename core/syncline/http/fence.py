"""Where connections may lead: every address a name resolves to is checked, and the checked one is connected to.

The name is resolved once, at the socket: TLS, SNI and the Host header keep the name, and an answer that changes between
check and use (DNS rebinding) has no second chance.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

import httpcore

from syncline.errors import ProtocolError
from syncline.http.deadline import remaining
from syncline.http.library import httpx

Address: TypeAlias = IPv4Address | IPv6Address
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""All addresses of a host, as text; raises socket.gaierror."""

_SLICE = 64 * 1024

NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local: cloud metadata
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's
        "::/128",
        "64:ff9b::/96",  # these three carry an IPv4 address inside
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",
        "fe80::/10",
        "fec0::/10",
        "fd00:ec2::254/128",  # Amazon's metadata
        "ff00::/8",
    )
)
"""Not even for an address that the operator wrote."""

PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::/96",
        "fc00::/7",
    )
)
"""Only for a host and port that the operator wrote."""


class ForbiddenAddress(ProtocolError):
    """A host name leads into a network that requests must not reach."""


def is_forbidden(address: Address) -> bool:
    """Whether no request may ever go there: link-local, metadata, multicast, addresses that hide another."""
    return any(_belongs(address, network) for network in NEVER)


def is_public(address: Address) -> bool:
    """Whether the address lies in the public internet. `ipaddress` alone lets several of the above pass."""
    plain = unwrapped(address)
    private = any(_belongs(plain, network) for network in PRIVATE)
    return plain.is_global and not (private or plain.is_reserved or is_forbidden(plain))


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside ``::ffff:a.b.c.d``."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _belongs(address: Address, network: object) -> bool:
    return address in network  # type: ignore[operator]


def is_loopback_name(host: str) -> bool:
    """Whether ``host``, as written, can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return unwrapped(ip_address(host)).is_loopback
    except ValueError:
        return False


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses the operating system knows, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class AddressRules:
    """``written`` are the (host, port) pairs of the configuration, whose addresses may be private."""

    def __init__(self, written: Iterable[tuple[str, int]]) -> None:
        self._written = frozenset((host.lower(), port) for host, port in written)

    def check(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Raise ForbiddenAddress if any of the addresses may not be reached under that name."""
        trusted = (host.lower(), port) in self._written
        for text in addresses:
            address = unwrapped(ip_address(text.partition("%")[0]))
            if is_forbidden(address) or not (trusted or is_public(address)):
                raise ForbiddenAddress(
                    f"{host} leads to {address}, which is not a public address",
                    hint="only hosts written in the configuration may be private",
                )


class FencedBackend(httpcore.NetworkBackend):
    """Opens sockets to checked addresses only, under the deadline of the request."""

    def __init__(
        self,
        rules: AddressRules,
        resolve: Resolver = system_resolver,
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._network = network or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._addresses(host, port)
        self._rules.check(host, port, addresses)
        for last, address in ((address is addresses[-1], address) for address in addresses):
            try:
                left = _left(timeout, httpcore.ConnectTimeout)
                stream = self._network.connect_tcp(address, port, left, local_address, socket_options)
                return _TimedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last:
                    raise
        raise httpcore.ConnectError("no address")

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            return self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError("no address") from error
        except UnicodeError as error:
            raise httpcore.ConnectError("no address") from socket.gaierror(socket.EAI_NONAME, str(error))


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
    left = remaining(timeout)
    if left is not None and left <= 0:
        raise error("deadline")
    return left


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every operation ends by the deadline of the request that uses it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _SLICE):
            self._stream.write(buffer[start : start + _SLICE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: object,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left))  # type: ignore[arg-type]

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class FencedTransport(httpx.BaseTransport):
    """A pool of connections over `FencedBackend`; no proxies, no cookies, nothing from the environment."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        plain = httpcore.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._pool.handle_request(plain)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _as_httpx:
    """Turns errors of httpcore into those of httpx, which every other transport raises too."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for ours, theirs in _SAME.items() if error is not None else ():
            if isinstance(error, ours):
                raise theirs("") from error


_SAME: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}
