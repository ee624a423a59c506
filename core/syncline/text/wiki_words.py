"""The words of Jira's wiki markup: what must be escaped, marks, links, mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from syncline.text.addresses import linkable, web_addresses
from syncline.text.characters import link_target
from syncline.text.mentions import People

if TYPE_CHECKING:
    from markdown_it.token import Token

BREAK: Final = r" \\ "
_BEHIND_ADDRESS = re.compile(r"[.,;!?)]?(?:\s|$)")
_SPECIAL = re.compile(r"[\\{}\[\]|!&`*_+^~?:;(<-]")
_MACRO = re.compile(r"\{(?:code|noformat|quote|panel|color|anchor)\b")
_ENTITY = re.compile(r"&#?\w{1,32};")
_SMILEY = re.compile(
    r"[:;]-?(?:[()]|[PpDd](?!\w))|\((?:y|n|i|x|/|!|\+|-|\?|on|off|\*[rgby]?|flag|flagoff)\)|</?3"
)
_STARTS = re.compile(r"(?P<list>[*#]+(?=[ \t]|$)|-{1,20}(?=[ \t]|$)|\|)"
                     r"|(?P<dot>h[1-6]|bq|\d{1,9})(?P<mark>[.)])(?=[ \t]|$)"
                     r"|(?P<quote>>|\+(?=[ \t]|$)|=+[ \t]*$)|\#(?=[ \t]|$)|\#{2,6}(?=[ \t]|$)")  # fmt: skip
_PHRASES: Final = "*_-+^~"
_MARKS: Final = {"strong": "*", "em": "_", "s": "-"}
_LEADING = re.compile(r"(?:\\\\ |\s)+")
_ACCOUNT = re.compile(r"[\w.@:+ -]+")
_IN_TARGET = re.compile(r"[|\[\]{}]")


@dataclass(frozen=True)
class Around:
    """Where a text stands: in a cell of a table, between the brackets of a link, in monospaced or marked text."""

    cell: bool = False
    label: bool = False
    mono: bool = False
    marked: bool = False


@dataclass
class _Edge:
    """The beginning or the end of marked text; ``mark`` is its character."""

    mark: str
    opens: bool
    braced: bool = False


def entity(character: str) -> str:
    """A character as Jira shows it whatever stands around it."""
    return f"&#{ord(character)};"


def escaped(text: str, around: Around = Around(), *, first: bool = False, last: bool = False) -> str:
    """Text that Jira shows as it is. ``first`` and ``last`` say that nothing stands before or after it on the line.

    A backslash before a character is Jira's own way, but it has none for a backslash, and knows no other characters
    than those of its markup there: the rest are written as numbers.
    """

    def character(found: re.Match[str]) -> str:
        at = found.start()
        before = text[at - 1] if at else " " if first else "."
        after = text[at + 1] if at + 1 < len(text) else " " if last else "."
        return _character(text, at, before, after, around)

    return _SPECIAL.sub(character, text)


def _character(text: str, at: int, before: str, after: str, around: Around) -> str:
    char = text[at]
    if _SMILEY.match(text, at):
        return entity(char)
    if char in _PHRASES:
        return _phrase_character(char, before, after, around)
    match char:
        case "\\":
            bare = after.isalnum() and before != "\\" and at + 1 < len(text)
            return char if bare and not around.mono else entity(char)
        case "{" | "}" if around.mono or _MACRO.match(text, at):
            return entity(char)
        case "{":
            return "\\{"
        case "[" | "]" | "|" if around.label:
            return entity(char)
        case "[":
            return entity(char) if around.mono else "\\["
        case "|":
            return entity(char) if around.cell else char
        case "!":
            return char if after == " " and not around.mono else "\\!"
        case "?":
            return "\\?" if "?" in (before, after) else char
        case "&":
            return entity(char) if _ENTITY.match(text, at) else char
        case "`":
            return entity(char)
    return char


def _phrase_character(char: str, before: str, after: str, around: Around) -> str:
    """Bare inside a word and between spaces, where no marked text can begin or end; Jira makes dashes of ``--``."""
    inside = before.isalnum() and after.isalnum()
    apart = before.isspace() and after.isspace()
    return char if (inside or apart) and not around.marked else "\\" + char


def line_start(line: str) -> str:
    """A line of wiki markup, escaped where it would begin a heading, list, quote or table."""
    found = _STARTS.match(line)
    if found is None:
        return line
    if found["list"]:
        return "\\" + line
    at = found.start("mark") if found["dot"] else 0
    return line[:at] + entity(line[at]) + line[at + 1 :]


class Words:
    """Writes lines of words. ``people`` are those whom ``@name`` mentions."""

    def __init__(self, people: People) -> None:
        self.people = people

    def lines(self, words: Sequence[Token], *, bold: bool = False) -> list[str]:
        """The lines of a paragraph, safe at their start."""
        shown = self._shown(words, Around(), bold=bold)
        return [line_start(line) for line in map(_stripped, shown.split("\n")) if line]

    def line(self, words: Sequence[Token], *, cell: bool = False) -> str:
        """The words on one line: a break in a cell is written as such, elsewhere it is a space."""
        shown = _stripped(self._shown(words, Around(cell=cell)).replace("\n", BREAK))
        return shown if cell else shown.replace(BREAK, " ")

    def _shown(self, words: Sequence[Token], around: Around, *, bold: bool = False) -> str:
        pieces = list(self._pieces(words, around))
        if bold and pieces:
            pieces = [_Edge("*", opens=True), *pieces, _Edge("*", opens=False)]
        return _joined(pieces)

    def _pieces(self, words: Sequence[Token], around: Around) -> Iterator[str | _Edge]:
        open_marks = dict.fromkeys(_MARKS, 0)
        link: list[Token] | None = None
        target = ""
        for number, word in enumerate(words):
            name, _, edge = word.type.rpartition("_")
            if word.type == "link_open":
                link, target = [], str(word.attrGet("href") or "")
            elif word.type == "link_close":
                yield self._link(link or [], target, around)
                link = None
            elif link is not None:
                link.append(word)
            elif name in _MARKS:
                open_marks[name] += 1 if edge == "open" else -1
                if open_marks[name] == (edge == "open"):
                    yield _Edge(_MARKS[name], opens=edge == "open")
            elif word.type in ("softbreak", "hardbreak"):
                marked = any(open_marks.values()) or word.type == "hardbreak"
                yield BREAK if marked else "\n"
            else:
                inside = Around(around.cell, around.label, marked=any(open_marks.values()))
                yield from self._word(word, inside, *_ends(words, number))

    def _word(self, word: Token, around: Around, first: bool, last: bool) -> Iterator[str]:
        if word.type == "code_inline":
            yield _mono(word.content, around)
        elif word.type == "image":
            yield _image(word, around)
        elif around.label:
            yield escaped(word.content, around)
        else:
            yield from self._plain(word.content, around, first, last)

    def _plain(self, text: str, around: Around, first: bool, last: bool) -> Iterator[str]:
        pieces = [
            (words, account, bool(address))
            for piece, address in web_addresses(text)
            for words, account in ([(piece, "")] if address else self.people.split(piece))
            if words
        ]
        for number, (words, account, address) in enumerate(pieces):
            if address:
                after = pieces[number + 1][0][:2] if number + 1 < len(pieces) else "" if last else "?!"
                bare = _BEHIND_ADDRESS.match(after) and not around.cell
                yield words if bare else f"[{_target(words)}]"
            elif account and _ACCOUNT.fullmatch(account):
                yield f"[~{account}]"
            else:
                shown = f"@{words}" if account else words
                at_end = last and number == len(pieces) - 1
                yield escaped(shown, around, first=first and not number, last=at_end)

    def _link(self, words: Sequence[Token], target: str, around: Around) -> str:
        shown = "".join(word.content for word in words)
        if not linkable(target):
            label = self._shown(words, around)
            return label + escaped(f" ({target})" if target and target != shown else "", around)
        if shown.isspace():
            return " "
        if shown.strip() in ("", target, target.removeprefix("mailto:")):
            return f"[{_target(target)}]"
        inside = Around(around.cell, label=True)
        label = self._shown(words, inside).replace("\n", " ").replace(BREAK, " ")
        before, after = " " * label[:1].isspace(), " " * label[-1:].isspace()
        target = _target(target)
        linked = f"[{label.strip()}|{target}]" if label.strip() else f"[{target}]"
        return f"{before}{linked}{after}"


def _stripped(line: str) -> str:
    """Without spaces and breaks at the edges, where they show as nothing."""
    leading = _LEADING.match(line)
    return line[leading.end() if leading else 0 :].rstrip().rstrip("\\ ")


def _ends(words: Sequence[Token], number: int) -> tuple[bool, bool]:
    """Whether a word stands at the beginning of its line, and whether at the end."""
    breaks = ("softbreak", "hardbreak")
    first = number == 0 or words[number - 1].type in breaks
    return first, number + 1 == len(words) or words[number + 1].type in breaks


def _mono(code: str, around: Around) -> str:
    inside = escaped(code, Around(around.cell, around.label, mono=True))
    return f"{{{{{inside}}}}}" if code.strip() else escaped(code, around)


def _image(word: Token, around: Around) -> str:
    """The picture where its name is its description, else a link: Jira has no place for other words."""
    source = str(word.attrGet("src") or "")
    shown = " ".join(child.content for child in word.children or () if child.content.strip())
    if not linkable(source) or around.label:
        return escaped(" ".join(filter(None, (shown, f"({source})" if source else ""))), around)
    target = _target(source)
    if target == source and shown == source.rsplit("/", 1)[-1]:
        return f"!{source}!"
    label = escaped(shown, Around(around.cell, label=True))
    return f"[{label}|{target}]" if label.strip() else f"[{target}]"


def _target(url: str) -> str:
    return _IN_TARGET.sub(lambda found: f"%{ord(found[0]):02X}", link_target(url))


def _joined(pieces: Iterable[str | _Edge]) -> str:
    """The pieces as one text; marks that touch a word or each other stand in braces, where Jira needs them to."""
    filled = [piece for piece in pieces if piece != ""]
    _brace(filled)
    return "".join(
        piece if isinstance(piece, str) else f"{{{piece.mark}}}" if piece.braced else piece.mark
        for piece in filled
    )


def _brace(pieces: Sequence[str | _Edge]) -> None:
    open_edges: list[tuple[int, _Edge]] = []
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            continue
        if piece.opens:
            open_edges.append((number, piece))
            continue
        start, opening = open_edges.pop()
        before = pieces[start - 1] if start else " "
        after = pieces[number + 1] if number + 1 < len(pieces) else " "
        opening.braced = piece.braced = _touches(before, opens=True) or _touches(after, opens=False)


def _touches(neighbour: str | _Edge, *, opens: bool) -> bool:
    """Whether what stands outside a mark keeps it from being one; the mark around it does not."""
    if isinstance(neighbour, _Edge):
        return neighbour.opens is not opens
    edge = neighbour[-1] if opens else neighbour[0]
    return edge.isalnum() or edge in "_*-\\"
