"""A message as mail: built, and handed to the server of ``[mail]``.

``smtps://user:password@host`` is TLS from the first byte; ``smtp://…`` must offer STARTTLS, except on this machine.
Nothing is sent in the clear elsewhere, a password least of all.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from urllib.parse import SplitResult, unquote, urlsplit

from syncline.config.values import is_loopback
from syncline.errors import AuthError, ConfigError, TransientError
from syncline.notify.message import Message

TIMEOUT = 20.0
"""Seconds for each answer of the server."""
LARGEST_BODY = 100_000
"""Bytes of HTML beyond which Gmail cuts a mail off."""


def build(message: Message, sender: str, to: Sequence[str], at: datetime, number: str) -> EmailMessage:
    """The mail: text, the same as small HTML, and what is attached. ``number`` makes its Message-ID.

    The same message has the same id, so that a mail that was sent twice is shown once. Raises ConfigError where an
    address is none.
    """
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = _address(sender)
    mail["To"] = [_address(one) for one in to]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{number}@{_address(sender).domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n\n".join(message.lines) + "\n")
    mail.add_alternative(_html(message), subtype="html")
    if message.attachment is not None:
        file = message.attachment
        mail.add_attachment(file.content, subtype=file.subtype, filename=file.name)
    return mail


_PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family:sans-serif">
<h1 style="font-size:1.25em">{title}</h1>
{lines}
</body></html>
"""


def _html(message: Message) -> str:
    lines = "\n".join(f"<p>{escape(line)}</p>" for line in message.lines)
    title = escape(message.subject)
    page = _PAGE.format(title=title, lines=lines)
    if len(page.encode()) > LARGEST_BODY:
        raise ValueError("a message of that length is no summary")
    return page


def _address(text: str) -> Address:
    name, plain = parseaddr(text)
    user, _, domain = plain.rpartition("@")
    try:
        if not user or not domain:
            raise ValueError
        return Address(name, user, domain)
    except (ValueError, IndexError):
        raise ConfigError(
            f"{text!r} is not a mail address", hint="look at [mail] from and at `to` of the channel"
        ) from None


@dataclass(frozen=True)
class Server:
    """Where mail is handed over. ``password`` is never printed."""

    host: str
    port: int
    implicit_tls: bool
    here: bool
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


def server(url: str) -> Server:
    """Read the address of a mail server; raises ConfigError in words that repeat nothing of it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError(
            "[mail] url does not lead to a mail server", hint="it is smtps://USER:PASSWORD@HOST or smtp://…"
        )
    tls = parts.scheme == "smtps"
    return Server(
        parts.hostname,
        port or (465 if tls else 587),
        tls,
        is_loopback(f"http://{parts.netloc.rpartition('@')[2]}"),
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def send(mail: EmailMessage, to: Server) -> None:
    """Hand a mail to the server; raises AuthError, TransientError or ConfigError, naming the host alone."""
    try:
        with _connected(to) as session:
            if to.user is not None:
                session.login(to.user, to.password or "")
            refused = session.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise AuthError(f"{to.host} refused the user or password of [mail]", status=error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise ConfigError(
            f"{to.host} offers no TLS, or no way to log in", hint="use smtps://, or another server"
        ) from None
    except smtplib.SMTPRecipientsRefused as error:
        raise ConfigError(f"{to.host} refused {_names(error.recipients)}") from None
    except smtplib.SMTPResponseException as error:
        raise TransientError(f"{to.host} answered {error.smtp_code}", status=error.smtp_code) from None
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"{to.host} could not be talked to: {type(error).__name__}") from None
    if refused:
        raise ConfigError(f"{to.host} refused {_names(refused)}", hint="the others have the mail")


def _names(refused: dict[str, tuple[int, bytes]]) -> str:
    return ", ".join(sorted(refused))


def _connected(to: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if to.implicit_tls:
        return smtplib.SMTP_SSL(to.host, to.port, timeout=TIMEOUT, context=context)
    session = smtplib.SMTP(to.host, to.port, timeout=TIMEOUT)
    try:
        session.ehlo()
        if session.has_extn("starttls"):
            session.starttls(context=context)
            session.ehlo()
        elif not to.here:
            raise smtplib.SMTPNotSupportedError("STARTTLS")
    except BaseException:
        session.close()
        raise
    return session
