"""The page in a real browser, where one is installed: it loads nothing, complains of nothing, fits a narrow screen."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from syncline.report import Report, render

from .building import report_of
from .test_html import hostile_database

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
    "--v=0",
    "--hide-scrollbars",
]
MEASURE = """<!DOCTYPE html><title>measure</title>
<iframe id="page" src="/PAGE.html" width="320" height="800"></iframe>
<script>
const frame = document.getElementById("page");
frame.onload = () => {
  const root = frame.contentDocument.documentElement;
  document.title = "width " + root.scrollWidth;
};
</script>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium found")


class Site:
    """Serves pages on loopback and remembers what was asked for."""

    def __init__(self, pages: dict[str, str]) -> None:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                body = pages.get(self.path, "").encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.asked = asked
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def site(company_report: Report) -> Iterator[Site]:
    database = hostile_database()
    hostile = render(report_of(database), "html")
    database.close()
    probe = '<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="img-src \'none\'"><img src="/x.png">'
    pages = {
        "/report.html": render(company_report, "html"),
        "/hostile.html": hostile,
        "/measure-report.html": MEASURE.replace("PAGE", "report"),
        "/measure-hostile.html": MEASURE.replace("PAGE", "hostile"),
        "/probe.html": probe,
    }
    served = Site(pages)
    yield served
    served.close()


def browse(url: str, profile: Path) -> tuple[str, list[str]]:
    """The document as the browser sees it, and what stands on its console."""
    assert BROWSER
    done = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--virtual-time-budget=3000", "--dump-dom", url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout, re.findall(r":CONSOLE[:(].*", done.stderr)


def test_the_browser_would_tell_of_a_violation(site: Site, tmp_path: Path) -> None:
    _, console = browse(f"{site.url}/probe.html", tmp_path)
    assert any("Content Security Policy" in line for line in console)


@pytest.mark.parametrize("page", ["report", "hostile"])
def test_nothing_is_loaded_and_nothing_is_wrong(site: Site, tmp_path: Path, page: str) -> None:
    site.asked.clear()
    document, console = browse(f"{site.url}/{page}.html", tmp_path)
    assert site.asked == [f"/{page}.html"]
    assert console == []
    assert "Fact ledger" in document


@pytest.mark.parametrize("page", ["report", "hostile"])
def test_the_page_fits_320_pixels(site: Site, tmp_path: Path, page: str) -> None:
    document, _ = browse(f"{site.url}/measure-{page}.html", tmp_path)
    found = re.search(r"<title>width (\d+)</title>", document)
    assert found
    assert int(found[1]) <= 320
