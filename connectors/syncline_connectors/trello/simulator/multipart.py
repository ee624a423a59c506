"""Forms with files, as uploads send them."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    mime_type: str


def parts_of(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, File]]:
    """The fields and the files of a form, by name."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    fields: dict[str, str] = {}
    files: dict[str, File] = {}
    for part in message.iter_parts():
        _sort(part, fields, files)
    return fields, files


def _sort(part: Message, fields: dict[str, str], files: dict[str, File]) -> None:
    name = str(part.get_param("name", header="content-disposition"))
    raw = part.get_payload(decode=True)
    content = raw if isinstance(raw, bytes) else b""
    if filename := part.get_filename():
        files[name] = File(filename, content, part.get_content_type())
    else:
        fields[name] = content.decode()
