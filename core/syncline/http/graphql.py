"""Whether a GraphQL document only asks: the fence reads it itself, since queries and mutations share one address."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_TOKENS = re.compile(
    r'(?P<skip>[\s,\ufeff]+|#[^\r\n]*)|(?P<text>"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\r\n])*")'
    r"|(?P<name>[_A-Za-z][_0-9A-Za-z]*)|(?P<open>[({\[])|(?P<close>[)}\]])|(?P<other>[$!:=@|&.\-+0-9]+)"
)
"""The lexical grammar (GraphQL, October 2021, §2.1). graphql-core would do, but its import takes 0.2 s, half of what a
run without changes may take; the tests hold the two against each other."""
_ASKS = frozenset({"query", "fragment"})


@lru_cache(maxsize=256)
def only_asks(document: str) -> bool:
    """Whether every definition of ``document`` is a query or a fragment; what cannot be read is not believed to be."""
    depth = at = 0
    begins, any_begun = True, False
    while at < len(document):
        token = _TOKENS.match(document, at)
        if token is None:
            return False
        at = token.end()
        kind = token.lastgroup
        if kind == "skip":
            continue
        if depth == 0 and begins:
            if token[0] != "{" and token[0] not in _ASKS:
                return False
            begins, any_begun = False, True
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return False
        begins = begins or (depth == 0 and token[0] == "}")
    return any_begun and begins


def is_write(json: Any) -> bool:
    """Whether the body of a request is that of GraphQL over HTTP and its document does more than ask."""
    if not isinstance(json, dict) or not {"query", "variables"} <= json.keys():
        return False
    return not (isinstance(json["query"], str) and only_asks(json["query"]))
