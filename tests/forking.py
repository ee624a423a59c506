"""Processes of the program that begin where their imports are done: forked from one that has done nothing else.

Each is a process of its own, with arguments, environment and ways out of its own, and ends as every process does, by
its exit code or by a signal. To load an interpreter and the program takes longer than most of what they do; that this
goes well, and how long it takes, is proven where processes are begun the usual way (``Machine.run``, tests/cli).
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

LOADED = (
    "syncline_cli.app",
    "syncline_cli.pull",
    "syncline_cli.sync",
    "syncline.http.library",
    "syncline.store.postgres",
    "syncline.store.views",
    "syncline.sync.helper",
    "syncline.sync.processes",
    "syncline.sync.undo",
    "syncline.sync.whole",
    "syncline_connectors.jira",
    "syncline_connectors.linear",
)


def run_forked(
    module: str, arguments: Sequence[str], env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """``python -m MODULE ARGUMENTS`` with this environment and nothing to read; raises subprocess.TimeoutExpired."""
    server = _server()
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        job = {"module": module, "arguments": [*arguments], "env": {**env}, "out": str(out), "err": str(err)}
        _tell(server, job)
        pid = int(_hear(server))
        assert server.stdout is not None
        if not select.select([server.stdout], [], [], timeout)[0]:
            os.kill(pid, signal.SIGKILL)
            _hear(server)
            raise subprocess.TimeoutExpired([module, *arguments], timeout, out.read_bytes(), err.read_bytes())
        code = int(_hear(server))
        return subprocess.CompletedProcess([module, *arguments], code, out.read_text(), err.read_text())


@cache
def _server() -> subprocess.Popen[bytes]:
    """The process that the others are forked from; one for all, and it ends with this one."""
    # not by its name and without a folder on the path: what is called as the standard library stays out of its way
    server = subprocess.Popen(
        [sys.executable, "-P", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[bytes]) -> None:
    for pipe in (server.stdin, server.stdout):
        assert pipe is not None
        pipe.close()
    server.wait()


def _tell(server: subprocess.Popen[bytes], job: Mapping[str, Any]) -> None:
    assert server.stdin is not None
    server.stdin.write(json.dumps(job).encode() + b"\n")


def _hear(server: subprocess.Popen[bytes]) -> bytes:
    assert server.stdout is not None
    told = server.stdout.readline()
    assert told, "the process that others are forked from has ended"
    return told


# ---- the process that the others are forked from ----


def _serve() -> dict[str, Any] | None:
    """Fork a process for every line that is read, and tell its number and how it ended.

    Returns what it shall do to each of these, None to the process itself once there are no more lines.
    """
    for line in sys.stdin.buffer:
        if not (pid := os.fork()):
            job: dict[str, Any] = json.loads(line)
            return job
        os.write(1, b"%d\n" % pid)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return None


def _become(job: Mapping[str, Any]) -> None:
    """Do what a fresh process with these arguments would do."""
    os.environ.clear()
    os.environ.update(job["env"])
    for at, (name, flags) in enumerate(
        (
            (os.devnull, os.O_RDONLY),
            (job["out"], os.O_WRONLY | os.O_CREAT),
            (job["err"], os.O_WRONLY | os.O_CREAT),
        )
    ):
        opened = os.open(name, flags, 0o600)
        os.dup2(opened, at)
        os.close(opened)
    sys.argv = [job["module"], *job["arguments"]]
    runpy.run_module(job["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # as `syncline_cli.main`
    for name in LOADED:
        import_module(name)
    assert threading.active_count() == 1, "what is forked has one thread only"
    gc.freeze()
    if (wanted := _serve()) is not None:
        _become(wanted)
