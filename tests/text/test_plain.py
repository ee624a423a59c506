from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from syncline.model import Text, TextFormat
from syncline.text import excerpt, plain_text


def md(source: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=source)


def test_words_without_markup() -> None:
    source = (
        "# T\n\n*a* **b** `c`\nd [e](https://a.test) ![f](g)\n\n3. x\n   - y\n\n> q\n\n"
        "```\ncode\n```\n\n|h|i|\n|-|-|\n|j<br>k|l|\n"
    )
    assert plain_text(md(source)) == "T\na b c\nd e f\n3. x\n- y\nq\ncode\nh\ti\nj\nk\tl"


def test_plain_text_is_not_read_as_markup() -> None:
    source = "*a*  \r\nb\n* c\n\n\n# <i>"
    assert plain_text(Text(format=TextFormat.PLAIN, source=source)) == "*a*\nb\n* c\n\n\n# <i>"


def test_raw_html_is_words() -> None:
    assert plain_text(md("a <b>c</b>")) == "a <b>c</b>"


def test_an_excerpt_is_cut_between_words() -> None:
    assert excerpt(md("one *two*\n\nthree"), 40) == "one two three"
    assert excerpt(md("one two three"), 10) == "one two…"
    assert excerpt(md("x" * 30), 10) == "x" * 9 + "…"
    assert excerpt(md("x"), 0) == ""


@given(st.text(), st.integers(0, 30))
def test_an_excerpt_keeps_its_length(source: str, limit: int) -> None:
    cut = excerpt(md(source), limit)
    assert len(cut) <= limit
    assert "\n" not in cut


def test_importing_the_package_loads_no_converter() -> None:
    script = (
        "import sys; import syncline.text, syncline.text.terminal, syncline.text.safe_html\n"
        "heavy = {'marklas', 'mistune', 'markdownify', 'bs4', 'nh3', 'markdown_it', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
