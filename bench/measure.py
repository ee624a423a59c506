"""Running programs and the server, and reading what they used."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = 0.02
"""Seconds between two looks at a program's memory."""
LOOK_ROUND = 0.25
"""Seconds between two looks for processes that it has started: each takes some milliseconds."""


class Failed(Exception):
    """A program did not do its work; the message ends with what it printed."""


@dataclass(frozen=True)
class Usage:
    """What a program used. ``wall`` and ``cpu`` (user and system) are in seconds, ``peak`` and ``together`` in bytes.

    ``peak`` is that of its largest process, the kernel's own high-water mark, last read at most `SAMPLE` seconds before
    the process ended. (The ``ru_maxrss`` of wait4 would not do: a child inherits it from whoever started it.)
    ``together`` is what all its processes had at one time, pages that they share counted once, looked at every
    `LOOK_ROUND` seconds.
    """

    wall: float
    cpu: float
    peak: int
    together: int


def run(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Usage:
    """Run a program to its end; raises Failed where it does not exit with 0."""
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env=dict(environ), cwd=ROOT, stdout=output, stderr=output, start_new_session=True
        )
        peak = Peak(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{command} exited with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
    peaks, together = peak.end()
    return Usage(wall, used.ru_utime + used.ru_stime, max(peaks.values(), default=0), together)


class Peak:
    """Watches from a thread the memory of a process and of all others in its session."""

    def __init__(self, pid: int) -> None:
        self._session = pid
        self._over = threading.Event()
        self._found = {pid: 0}
        self._together = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> tuple[dict[int, int], int]:
        """The high-water marks, and the most that all had at one time, in bytes."""
        self._over.set()
        self._thread.join()
        return self._found, max(self._together, *self._found.values())

    def _watch(self) -> None:
        looked = time.perf_counter()
        while not self._over.wait(SAMPLE):
            if time.perf_counter() - looked > LOOK_ROUND:
                looked = time.perf_counter()
                self._found |= dict.fromkeys(set(self._others()) - self._found.keys(), 0)
                self._together = max(self._together, sum(map(_share, self._found)))
            for pid, before in self._found.items():
                with suppress(OSError):
                    status = Path(f"/proc/{pid}/status").read_text()
                    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
                    self._found[pid] = int(found[1]) * 1024 if found else before

    def _others(self) -> Iterator[int]:
        """The processes of the session: the fourth number behind the name, which may hold anything (proc(5))."""
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                told = (place / "stat").read_text().rpartition(")")[2].split()
                if int(told[3]) == self._session:
                    yield int(place.name)


def _share(pid: int) -> int:
    """The memory of a process in bytes, pages that it shares divided by how many share them; 0 where it has ended."""
    with suppress(OSError):
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s*(\d+) kB", told, re.MULTILINE)
        return int(found[1]) * 1024 if found else 0
    return 0


def environ() -> dict[str, str]:
    """What contestants may know: the same for all, byte code on disk allowed."""
    kept = ("PATH", "PYTHONPATH", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"HOME": "/nonexistent"}


# ---- the server ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """A running server, on a core of its own where there are two. ``safe`` is its https address, if it has one."""

    url: str
    safe: str = ""

    def ask(self, what: str, method: str = "POST") -> dict[str, Any]:
        """What ``/__bench/…`` answers: counters since they were last asked for, and totals."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request(method, f"/__bench/{what}")
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found

    def stats(self) -> dict[str, Any]:
        return self.ask("stats", "GET")

    def ceiling(self) -> tuple[float, float]:
        """Full pages and issues a second that one raw socket can read: what the server itself can do."""
        host = urlsplit(self.url)
        pages = issues = 0
        token: str | None = None
        with socket.create_connection((host.hostname, host.port)) as wire:
            buffer = memoryview(bytearray(1 << 20))
            started = time.perf_counter()
            while pages == 0 or token:
                tail = _read_page(wire, token, buffer)
                found = re.search(rb'"nextPageToken":"([^"]+)"}\Z', tail)
                token = found[1].decode() if found else None
                pages, issues = pages + 1, issues + 100
            spent = time.perf_counter() - started
        return pages / spent, issues / spent


def _read_page(wire: socket.socket, token: str | None, buffer: memoryview) -> bytes:
    """Ask for a page and read it without looking at it; the last bytes of it."""
    asked: dict[str, Any] = {
        "jql": "updated >= 0 ORDER BY updated ASC, id ASC",
        "fields": ["*all"],
        "maxResults": 100,
    }
    body = json.dumps(asked | ({"nextPageToken": token} if token else {})).encode()
    wire.sendall(b"POST /rest/api/3/search/jql HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    count = wire.recv_into(buffer)
    head, _, _ = bytes(buffer[:2000]).partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert length, "the server tells the length of what it sends"
    left = int(length[1]) + len(head) + 4 - count
    tail = bytes(buffer[max(0, count - 200) : count])
    while left > 0:
        count = wire.recv_into(buffer)
        left -= count
        tail = (tail + bytes(buffer[max(0, count - 200) : count]))[-200:]
    return tail


@contextmanager
def server(issues: int, seed: int, certificate: Path | None = None) -> Iterator[Server]:
    """Start the server in a process of its own; it is gone afterwards."""
    command = [sys.executable, "-m", "bench.server", "--issues", str(issues), "--seed", str(seed)]
    command += ["--certificate", str(certificate)] if certificate else []
    process = subprocess.Popen(command, cwd=ROOT, env=environ(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        addresses = process.stdout.readline().split()
        if not addresses:
            raise Failed("the server did not start")
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(process.pid, {cores[-1]})
        yield Server(*addresses)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
