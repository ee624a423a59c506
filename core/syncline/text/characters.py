"""What may stand in a text at all, and what must be escaped so that Markdown shows it as it was typed."""

from __future__ import annotations

import re
import unicodedata

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_NONCHARACTERS = re.compile(r"[\ufdd0-\ufdef\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def tidy(text: str) -> str:
    """NFC and LF, without control characters, lone surrogates and noncharacters (the converters use those as marks)."""
    text = _LINE_ENDS.sub("\n", text)
    text = _NONCHARACTERS.sub("", _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text)))
    return unicodedata.normalize("NFC", text)


_WORD = r"[^\W_]"
_SPECIAL = re.compile(
    r"(?P<inside>(?<=[^\W_])_+(?=[^\W_]))"
    r"|(?P<special>[\\*_`]|~(?=~)|(?<=~)~"
    r"|<(?=[A-Za-z/!?])|&(?=\#?\w{1,32};)|\](?=[(\[:])|\[(?=\]))"
)


def escape(text: str) -> str:
    r"""Escape what CommonMark or GFM would read as markup inside a line: ``*x*`` becomes ``\*x\*``.

    Underscores inside a word stay bare, as CommonMark reads them literally there.
    """
    return _SPECIAL.sub(lambda found: found["inside"] or "\\" + found["special"], text)


_RULE_LIKE = r"(?:=+|[-:|][-:| \t]*)[ \t]*$"
_STARTS_BLOCK = re.compile(rf"[ \t]*(?P<mark>#{{1,6}}(?=[ \t]|$)|>|[-+*](?=[ \t]|$)|~~~|{_RULE_LIKE})")
_STARTS_RULE = re.compile(rf"[ \t]*(?P<mark>{_RULE_LIKE})")
_STARTS_NUMBER = re.compile(r"([ \t]*\d{1,9})([.)])(?=[ \t]|$)")


def escape_start(line: str) -> str:
    """Escape what would make a line of words begin a heading, list, quote, table or rule."""
    if found := _STARTS_BLOCK.match(line):
        return line[: found.start("mark")] + "\\" + line[found.start("mark") :]
    return _STARTS_NUMBER.sub(r"\1\\\2", line, count=1)


def escape_rule(line: str) -> str:
    """Escape only what would turn the line above into a heading or a table head."""
    if found := _STARTS_RULE.match(line):
        return line[: found.start("mark")] + "\\" + line[found.start("mark") :]
    return line


_CLOSES_HEADING = re.compile(r"(?:^|(?<=[ \t]))(#+)(?=[ \t]*$)")


def escape_heading_end(text: str) -> str:
    """Escape the ``#`` at the end of a heading, which would be taken for its closing."""
    return _CLOSES_HEADING.sub(r"\\\1", text)


def code_span(text: str) -> str:
    """Text as inline code, with as many backticks around it as it needs."""
    text = text.replace("\n", " ")
    if not text.strip():
        return text
    ticks = "`" * (longest_run(text, "`") + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(code: str, language: str = "") -> str:
    """Text as a fenced block."""
    fence = "`" * max(3, longest_run(code, "`") + 1)
    return f"{fence}{info_string(language)}\n{code}\n{fence}"


def info_string(language: object) -> str:
    """The name of a programming language if it can stand behind a fence, else nothing."""
    return language if isinstance(language, str) and re.fullmatch(r"[\w+#.-]{1,40}", language) else ""


def escape_label(text: str) -> str:
    """Escape a text that stands between the brackets of a link."""
    return "".join(
        "\\" + part if part in "[]" and part else escape(part) for part in re.split(r"([\[\]])", text)
    )


def longest_run(text: str, character: str) -> int:
    """The length of the longest run of one character."""
    return max((len(run) for run in re.findall(f"{re.escape(character)}+", text)), default=0)


_UNSAFE_IN_URL = re.compile(r"[\x00-\x20<>\\\x7f-\xa0()]")


def link_target(url: str) -> str:
    """A URL that can stand in ``](…)`` or ``<…>``: spaces, angle brackets, parentheses and backslashes are encoded."""
    return _UNSAFE_IN_URL.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url.strip()
    )
