"""Drives a Chromium through a pipe, by its DevTools protocol: what a page asks for, complains of, and looks like."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOUND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PATIENCE = 60
"""Seconds for one answer of the browser."""


class Browser:
    """A running Chromium. Commands go in by file descriptor 3, answers come out by 4, each ended by a nought."""

    def __init__(self, profile: Path) -> None:
        assert FOUND
        inward, self._out = os.pipe()
        self._in, outward = os.pipe()
        command = f'exec "$0" "$@" 3<&{inward} 4>&{outward}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", command, FOUND, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(inward, outward),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(inward)
        os.close(outward)
        self._left = b""
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        self.ask("Browser.close")
        self._process.wait(PATIENCE)
        os.close(self._out)
        os.close(self._in)

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that come before it are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        os.write(
            self._out, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        )
        while True:
            answer = self.read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def read(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            assert select.select([self._in], [], [], PATIENCE)[0], "the browser does not answer"
            piece = os.read(self._in, 1 << 16)
            assert piece, "the browser is gone"
            self._left += piece
        message, _, self._left = self._left.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    @contextmanager
    def tab(self, url: str, **look: Any) -> Iterator[Tab]:
        """A page that has been loaded; ``look`` is that of `Tab.look`."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        tab.look(**look)
        tab.load(url)
        yield tab
        self.ask("Target.closeTarget", targetId=target)
        self.events.clear()


class Tab:
    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.ask(method, self._session, **parameters)

    def look(self, width: int = 1280, height: int = 800, media: str = "", **features: str) -> None:
        """Size in pixels, the medium where it is to be another, and features: ``prefers_color_scheme="dark"``."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.ask("Emulation.setEmulatedMedia", media=media, features=named)

    def load(self, url: str) -> None:
        self.ask("Page.navigate", url=url)
        while not self._happened("Page.loadEventFired"):
            self._browser.events.append(self._browser.read())

    def value(self, script: str) -> Any:
        """What an expression comes to; a promise is waited for."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    @property
    def requests(self) -> list[str]:
        """Addresses the page asked for, but for those that hold their own data."""
        found = self._happened("Network.requestWillBeSent")
        return [url for one in found if not (url := one["request"]["url"]).startswith("data:")]

    @property
    def complaints(self) -> list[str]:
        """Lines on the console, and errors."""
        lines = [one["entry"]["text"] for one in self._happened("Log.entryAdded")]
        lines += [str(one["args"]) for one in self._happened("Runtime.consoleAPICalled")]
        return lines + [str(one["exceptionDetails"]) for one in self._happened("Runtime.exceptionThrown")]

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def pdf(self) -> bytes:
        """The page printed on A4."""
        found = self.ask("Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
        return base64.b64decode(found["data"])

    def _happened(self, method: str) -> list[dict[str, Any]]:
        return [
            one["params"]
            for one in self._browser.events
            if one.get("method") == method and one.get("sessionId") == self._session
        ]
