"""Wiki markup inside a line: emphasis, links, mentions, images, monospaced text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from syncline.text.characters import code_span, escape, escape_label, link_target

_KEPT = "\ufdd1"
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
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])",
    re.IGNORECASE,
)
_MARKS: Final = {"*": ("**", ""), "_": ("*", ""), "-": ("~~", ""), "+": ("", "underline"), "^": ("", "superscript"),
                 "~": ("", "superscript"), "??": ("", "citation")}  # fmt: skip
_PHRASE = re.compile(
    "|".join(
        rf"(?<![\w{re.escape(mark[0])}]){re.escape(mark)}(?=[^\s{re.escape(mark[0])}])"
        rf"(?P<{name}>[^{re.escape(mark[0])}\n]+)(?<!\s){re.escape(mark)}(?![\w{re.escape(mark[0])}])"
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

    def convert(self, text: str) -> str:
        """One line, or the content of one cell, as Markdown."""
        text = self._emphasis(_TOKEN.sub(self._token, text))
        for _ in range(2):  # links are kept once for the row of a table and again for the cell
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
            parts += [escape(text[position : found.start()]), self._phrase(found)]
            position = found.end()
        return "".join(parts) + escape(text[position:])

    def _phrase(self, found: re.Match[str]) -> str:
        name = found.lastgroup or ""
        mark, loss = _MARKS[_NAMES[name]]
        if loss:
            self.lost.add(loss)
        return f"{mark}{self._emphasis(found[name])}{mark}"

    def _token(self, found: re.Match[str]) -> str:
        return _TOKENS[found.lastgroup or ""](self, found)

    def _monospaced(self, found: re.Match[str]) -> str:
        return self._keep(code_span(found["mono"] or found["tick"]))

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
        return self._keep("\\" + found["escaped"])

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
        shown = code_span(label[2:-2]) if re.fullmatch(r"\{\{.+\}\}", label) else self._emphasis(label)
        return self._keep(f"[{shown}]({link_target(url)})")


_TOKENS: Final[Mapping[str, Callable[[Inline, re.Match[str]], str]]] = {
    "mono": Inline._monospaced,
    "tick": Inline._monospaced,
    "link": Inline._link,
    "image": Inline._image,
    "url": Inline._url,
    "break": Inline._break,
    "escaped": Inline._escaped,
}
