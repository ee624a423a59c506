"""How text is sent to Postgres. Imports psycopg."""

from __future__ import annotations

from psycopg.adapt import Buffer, Dumper

from syncline.jsontext import NUL, NUL_SIGN


class TextDumper(Dumper):
    """Text of any type; a NUL character, which Postgres cannot hold, is sent as its sign ``␀``."""

    def dump(self, obj: str) -> Buffer:
        return (obj.replace(NUL, NUL_SIGN) if NUL in obj else obj).encode()
