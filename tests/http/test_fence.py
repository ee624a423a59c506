"""Where connections may lead."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Sequence
from ipaddress import ip_address

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.http.lab import MakeHttp, loopback, reply

from syncline.errors import ProtocolError
from syncline.http.fence import (
    AddressRules,
    FencedBackend,
    ForbiddenAddress,
    is_loopback_name,
    is_public,
    system_resolver,
    unwrapped,
)

HOSTILE = [
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "::",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
]
NEVER = [
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104
    "::",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "192.0.0.8",
    "224.0.0.1",
    "fe80::1%eth0",
    "fd00:ec2::254",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        AddressRules([("acme.example", 443)]).check("evil.example", 443, [address])


@pytest.mark.parametrize("address", HOSTILE)
def test_one_inside_address_among_public_ones_is_enough_to_refuse(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        AddressRules([]).check("evil.example", 443, ["93.184.216.34", address])


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_refused_even_where_written(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        AddressRules([("acme.example", 443)]).check("acme.example", 443, [address])


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "fc00::1", "100.64.0.1", "::1"])
def test_a_private_address_is_for_the_host_and_port_that_were_written(address: str) -> None:
    rules = AddressRules([("Jira.Corp.example", 8443)])
    rules.check("jira.corp.example", 8443, [address])
    with pytest.raises(ForbiddenAddress):
        rules.check("jira.corp.example", 443, [address])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_addresses_pass(address: str) -> None:
    AddressRules([]).check("acme.example", 443, [address])


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_never_public(address: object) -> None:
    plain = unwrapped(ip_address(str(address)))
    if plain.is_private or plain.is_multicast or plain.is_reserved or plain.is_link_local:
        assert not is_public(plain)


@pytest.mark.parametrize(
    ("host", "loop"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("2130706433", False),
        ("10.0.0.1", False),
    ],
)
def test_which_names_can_only_be_this_machine(host: str, loop: bool) -> None:
    assert is_loopback_name(host) is loop


@pytest.mark.parametrize("spelling", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "0"])
def test_other_spellings_of_this_machine_are_seen_through(make_http: MakeHttp, spelling: str) -> None:
    http = make_http()
    with pytest.raises(ProtocolError):
        http.download(f"https://{spelling}/x")


class Network(httpcore.NetworkBackend):
    """Notes where it is asked to connect; every socket is refused."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.asked.append((host, port))
        raise httpcore.ConnectError("refused")


class Rebinding:
    """A name server that answers with the next entry each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def test_a_rebinding_name_is_asked_once_and_its_first_answer_is_used() -> None:
    network, resolve = Network(), Rebinding(["93.184.216.34"], ["127.0.0.1"])
    backend = FencedBackend(AddressRules([]), resolve, network)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("evil.example", 443)
    assert network.asked == [("93.184.216.34", 443)]
    assert resolve.asked == 1
    with pytest.raises(ForbiddenAddress):
        backend.connect_tcp("evil.example", 443)
    assert network.asked == [("93.184.216.34", 443)]


class Handshake(httpcore.MockStream):
    """A socket that notes which name TLS is asked to prove, and hangs up."""

    def __init__(self, names: list[str | None]) -> None:
        super().__init__([])
        self.names = names

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self.names.append(server_hostname)
        raise httpcore.ConnectError("enough")


class Handshakes(Network):
    """Opens sockets that only note the name in the handshake."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str | None] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.asked.append((host, port))
        return Handshake(self.names)


def test_tls_proves_the_name_and_not_the_address() -> None:
    network = Handshakes()
    backend = FencedBackend(AddressRules([]), lambda host, port: ["93.184.216.34"], network)
    with httpcore.ConnectionPool(network_backend=backend) as pool, pytest.raises(httpcore.ConnectError):
        pool.request("GET", "https://acme.example/x")
    assert network.asked == [("93.184.216.34", 443)]
    assert network.names == ["acme.example"]


def test_every_address_is_tried_before_giving_up() -> None:
    network = Network()
    backend = FencedBackend(
        AddressRules([]), lambda host, port: ["2606:2800:220:1::1", "93.184.216.34"], network
    )
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("acme.example", 443)
    assert [host for host, _ in network.asked] == ["2606:2800:220:1::1", "93.184.216.34"]


def test_a_name_without_addresses_is_an_error() -> None:
    with pytest.raises(httpcore.ConnectError):
        FencedBackend(AddressRules([]), lambda host, port: [], Network()).connect_tcp("acme.example", 443)


def test_the_socket_goes_to_the_checked_address_and_the_host_header_keeps_the_name(
    make_http: MakeHttp,
) -> None:
    with loopback(lambda handler: reply(handler, 200)) as server:
        resolve = Rebinding(["127.0.0.1"], ["169.254.169.254"])
        http = make_http(f"http://jira.corp.example:{server.port}", insecure=True, resolve=resolve)
        for _ in range(3):
            http.get("/x")
    assert [headers["host"] for _, _, headers in server.requests] == [f"jira.corp.example:{server.port}"] * 3
    assert resolve.asked == 1


def test_a_configured_host_that_leads_to_the_metadata_service_is_refused(make_http: MakeHttp) -> None:
    http = make_http(
        "http://jira.corp.example", insecure=True, resolve=lambda host, port: ["169.254.169.254"]
    )
    with pytest.raises(ForbiddenAddress, match=r"169\.254\.169\.254"):
        http.get("/latest/meta-data")


@pytest.mark.parametrize(
    "url", ["http://evil.example/x", "ftp://evil.example/x", "file:///etc/passwd", "https://u:p@h/x"]
)
def test_downloads_are_https(make_http: MakeHttp, url: str) -> None:
    with pytest.raises(ProtocolError):
        make_http().download(url)


def test_a_download_does_not_reach_another_service_on_this_machine(make_http: MakeHttp) -> None:
    with (
        loopback(lambda handler: reply(handler, 200)) as ours,
        loopback(lambda handler: reply(handler, 200)) as other,
    ):
        http = make_http(ours.base)
        assert http.download(f"{ours.base}/a") == b"{}"
        with pytest.raises(ProtocolError):
            http.download(f"{other.base}/a")
        with pytest.raises(ForbiddenAddress):
            http.download(f"https://127.0.0.1:{other.port}/a")
    assert other.requests == []


def test_environment_proxies_are_not_used(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with loopback(lambda handler: reply(handler, 200)) as server:
        assert make_http(server.base).get("/x").status == 200


def test_the_system_resolver_tells_each_address_once() -> None:
    found = system_resolver("localhost", 80)
    assert found
    assert len(found) == len(set(found))
    with pytest.raises(socket.gaierror):
        system_resolver("no-such-host.invalid", 80)
