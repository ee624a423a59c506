"""Endpoints of attachments: uploads as forms, downloads by way of a media address that is good for a while."""

from __future__ import annotations

from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from mimetypes import guess_type
from typing import cast
from urllib.parse import quote, urlsplit

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Attachment, Issue
from syncline_connectors.jira.simulator.rules import Permission

MAX_FILES = 60
MEDIA_LIFE = timedelta(minutes=10)
_UNCHECKED = ("no-check", "nocheck")


def routes(face: Face) -> list[Route]:
    shared = [
        Route("POST", "issue/{id}/attachments", upload),
        Route("GET", "attachment/meta", settings, login=True),
        Route("GET", "attachment/{id}", metadata),
        Route("DELETE", "attachment/{id}", delete),
    ]
    if face is Face.CLOUD:
        media = Route("GET", "{media}/binary", binary, prefix="/file/")
        return [*shared, Route("GET", "attachment/content/{id}", content), media]
    return [*shared, Route("GET", "{id}/{name}", download, prefix="/secure/attachment/")]


# ---- uploads ---------------------------------------------------------------------------------------------------------


def upload(call: Call) -> SimResponse:
    """A form with parts named ``file``. Without ``X-Atlassian-Token`` the vendor takes it for a forged one."""
    if (call.request.header("X-Atlassian-Token") or "").lower() not in _UNCHECKED:
        return SimResponse(403, [("Content-Type", "text/html;charset=UTF-8")], b"XSRF check failed")
    issue = call.issue(call.arguments["id"])
    may = call.work.permits(Permission.CREATE_ATTACHMENTS, issue.project, call.user)
    if not may or issue.archived:
        raise Refusal(403, "You do not have permission to create attachments for this issue.")
    parts = _parts(call)
    for _, part in parts:
        if len(_bytes(part)) > call.work.upload_limit:
            limit = f"The field file exceeds its maximum permitted size of {call.work.upload_limit} bytes."
            raise Refusal(413, limit)
    call.admit_write(issue)
    made = [
        call.work.attach(issue, name, _bytes(part), mime=_mime(name, part), by=call.user)
        for name, part in parts
    ]
    return SimResponse.of_json([call.render.value(file) for file in made])


def _parts(call: Call) -> list[tuple[str, EmailMessage]]:
    """The files of the form, by name."""
    kind = call.request.header("Content-Type") or ""
    if not kind.lower().startswith("multipart/form-data"):
        raise Refusal(415, "Unsupported Media Type")
    head = f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    whole = BytesParser(policy=policy.HTTP).parsebytes(head + call.request.body)
    parts = cast("list[EmailMessage]", list(whole.iter_parts())) if whole.is_multipart() else []
    files = [part for part in parts if part.get_param("name", header="Content-Disposition") == "file"]
    named = [(part.get_filename() or "", part) for part in files]
    if not named or any(not name for name, _ in named):
        raise Refusal(400, "The request must have parts named 'file', each with the name of a file.")
    if len(named) > MAX_FILES:
        raise Refusal(413, f"Not more than {MAX_FILES} files can be uploaded at once.")
    return named


def _bytes(part: EmailMessage) -> bytes:
    return cast("bytes", part.get_payload(decode=True) or b"")


def _mime(name: str, part: EmailMessage) -> str:
    """The part's own type, else the one that the name suggests."""
    if part["Content-Type"]:
        return part.get_content_type()
    return guess_type(name)[0] or "application/octet-stream"


# ---- downloads -------------------------------------------------------------------------------------------------------


def settings(call: Call) -> e.Json:
    return {"enabled": True, "uploadLimit": call.work.upload_limit}


def _found(call: Call, wanted: str) -> tuple[Issue, Attachment]:
    for issue in call.work.issues.values():
        for file in issue.fields.get("attachment") or ():
            if isinstance(file, Attachment) and str(file.id) == wanted and call.may_browse(issue.project):
                return issue, file
    raise Refusal(404, f"The attachment with id '{wanted}' does not exist")


def metadata(call: Call) -> e.Json:
    """As in an issue, but for the id, which Cloud writes as a number here."""
    wanted = call.arguments["id"]
    for issue in call.work.issues.values():
        for made in call.render.value(issue.fields.get("attachment")) or ():
            if str(made["id"]) == wanted and call.may_browse(issue.project):
                return {**made, "id": int(wanted)} if call.work.face is Face.CLOUD else dict(made)
    raise Refusal(404, f"The attachment with id '{wanted}' does not exist")


def content(call: Call) -> SimResponse:
    """On to the media service, unless ``redirect`` is false."""
    _, file = _found(call, call.arguments["id"])
    if call.request.param("redirect") == "false":
        return _sent(file)
    token = f"{call.work.next_id('media'):08x}-0000-4000-8000-000000000000"
    call.work.media[token] = (call.now + MEDIA_LIFE, file.id)
    host = call.render.site_url
    if urlsplit(host).scheme != "http":
        host = "https://api.media.atlassian.com"
    link = f"{host}/file/{token}/binary?client=jira&name={quote(file.name)}"
    return SimResponse(303, [("Location", link)])


def binary(call: Call) -> SimResponse:
    """The media service: no credentials, and dead after a while."""
    until, id_ = call.work.media.get(call.arguments["media"], (call.now, 0))
    files = [
        x for i in call.work.issues.values() for x in i.fields.get("attachment") or () if until > call.now
    ]
    file = next((x for x in files if isinstance(x, Attachment) and x.id == id_), None)
    return _sent(file) if file else SimResponse(403)


def download(call: Call) -> SimResponse:
    """Data Center's own address of a file."""
    return _sent(_found(call, call.arguments["id"])[1])


def _sent(file: Attachment) -> SimResponse:
    shown = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return SimResponse(200, [("Content-Type", file.mime), ("Content-Disposition", shown)], file.content)


def delete(call: Call) -> SimResponse:
    issue, file = _found(call, call.arguments["id"])
    own = file.author is not None and file.author is call.user
    needed = Permission.DELETE_OWN_ATTACHMENTS if own else Permission.DELETE_ALL_ATTACHMENTS
    if not call.work.permits(needed, issue.project, call.user):
        raise Refusal(403, f"You do not have permission to delete attachment with id '{file.id}'")
    call.admit_write(issue)
    call.work.detach(issue, file, by=call.user)
    return SimResponse(204)
