"""Wiki markup inside a line: emphasis, links, mentions, images, monospaced text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from syncline.text.characters import code_span, escape, escape_label, link_target

_KEPT = "\ufdd1"
_LITERAL = "\ufdd3"
"""Stands before a character that is no markup."""
_BEGINS_BLOCK = "#>-+.)=:[~"
_KEPT_PIECE = re.compile(f"(!?){_KEPT}(\\d+){_KEPT}")
LINE_BREAK: Final = "\\\n"

_LINK: Final = r"\[(?P<link>[^\[\]\n]+)\]"
_TOKEN = re.compile(
    r"\{\{(?P<mono>(?:(?!\{\{|\}\})[^\n])+)\}\}"
    r"|(?<!`)`(?P<tick>[^`\n]+)`(?!`)"
    rf"|{_LINK}"
    r"|(?<![\w!])!(?P<image>[^\s!|][^!|\n]*)(?:\|[^!\n]*)?!(?!\w)"
    r"|(?P<url>\b(?:https?|ftp)://[^\s|\[\]{}<>\"\ufdd0\ufdd1]+)"
    r"|(?P<break>\\\\(?![\\\w]))"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|&\#(?P<number>\d{2,3});",
    re.IGNORECASE,
)
_IN_LABEL = re.compile(
    r"\{\{(?P<mono>(?:(?!\{\{|\}\})[^\n])+)\}\}|\\(?P<escaped>[!-/:-@\[-`{-~])|&\#(?P<number>\d{2,3});"
)
_IN_MONO = re.compile(r"\\(?P<escaped>[-#*_+?^~|{}\[\]()!@%])|&\#(?P<number>\d{2,3});")
_MARKS: Final = {"*": ("**", ""), "_": ("*", ""), "-": ("~~", ""), "+": ("", "underline"), "^": ("", "superscript"),
                 "~": ("", "superscript"), "??": ("", "citation")}  # fmt: skip
_PHRASE = re.compile(
    "|".join(
        rf"(?<![\w{re.escape(mark[0])}{_LITERAL}]){re.escape(mark)}(?=[^\s{re.escape(mark[0])}])"
        rf"(?P<{name}>(?:[^{re.escape(mark[0])}\n{_LITERAL}]|{_LITERAL}.)+)"
        rf"(?<!\s){re.escape(mark)}(?![\w{re.escape(mark[0])}])"
        rf"|\{{{re.escape(mark)}\}}(?=\S)(?P<{name}_braced>(?:(?!\{{{re.escape(mark)}\}})[^\n])+)"
        rf"(?<!\s)\{{{re.escape(mark)}\}}"
        for mark, name in zip(
            _MARKS, ("strong", "em", "strike", "plus", "caret", "tilde", "cite"), strict=True
        )
    )
)
_NAMES: Final = {
    "strong": "*",
    "em": "_",
    "strike": "-",
    "plus": "+",
    "caret": "^",
    "tilde": "~",
    "cite": "??",
}
_FILE = re.compile(r"[^/\\]*\.\w{2,5}")
_WEB = re.compile(r"(?:https?|ftp)://\S+$|www\.\S+$|mailto:\S+$", re.IGNORECASE)
_TRAILING = re.compile(r"[.,;:!?)'*_]+$")


class Inline:
    """Converts single lines. ``people`` gives display names by account id."""

    def __init__(self, people: Mapping[str, str], lost: set[str]) -> None:
        self.people = people
        self.lost = lost
        self.kept: list[str] = []
        self.in_cell = False

    def convert(self, text: str, *, cell: bool = False) -> str:
        """One line, or the content of one cell, as Markdown."""
        self.in_cell = cell
        text = self._emphasis(_TOKEN.sub(self._token, text))
        for _ in range(
            3
        ):  # links are kept once for the row of a table and again for the cell, code in them before
            text = _KEPT_PIECE.sub(self._put_back, text)
        return text

    def _put_back(self, found: re.Match[str]) -> str:
        kept = self.kept[int(found[2])]
        return f"{chr(92)}!{kept}" if found[1] and kept.startswith("[") else found[1] + kept

    def hold_links(self, row: str) -> str:
        """A table row in which the bars inside links and images no longer part cells."""
        return _TOKEN.sub(
            lambda found: self._token(found) if found.lastgroup in ("link", "image") else found[0], row
        )

    def _keep(self, markdown: str) -> str:
        """Set finished Markdown aside, so that nothing in it is read as markup again."""
        self.kept.append(markdown)
        return f"{_KEPT}{len(self.kept) - 1}{_KEPT}"

    def _emphasis(self, text: str) -> str:
        """Phrase marks; inside each only the others can stand, so this nests seven deep at most."""
        parts: list[str] = []
        position = 0
        for found in _PHRASE.finditer(text):
            parts += [_shown(text[position : found.start()]), self._phrase(found)]
            position = found.end()
        return "".join(parts) + _shown(text[position:])

    def _phrase(self, found: re.Match[str]) -> str:
        name = found.lastgroup or ""
        mark, loss = _MARKS[_NAMES[name.removesuffix("_braced")]]
        if loss:
            self.lost.add(loss)
        return f"{mark}{self._emphasis(found[name])}{mark}"

    def _token(self, found: re.Match[str]) -> str:
        return _TOKENS[found.lastgroup or ""](self, found)

    def _monospaced(self, found: re.Match[str]) -> str:
        """Jira reads escapes in monospaced text; backticks are not its own."""
        code = _IN_MONO.sub(_character, found["mono"]) if found.lastgroup == "mono" else found["tick"]
        shown = code_span(code)
        return self._keep(shown.replace("|", "\\|") if self.in_cell else shown)

    def _image(self, found: re.Match[str]) -> str:
        target = found["image"].strip()
        if _WEB.match(target):
            return self._keep(f"![{escape_label(target.rsplit('/', 1)[-1])}]({link_target(target)})")
        if not _FILE.fullmatch(target):
            return found[0]
        self.lost.add("attachment")
        return self._keep(f"(image: {escape(target)})")

    def _url(self, found: re.Match[str]) -> str:
        trailing = _TRAILING.search(found["url"])
        end = trailing.start() if trailing else len(found["url"])
        url, rest = found["url"][:end], found["url"][end:]
        linked = f"<{url}>" if link_target(url) == url else f"[{escape_label(url)}]({link_target(url)})"
        return self._keep(linked) + rest

    def _break(self, _found: re.Match[str]) -> str:
        return self._keep(LINE_BREAK)

    def _escaped(self, found: re.Match[str]) -> str:
        """A character that is none of markup; where a line begins it must not begin a block of Markdown either."""
        char = _character(found)
        before = found.string[: found.start()].strip()
        kept = char == "|" or (char in _BEGINS_BLOCK and (not before or before.isdigit()))
        return self._keep("\\" + char) if kept else _LITERAL + char

    def _number(self, found: re.Match[str]) -> str:
        return self._escaped(found) if _character(found) != found[0] else found[0]

    def _link(self, found: re.Match[str]) -> str:
        label, bar, rest = found["link"].partition("|")
        target = rest.partition("|")[0].strip() if bar else label.strip()
        if target.startswith("~"):
            follows = found.string[found.end() : found.end() + 1]
            return self._mention(target) + " " * follows.isalnum()
        if target.startswith("^") and len(target) > 1:
            self.lost.add("attachment")
            return self._keep(f"(attachment: {escape(target[1:])})")
        if _WEB.match(target):
            return self._web_link(label.strip() if bar else "", target)
        if bar and target.startswith("#"):
            self.lost.add("anchor")
            return label
        return "[" + found["link"] + "]"

    def _mention(self, target: str) -> str:
        self.lost.add("mention")
        account = target[1:].removeprefix("accountid:")
        return self._keep("@" + escape(self.people.get(account, account)))

    def _web_link(self, label: str, target: str) -> str:
        url = f"https://{target}" if target.lower().startswith("www.") else target
        if not label or label == target:
            shown = url.removeprefix("mailto:")
            safe = link_target(shown) == shown and ("@" in shown or ":" in shown)
            return self._keep(f"<{shown}>" if safe else f"[{escape_label(shown)}]({link_target(url)})")
        shown = self._emphasis(_IN_LABEL.sub(self._in_label, label))
        return self._keep(f"[{shown}]({link_target(url)})")

    def _in_label(self, found: re.Match[str]) -> str:
        char = "" if found.lastgroup == "mono" else _character(found)
        return self._keep("\\" + char) if char in ("[", "]") else self._token(found)


def _shown(text: str) -> str:
    return escape(text.replace(_LITERAL, ""))


def _character(found: re.Match[str]) -> str:
    """The character that is escaped, by a backslash or as a number; the whole match where that is none of ASCII's."""
    if found.lastgroup == "escaped":
        return found["escaped"]
    char = chr(int(found["number"]))
    return char if char.isascii() and char.isprintable() and not char.isalnum() and char != " " else found[0]


_TOKENS: Final[Mapping[str, Callable[[Inline, re.Match[str]], str]]] = {
    "mono": Inline._monospaced,
    "tick": Inline._monospaced,
    "link": Inline._link,
    "image": Inline._image,
    "url": Inline._url,
    "break": Inline._break,
    "escaped": Inline._escaped,
    "number": Inline._number,
}
