"""The page: every number a fact, nothing foreign, usable without eyes or mouse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

import pytest

from syncline.report import Report, render
from syncline.report.html import policy, style_sheet
from syncline.report.model import Column, Line, Section, Table
from syncline.report.pictures import Fan, Lines, Series
from syncline.report.profiles import figures
from syncline.report.svg.palette import DARK, LIGHT
from syncline.report.tabled import table_of
from syncline.report.words import number_text, safe_url, tidy, value_text

from .building import AS_OF, Database, report_of
from .gallery import TITLES as GALLERY_TITLES
from .gallery import TODAY, Facts, pictures, report_of_pictures, report_with, scatter, timeline
from .hostile import TITLES, URLS
from .reading import HOSTS, Page, assert_harmless, fact_of

CSS = style_sheet()
TONES_OF_MARKS = ("done", "doing", "review", "ready", "backlog", "canceled")


@pytest.fixture(scope="module")
def page(company_report: Report) -> Page:
    return Page(render(company_report, "html"))


# ---- numbers -------------------------------------------------------------------------------------------------------


def test_every_number_on_the_page_is_a_fact(page: Page, company_report: Report) -> None:
    strays = [text for text in page.stray if re.search(r"\d", text)]
    assert strays == []
    assert len(page.numbers) > 150
    facts = {fact.id: fact for fact in company_report.facts}
    for id, text in page.numbers:
        value = facts[id].value
        keys = [None, *(key for key, _ in value)] if isinstance(value, tuple) else [None]
        assert text in {value_text(facts[id], key) for key in keys} | {"0"}


def test_every_number_leads_to_its_fact(page: Page, company_report: Report) -> None:
    anchors = {attrs["id"] for _, attrs in page.elements if attrs.get("id")}
    linked = {attrs["href"] for attrs in page.all("a") if fact_of("a", attrs)}
    assert linked
    assert linked <= {f"#{anchor}" for anchor in anchors}
    spoken = figures((company_report.bottom_line, company_report.cards, company_report.sections))
    assert len(spoken) >= 60
    assert {fact.id for fact in company_report.facts if fact.id in spoken} <= anchors


def test_a_number_of_thousands_is_the_facts_number() -> None:
    assert number_text(12345) == "12,345"
    assert number_text(None) == "–"


# ---- safety --------------------------------------------------------------------------------------------------------


def hostile_database() -> Database:
    """Every hostile text in every field that reaches the page."""
    database = Database()
    database.source(TITLES[0])
    database.issue("0", "Done", [(AS_OF, "To Do", "Done")], title="Calm", url=URLS[9])
    for number, text in enumerate(TITLES, 1):
        database.container(f"b{number}", text[:200], text)
        database.person(f"p{number}", text)
        database.issue(
            str(number),
            ("In Progress", "Done", "Waiting")[number % 3],
            title=text,
            key=text[:500],
            url=URLS[number % len(URLS)],
            container=f"b{number}",
            assignees=[f"p{number}"],
            status_name=text,
            updated_at=AS_OF.replace(day=13 - number % 9),
            due_on=AS_OF.date().replace(day=19) if number % 4 == 0 else None,
        )
        database.set_aside(f"q{number}", text)
    return database


@pytest.fixture(scope="module")
def hostile_report() -> Report:
    database = hostile_database()
    report = report_of(database, title=TITLES[1], teams={TITLES[3]: (f"{TITLES[0]}:{TITLES[5]}",)})
    database.close()
    return report


def test_there_are_enough_hostile_texts() -> None:
    assert len(TITLES) >= 100


def test_hostile_texts_do_nothing_in_html(hostile_report: Report) -> None:
    page = assert_harmless(render(hostile_report, "html"))
    text = "".join(page.text)
    assert "<script>alert(1)</script>" in text  # shown, as text
    assert "{{ 7 * 7 }}" in text
    assert "49" not in [number for _, number in page.numbers]
    assert not re.search(
        "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", text
    )


def test_hostile_texts_pass_through_every_format(hostile_report: Report) -> None:
    for format in ("markdown", "json", "text"):
        text = render(hostile_report, format)
        assert not re.search("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]", text)
        assert len(text) < 2_000_000


@pytest.mark.parametrize("url", URLS)
def test_only_addresses_of_a_source_become_links(url: str) -> None:
    assert safe_url(url, HOSTS) is None


def test_addresses_of_a_source_become_links() -> None:
    for url in ("https://example.atlassian.net/browse/ENG-1", "https://EXAMPLE.atlassian.net:443/x?y=1#z"):
        assert safe_url(url, HOSTS) == url
    assert safe_url("http://127.0.0.1:8080/x", frozenset({"127.0.0.1:8080"}))
    assert safe_url("https://127.0.0.1:8080/x", frozenset({"127.0.0.1:80"})) is None


def test_tidy_leaves_one_bearable_line() -> None:
    assert tidy("a\u202eb\x1b[31m\nc", "?") == "ab c"
    assert tidy(None, "?") == tidy("\u200b \x00", "?") == "?"
    assert len(tidy("x" * 100_000, "?")) == 240
    assert tidy("👩\u200d💻", "?") == "👩\u200d💻"


def test_the_policy_allows_this_style_sheet_and_nothing_else(page: Page, company_report: Report) -> None:
    (content,) = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    (css,) = re.findall(r"<style>(.*?)</style>", render(company_report, "html"), re.DOTALL)
    assert css.startswith(CSS)
    assert content == policy(css)
    assert "'none'" in policy(css)
    assert "unsafe" not in policy(css)
    assert "</" not in css
    assert "url(" not in css
    assert "@import" not in css


def test_the_page_is_harmless_and_well_formed(company_report: Report) -> None:
    assert_harmless(render(company_report, "html"))


def test_a_page_of_many_items_stays_small() -> None:
    facts = Facts()
    shown = (
        timeline(facts, GALLERY_TITLES * 8),
        scatter(facts, count=5000),
        *pictures(facts)[4:],
    )
    page = render(report_of_pictures(facts, *shown), "html")
    assert len(page) < 400_000


# ---- for everybody -------------------------------------------------------------------------------------------------


def test_landmarks_headings_and_names(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    assert (tags.count("h1"), tags.count("main"), tags.count("header"), tags.count("footer")) == (1, 1, 1, 1)
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("nav") == [{"aria-label": "Sections"}]
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    regions = [attrs for attrs in page.all("div") if attrs.get("class") == "scroll"]
    assert all(attrs["tabindex"] == "0" and attrs["role"] == "group" for attrs in regions)
    landmarks = [attrs["aria-labelledby"] for attrs in page.all("section") if "aria-labelledby" in attrs]
    assert len(landmarks) == len(set(landmarks))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    pointed = [attrs[name] for _, attrs in page.elements for name in ("aria-labelledby",) if attrs.get(name)]
    assert {id for ids_ in pointed for id in (ids_ or "").split()} <= set(ids)
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_charts_are_groups_with_title_description_and_a_table(page: Page) -> None:
    charts = [svg for svg in page.all("svg") if svg["role"] == "group"]
    assert len(charts) >= 2
    assert all(chart["aria-labelledby"] for chart in charts)
    assert len(page.all("desc")) == len(charts)
    named = {str(chart["aria-labelledby"]).split("-t ")[0] for chart in charts}
    captions = {str(attrs.get("id")) for attrs in page.all("caption")}
    assert {f"{name}_table-caption" for name in named} <= captions


def test_an_empty_first_cell_heads_no_row() -> None:
    facts = Facts()
    columns = (Column("experiment", "Experiment"), Column("arm", "Arm"))
    rows: tuple[tuple[Line, ...], ...] = ((("Checkout",), ("one page",)), ((), ("two pages",)))
    table = Table("t", "Arms", columns, rows, total=((), ("both",)))
    html = render(report_with(facts, Section("s", "S", blocks=(table,))), "html")
    assert '<th scope="row"><' not in html.replace('<th scope="row"><bdi', "").replace(
        '<th scope="row"><a', ""
    )
    assert html.count('<th scope="row">Checkout<') == 1


def test_a_state_is_shape_and_word(page: Page) -> None:
    text = "".join(page.text)
    for shown in ("● in progress", "◐ in review", "○ waiting", "✓ complete"):
        assert shown in text


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(colours: Mapping[str, str]) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for name in ("text", "soft", "link", "good", "warn", "bad", *TONES_OF_MARKS):
        for ground in ("page", "panel"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("text", "bad", "soft"):
        assert contrast(colours[name], colours["bad-panel"]) >= 4.5, name
    for tone in (*TONES_OF_MARKS, "good", "warn", "bad"):
        assert contrast(colours[tone], colours["on-tone"]) >= 4.5, tone
        assert contrast(colours[tone], colours["page"]) >= 3, tone
    assert contrast(colours["edge"], colours["page"]) >= 3


def test_cells_of_lists_say_their_titles_on_narrow_screens() -> None:
    facts = Facts()
    columns = (
        Column("item", "Item"),
        Column("age", 'Age "so far"; </style>', numeric=True),
        Column("day", "Day"),
    )
    rows: tuple[tuple[Line, ...], ...] = ((("One",), (facts.one(3, "days"),), (date(2026, 11, 20),)),)
    one, two = (Table(id, "Things", columns, rows, listing=True) for id in "ab")
    html = render(report_with(facts, Section("s", "S", blocks=(one, two))), "html")
    assert html.count('<table class="listing n2 w3 t1">') == 2
    assert html.count("</style>") == 1
    assert '.t1 td:nth-child(2){--c:"Age \\22 so far\\22 \\3b  \\3c \\2f style\\3e : "}' in html
    assert '.t1 td:nth-child(3){--c:"Day: "}' in html
    assert "<td>20 Nov 2026</tr>" in html


def test_sentences_in_a_wide_table_get_room() -> None:
    facts = Facts()
    sentence: Line = (
        "slip of ",
        facts.one(3),
        "; likelihood ",
        facts.one(4),
        "; scope grew by ",
        facts.one(5),
        ".",
    )
    for width, expected in ((4, ""), (12, " s3")):
        columns = tuple(Column(f"c{number}", f"C{number}") for number in range(width))
        rows = ((("One",), ("a word",), sentence, *[("x",)] * (width - 3)),)
        table = Table("t", "T", columns, rows, listing=True)
        html = render(report_with(facts, Section("s", "S", blocks=(table,))), "html")
        assert f'<table class="listing{expected} t1">' in html


def test_the_ledger_holds_what_is_printed() -> None:
    facts = Facts()
    printed, unprinted = facts.one(3, "days"), facts.one(4, "days")
    html = render(report_with(facts, Section("s", "S", lines=(("It took ", printed, "."),))), "html")
    assert f'<tr id="{printed.fact}">' in html
    assert f'<tr id="{unprinted.fact}">' not in html


def test_a_long_series_is_listed_by_week_and_a_day_without_a_value_is_no_nought() -> None:
    facts = Facts()
    shown = [TODAY - timedelta(days=number) for number in range(99, -1, -1)]
    done = facts.series({day.isoformat(): 5 for day in shown}, "items")
    ahead = facts.series(
        {(TODAY + timedelta(days=number)).isoformat(): 7 for number in range(1, 20)}, "items"
    )
    marks = ((shown[1], "launch"),)
    picture = Lines(
        "b",
        "Burn-up",
        (),
        "items",
        tuple(shown),
        (Series("Done", "done", done),),
        fans=(Fan(85, ahead),),
        marks=marks,
    )
    table = table_of(picture, report_of_pictures(facts, picture))
    days = [row[0][0] for row in table.rows]
    assert shown[1] in days
    assert TODAY in days
    assert days[-1] == TODAY + timedelta(days=19)
    assert len(days) == 17 + 2
    assert all(bool(row[1]) == (row[0][0] <= TODAY) for row in table.rows)  # type: ignore[operator]
    assert all(bool(row[2]) == (row[0][0] > TODAY) for row in table.rows)  # type: ignore[operator]
