"""Messages in mail and chat: short, and harmless whatever stands in them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.hostile import TITLES

from syncline.errors import ConfigError
from syncline.notify import mail, slack
from syncline.notify.message import LONGEST, Attachment, Message, message, read

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
FROM, TO = "Syncline <syncline@acme.example>", ("leads@acme.example", "Ada Example <ada@acme.example>")


def test_a_message_is_cut_at_a_word() -> None:
    told = message("s", ["one " * 300, "never seen"])
    assert len(told.lines) == 1
    assert len(told.lines[0]) <= LONGEST
    assert told.lines[0].endswith("one…")


@given(st.text(max_size=300), st.lists(st.text(max_size=400), max_size=8))
def test_no_message_is_too_long_or_has_a_line_break(subject: str, lines: list[str]) -> None:
    told = message(subject, lines)
    assert sum(map(len, told.lines)) <= LONGEST
    assert not any(character in "\r\n" for line in (told.subject, *told.lines) for character in line)
    assert told.subject
    assert read(told.written()) == told


def built(told: Message) -> EmailMessage:
    """The mail as its reader gets it."""
    raw = mail.build(told, FROM, TO, AT, "n1").as_bytes()
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_mail_is_text_and_html_with_the_report_attached() -> None:
    report = Attachment("2026-11-20-status.html", "<p>Größe</p>", "html")
    found = built(Message("Weekly", ("First.", "Second."), report))
    assert found["Subject"] == "Weekly"
    assert found["To"] == "leads@acme.example, Ada Example <ada@acme.example>"
    assert found["Message-ID"] == "<n1@acme.example>"
    assert found["Auto-Submitted"] == "auto-generated"
    text, html = found.get_body(("plain",)), found.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content() == "First.\n\nSecond.\n"
    assert "<p>First.</p>" in html.get_content()
    (attached,) = found.iter_attachments()
    assert attached.get_filename() == "2026-11-20-status.html"
    assert attached.get_content() == "<p>Größe</p>\n"


@pytest.mark.parametrize("text", TITLES)
def test_nothing_in_a_mail_is_markup_or_a_header(text: str) -> None:
    found = built(message(text, [text]))
    html = found.get_body(("html",))
    assert html is not None
    assert set(found.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    body = html.get_content()
    assert body.count("<") == body.count("<!") + sum(
        body.count(tag)
        for tag in ("<html", "</html", "<head", "</head", "<meta", "<title", "</title", "<body")
    ) + sum(body.count(tag) for tag in ("</body", "<h1", "</h1", "<p>", "</p>"))


MARKS = (
    "<!channel> <@U1> <https://x.example|ok> &lt;!here>",
    "*bold* _slanted_ ~struck~ `code` :bomb: & more",
)


@pytest.mark.parametrize("text", [*TITLES, *MARKS])
def test_nothing_in_a_chat_post_is_a_mention_a_link_or_dressed_up(text: str) -> None:
    body = slack.payload(message(text, [text]))
    texts = [block["text"]["text"] for block in body["blocks"]] + [body["text"]]
    assert not any("<" in one or ">" in one for one in texts)
    assert all(block["text"]["type"] == "plain_text" for block in body["blocks"])
    assert not any(block["text"]["emoji"] for block in body["blocks"])
    assert body["mrkdwn"] is False


@pytest.mark.parametrize("text", MARKS)
def test_a_chat_post_says_what_was_meant(text: str) -> None:
    (_, section) = slack.payload(message("Weekly", [text]))["blocks"]
    assert unescape(section["text"]["text"]) == text


def test_a_chat_post_keeps_to_the_limits() -> None:
    body = slack.payload(Message("s" * 400, tuple("&" * 4000 for _ in range(80))))
    assert len(body["blocks"]) == slack.MOST_BLOCKS
    assert len(body["blocks"][0]["text"]["text"]) <= slack.LONGEST_HEADER
    for block in body["blocks"][1:]:
        assert len(block["text"]["text"]) <= slack.LONGEST_TEXT
        assert block["text"]["text"].removesuffix("…").endswith("&amp;")


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "x@", "@acme.example", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is not a mail address"):
        mail.build(Message("s", ()), FROM, [address], AT, "n")


def test_addresses_of_servers() -> None:
    plain = mail.server("smtp://mail.acme.example")
    assert (plain.host, plain.port, plain.implicit_tls, plain.here, plain.user) == (
        "mail.acme.example", 587, False, False, None,
    )  # fmt: skip
    full = mail.server("smtps://ada%40acme.example:p%3Ass@127.0.0.1:4465")
    assert (full.port, full.implicit_tls, full.here) == (4465, True, True)
    assert (full.user, full.password) == ("ada@acme.example", "p:ss")
    assert "p:ss" not in repr(full)


@pytest.mark.parametrize("url", ["https://mail.acme.example", "smtp://", "mail.acme.example", "smtp://x:y"])
def test_what_is_no_mail_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        mail.server(url)
    assert url not in str(caught.value).replace("smtp://…", "")
