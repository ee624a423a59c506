"""A fast fake Jira Cloud for benchmarks: ``python -m bench.server --issues 20000``; prints its address.

Issues are rendered once, at the start; a page is one join of bytes, so that the server stays well above every client
(``python -m bench.run`` measures how far). It serves what a pull of issues and comments asks for, refuses a query that
it does not understand, and says 404 to everything else. Only the loopback interface is served.

``GET /__bench/stats`` tells what was counted since the last reset; ``POST /__bench/reset`` brings back the first state;
``POST /__bench/change?n=200`` changes issues now; ``POST /__bench/latency?ms=80`` delays every later answer.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import ssl
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zlib import crc32

from pydantic_core import from_json, to_json

from bench.issues import (
    EVERYBODY,
    PROJECTS,
    STATUSES,
    WORKLOG,
    Rendered,
    catalogue,
    project,
    render,
    stamp,
    status,
)

API = "/rest/api/3"
QUERY = re.compile(
    r"updated >= (?P<since>\d+)(?: AND updated < (?P<until>\d+))?"
    r"(?: ORDER BY (?P<by>updated|id)(?: (?P<way>ASC|DESC))?(?:, id ASC)?)? *\Z",
    re.IGNORECASE,
)
FULL_PAGE, ID_PAGE = 100, 5000
"""Most issues on a page with all fields, and with ids alone: what Jira Cloud gives."""
LATEST = 1 << 62


class Refused(Exception):
    """A request that Jira would answer with 400."""


class Tracker:
    """The issues and what may be asked of them."""

    def __init__(self, count: int, seed: int) -> None:
        self._seed = seed
        self._first = [render(number, seed) for number in range(count)]
        self.reset()

    def reset(self) -> None:
        self._issues = list(self._first)
        self._revision = 0
        self._sort()

    def change(self, count: int, now: int) -> None:
        """Change ``count`` issues at ``now`` (epoch milliseconds); which ones, the seed says."""
        self._revision += 1
        chosen = random.Random(f"{self._seed}+{self._revision}").sample(range(len(self._issues)), count)
        for order, number in enumerate(sorted(chosen)):
            self._issues[number] = render(number, self._seed, self._revision, now - count + order)
        self._sort()

    def totals(self) -> dict[str, int]:
        return {
            "issues": len(self._issues),
            "comments": sum(issue.comments for issue in self._issues),
            "issue_bytes": sum(len(issue.body) + 2 for issue in self._issues) // max(1, len(self._issues)),
        }

    def _sort(self) -> None:
        self._sorted = sorted(self._issues, key=lambda issue: (issue.updated, issue.number))
        self._times = [issue.updated for issue in self._sorted]

    def _stretch(self, query: str) -> tuple[int, int, re.Match[str]]:
        parsed = QUERY.match(query)
        if parsed is None:
            raise Refused(f"The benchmark's server does not understand: {query}")
        until = int(parsed["until"]) if parsed["until"] else LATEST
        return bisect_left(self._times, int(parsed["since"])), bisect_left(self._times, until), parsed

    def count(self, query: str) -> int:
        first, end, _ = self._stretch(query)
        return max(0, end - first)

    def page(self, asked: Mapping[str, Any]) -> bytes:
        """The answer to ``search/jql``."""
        query, fields = str(asked.get("jql", "")), asked.get("fields") or ["id"]
        fields = fields.split(",") if isinstance(fields, str) else fields
        first, end, parsed = self._stretch(query)
        alone = fields in (["id"], ["updated"])
        size = min(int(asked.get("maxResults", 50)), ID_PAGE if alone else FULL_PAGE)
        at = _offset(asked.get("nextPageToken"), query)
        found = self._slice(first, max(first, end), parsed, at, size)
        left = end - first - at - size
        tail = b"" if left <= 0 else b',"nextPageToken":"%s"' % _token(at + size, query)
        last = b"true" if left <= 0 else b"false"
        return b'{"issues":[%s],"isLast":%s%s}' % (_rendered(found, fields, alone), last, tail)

    def page_by_offset(self, asked: Mapping[str, str], start: int, size: int) -> bytes:
        """The answer to the search that Jira Cloud has removed: peers still ask it."""
        first, end, parsed = self._stretch(asked.get("jql", ""))
        found = self._slice(first, max(first, end), parsed, start, min(size, FULL_PAGE))
        told = (start, size, max(0, end - first), _rendered(found, ["*all"], False))
        return b'{"startAt":%d,"maxResults":%d,"total":%d,"issues":[%s]}' % told

    def _slice(self, first: int, end: int, parsed: re.Match[str], at: int, size: int) -> Sequence[Rendered]:
        if parsed["by"] == "id":
            return sorted(self._sorted[first:end], key=lambda issue: issue.number)[at : at + size]
        if parsed["way"] == "DESC":
            return self._sorted[first:end][::-1][at : at + size]
        return self._sorted[first + at : min(end, first + at + size)]


def _rendered(found: Sequence[Rendered], fields: Sequence[str], alone: bool) -> bytes:
    if fields == ["id"]:
        return b",".join([b'{"id":"%d"}' % issue.number for issue in found])
    if alone:
        return b",".join([_only_updated(issue) for issue in found])
    if fields[0] != "*all":
        raise Refused("The benchmark's server gives all fields, ids or times.")
    close = b"}}" if "-worklog" in fields else WORKLOG + b"}}"
    return (close + b",").join([issue.body for issue in found]) + (close if found else b"")


def _only_updated(issue: Rendered) -> bytes:
    return to_json({"id": str(issue.number), "fields": {"updated": stamp(issue.updated)}})


def _token(offset: int, query: str) -> bytes:
    return b"%d-%08x" % (offset, crc32(query.encode()))


def _offset(token: object, query: str) -> int:
    if token is None:
        return 0
    offset, _, check = str(token).partition("-")
    if check != f"{crc32(query.encode()):08x}":
        raise Refused("The page token does not belong to this query.")
    return int(offset)


class Site:
    """Answers requests and counts them."""

    def __init__(self, count: int, seed: int) -> None:
        self.tracker = Tracker(count, seed)
        self.latency = 0.0
        self.clear()
        self._fixed = {
            "/_edge/tenant_info": {"cloudId": "00000000-bench-4000-8000-000000000001"},
            f"{API}/myself": EVERYBODY[0],
            f"{API}/serverInfo": {
                "deploymentType": "Cloud",
                "baseUrl": "https://bench.example.net",
                "versionNumbers": [1001, 0, 0],
            },
            f"{API}/field": catalogue(),
            f"{API}/status": [status(row) for row in STATUSES],
        }

    def clear(self) -> None:
        self.requests = self.bytes = self.in_flight = self.peak = 0

    def handle(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body for a request."""
        url = urlsplit(target)
        asked = dict(parse_qsl(url.query))
        if url.path.startswith("/__bench/"):
            return 200, to_json(self._control(url.path.removeprefix("/__bench/"), asked))
        self.requests += 1
        try:
            found = self._answer(method, url.path, asked, body)
        except Refused as refusal:
            return 400, to_json({"errorMessages": [str(refusal)], "errors": {}})
        if found is None:
            return 404, to_json({"errorMessages": [f"{method} {url.path} is not served"], "errors": {}})
        self.bytes += len(found)
        return 200, found

    def _answer(self, method: str, path: str, asked: Mapping[str, str], body: bytes) -> bytes | None:
        if method == "POST" and path == f"{API}/search/jql":
            return self.tracker.page(from_json(body))
        if path == f"{API}/search/jql":
            return self.tracker.page(asked)
        if method == "POST" and path == f"{API}/search/approximate-count":
            return to_json({"count": self.tracker.count(str(from_json(body).get("jql", "")))})
        start, size = int(asked.get("startAt", 0)), int(asked.get("maxResults", 50))
        if path == f"{API}/search":
            return self.tracker.page_by_offset(asked, start, size)
        if path == f"{API}/users/search":
            return to_json(EVERYBODY[start : start + size])
        if path == f"{API}/project/search":
            rows = [project(row) for row in PROJECTS][start : start + size]
            return to_json({"startAt": start, "total": len(PROJECTS), "isLast": True, "values": rows})
        return to_json(self._fixed[path]) if path in self._fixed else None

    def _control(self, what: str, asked: Mapping[str, str]) -> dict[str, Any]:
        if what == "reset":
            self.tracker.reset()
            self.clear()
        elif what == "change":
            self.tracker.change(int(asked["n"]), int(time.time() * 1000))
        elif what == "latency":
            self.latency = float(asked["ms"]) / 1000
        counted = {"requests": self.requests, "bytes": self.bytes, "peak_in_flight": self.peak}
        if what == "stats":
            self.clear()
        return counted | self.tracker.totals()


class Protocol(asyncio.Protocol):
    """HTTP/1.1 as benchmark clients speak it: kept connections, one request at a time, bodies with a length."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        if len(rest) < (int(length[1]) if length else 0):
            return
        self._received.clear()
        method, target, _ = head.split(b" ", 2)
        self._delay(method.decode(), target.decode(), bytes(rest))

    def _delay(self, method: str, target: str, body: bytes) -> None:
        site = self._site
        control = target.startswith("/__bench/")
        site.in_flight += not control
        site.peak = max(site.peak, site.in_flight)
        if site.latency and not control:
            asyncio.get_running_loop().call_later(site.latency, self._reply, method, target, body)
        else:
            self._reply(method, target, body)

    def _reply(self, method: str, target: str, body: bytes) -> None:
        self._site.in_flight -= not target.startswith("/__bench/")
        code, answer = self._site.handle(method, target, body)
        head = (
            f"HTTP/1.1 {code} {'OK' if code == 200 else 'Refused'}\r\nDate: {formatdate(usegmt=True)}\r\n"
            f"Content-Type: application/json;charset=UTF-8\r\nX-AAccountId: {EVERYBODY[0]['accountId']}\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        )
        self._transport.write(head.encode() + answer)


async def serve(count: int, seed: int, port: int, certificate: str | None) -> None:
    """Serve until cancelled; the line printed is the address, with a certificate the one for https after it."""
    site, loop = Site(count, seed), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(site), "127.0.0.1", port)
    addresses = [f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        safe = await loop.create_server(lambda: Protocol(site), "127.0.0.1", 0, ssl=context)
        addresses.append(f"https://127.0.0.1:{safe.sockets[0].getsockname()[1]}")
    print(*addresses, flush=True)
    await server.serve_forever()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--issues", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate", help="a file with certificate and key: serve https as well")
    given = parser.parse_args()
    asyncio.run(serve(given.issues, given.seed, given.port, given.certificate))


if __name__ == "__main__":
    main()
