"""Pages in a real browser, where one is installed: nothing is loaded, nothing is wrong, all is there for everybody."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

import pytest

from syncline.report import Report, render
from syncline.report.model import Board, BoardColumn, Column, Line, Name, Section, State, Table
from syncline.report.words import tidy

from .browser import FOUND, Browser, Tab
from .gallery import TITLES as EXAMPLES
from .gallery import Facts, everything, report_with
from .hostile import TITLES

pytestmark = pytest.mark.skipif(FOUND is None, reason="no Chromium found")

PAGES = ("report", "gallery", "hostile")
A4 = 673
"""Pixels between the margins of an upright A4 page."""

AXE = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
OPEN_SOME = """['.data', '.fold', '.detail', '#facts details', '.working'].forEach(kind =>
  [...document.querySelectorAll(kind)].slice(0, 2).forEach(one => { one.open = true }));
  document.querySelectorAll('tr:nth-child(n + 5)').forEach(one => one.remove());
  document.querySelectorAll('svg a:nth-of-type(n + 5), svg g:nth-of-type(n + 5)').forEach(one => one.remove())"""
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
RUN_AXE = """axe.run(document, {resultTypes: ['violations'], OPTIONS}).then(found => found.violations.map(
  one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' | ')))"""
OVERLAPS = """[...document.querySelectorAll('svg')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()]);
  const found = [];
  texts.forEach(([said, a], place) => texts.slice(place + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && tall > 4) found.push(svg.textContent.slice(0, 20) + ': ' + said + ' / ' + other);
  }));
  return found;
})"""


class Site:
    """Serves pages on loopback and remembers what was asked for."""

    def __init__(self, pages: Mapping[str, str]) -> None:
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
    hostile = everything(tuple(tidy(title, "(no title)") for title in TITLES[::9]))
    probe = '<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="img-src \'none\'"><img src="/x.png">'
    pages = {
        "/report.html": render(company_report, "html"),
        "/gallery.html": render(everything(), "html"),
        "/hostile.html": render(hostile, "html"),
        "/lenses.html": render(lenses(), "html"),
        "/probe.html": probe + '<img src="/y.png"><p style="width: 500px">wide</p>',
    }
    served = Site(pages)
    yield served
    served.close()


def lenses() -> Report:
    """The widest board and one of the widest tables of numbers that a roadmap has."""
    facts = Facts()
    count = facts.one(4, "entries")
    cards: tuple[Line, ...] = tuple(
        (Name(title), ": ", State.OFF_TRACK, ", due 18 Dec 2026") for title in EXAMPLES[:4]
    )
    phases = ("Discovery", "Planning", "Development", "Launch", "Improvement")
    board = Board("phases", "Entries", tuple(BoardColumn(phase, count, cards) for phase in phases))
    heads = ("Tickets", "New in the period", "Organisations", "Weight (EUR/year)")
    numbers = (Column(f"n{place}", head, numeric=True) for place, head in enumerate(heads))
    columns = (Column("w", "Work"), Column("s", "Status"), Column("e", "Entry"), *numbers)
    row: tuple[Line, ...] = (
        (Name(EXAMPLES[1]),),
        ("In Progress",),
        (Name(EXAMPLES[2]),),
        *[(count,)] * len(heads),
    )
    table = Table("wanted", "Open work", columns, (row,), listing=True)
    return report_with(facts, Section("s", "By phase", blocks=(board, table)))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    started = Browser(tmp_path_factory.mktemp("browser"))
    yield started
    started.close()


def wide(tab: Tab) -> int:
    """Pixels that the page takes from left to right."""
    found: int = tab.value("document.documentElement.scrollWidth")
    return found


def violations(tab: Tab, rule: str | None = None) -> Any:
    """What axe finds, by all rules or one, with two of each kind of fold opened.

    All of a kind are alike, and so are the rows of a table: few are left, since axe takes its time for each.
    """
    tab.value(OPEN_SOME)
    tab.value(f"{AXE};0")
    return tab.value(RUN_AXE.replace("OPTIONS", f"runOnly: ['{rule}']" if rule else ""))


def test_the_checks_would_find_something(site: Site, browser: Browser) -> None:
    with browser.tab(f"{site.url}/probe.html", width=320) as tab:
        assert any("Content Security Policy" in line for line in tab.complaints)
        assert tab.requests[0] == f"{site.url}/probe.html"
        assert wide(tab) > 320
        assert any(line.startswith("image-alt") for line in violations(tab))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_loaded_and_nothing_is_wrong(site: Site, browser: Browser, page: str, theme: str) -> None:
    site.asked.clear()
    with browser.tab(f"{site.url}/{page}.html", prefers_color_scheme=theme) as tab:
        assert tab.requests == [f"{site.url}/{page}.html"]
        assert site.asked == [f"/{page}.html"]
        dark = tab.value("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        assert dark is (theme == "dark")
        assert violations(tab, "color-contrast" if theme == "dark" else None) == []
        assert wide(tab) <= 1280
        assert tab.complaints == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_fit_a_narrow_screen(site: Site, browser: Browser, page: str) -> None:
    with browser.tab(f"{site.url}/{page}.html", width=320) as tab:
        tab.value(OPEN_ALL)
        assert wide(tab) <= 320
        assert tab.complaints == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_fit_paper(site: Site, browser: Browser, page: str) -> None:
    with browser.tab(f"{site.url}/{page}.html", width=A4, media="print") as tab:
        assert wide(tab) <= A4
        tab.look()
        printed = tab.pdf()
        assert re.search(rb"/MediaBox \[0 0 59[45][\d.]* 84[12][\d.]*\]", printed)
        assert len(re.findall(rb"/Type ?/Page\b", printed)) >= 2


def test_boards_and_tables_fit_between_the_margins_of_paper(site: Site, browser: Browser) -> None:
    with browser.tab(f"{site.url}/lenses.html", width=A4, media="print") as tab:
        assert wide(tab) <= A4


@pytest.mark.parametrize("page", PAGES)
def test_no_text_of_a_picture_lies_over_another(site: Site, browser: Browser, page: str) -> None:
    with browser.tab(f"{site.url}/{page}.html") as tab:
        tab.value(OPEN_ALL)
        assert tab.value(OVERLAPS) == []


def test_the_first_screen_holds_bottom_line_cards_and_asks(site: Site, browser: Browser) -> None:
    with browser.tab(f"{site.url}/gallery.html") as tab:
        for place in (".bottom-line", ".cards", "#decisions-title", "#decisions p:not(.rule)"):
            assert tab.value(f"document.querySelector('{place}').getBoundingClientRect().bottom") <= 800, (
                place
            )


def test_jumps_open_what_they_lead_to(site: Site, browser: Browser) -> None:
    with browser.tab(f"{site.url}/gallery.html") as tab:
        opened = "document.getElementById('detail_1').open"
        assert tab.value(opened) is False
        tab.value("document.querySelector('a[href=\"#detail_1-in\"]').click()")
        assert tab.value(f"new Promise(done => setTimeout(() => done({opened}), 50))") is True


def test_everything_is_reached_by_keyboard(site: Site, browser: Browser) -> None:
    with browser.tab(f"{site.url}/gallery.html") as tab:
        tab.ask("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        assert tab.value("document.activeElement.className") == "skip"
        assert tab.value("document.activeElement.getBoundingClientRect().left") >= 0
        regions = "[...document.querySelectorAll('.scroll')].every(one => one.tabIndex === 0)"
        assert tab.value(regions) is True


def test_forced_colours_leave_the_pictures_readable(site: Site, browser: Browser) -> None:
    with browser.tab(f"{site.url}/gallery.html", forced_colors="active") as tab:
        colour = "getComputedStyle(document.querySelector('svg text')).fill"
        assert tab.value(colour) == tab.value("getComputedStyle(document.querySelector('p')).color")
