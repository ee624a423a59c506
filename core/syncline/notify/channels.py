"""Sending over the channels of the configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.errors import ConfigError
from syncline.notify.message import Message
from syncline.secrets import Secret, resolve

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.http import Redactor
    from syncline.seams import Clock, Random


@dataclass(frozen=True)
class Channels:
    """The channels, and what is needed to use them. Secrets are fetched when a message is sent, never before."""

    config: Config
    environ: Mapping[str, str]
    clock: Clock
    random: Random
    redactor: Redactor
    transport: Any = None

    def kind(self, name: str) -> str | None:
        """mail or slack; None for a channel that is not configured."""
        channel = self.config.channels.get(name)
        return channel.kind if channel else None

    def send(self, name: str, message: Message, at: datetime, key: str) -> None:
        """Send a message; ``key`` is the same for the same message. Raises SynclineError where that fails."""
        channel = self.config.channels[name]
        if channel.kind == "mail":
            self._mail(channel.to or (), message, at, key)
        elif channel.url is not None:
            from syncline.http.webhook import post
            from syncline.notify.slack import payload

            url = self._secret(channel.url, f"url of [channels] {name}")
            plain = replace(message, attachment=None)
            post(url, payload(plain), **self._how())

    def beat(self, address: Secret) -> None:
        """Call the heartbeat; raises SynclineError where that fails."""
        from syncline.http.webhook import ping

        ping(self._secret(address, "heartbeat of [notify]"), **self._how())

    def _mail(self, to: tuple[str, ...], message: Message, at: datetime, key: str) -> None:
        from syncline.notify import mail

        section = self.config.mail
        if section is None:
            raise ConfigError("mail is to be sent, but there is no [mail]", hint="say there by which server")
        server = mail.server(self._secret(section.url, "url of [mail]"))
        self.redactor.add(*(one for one in (server.password,) if one))
        number = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        mail.send(mail.build(message, section.from_, to, at.astimezone(self.config.hub.zone), number), server)

    def _secret(self, secret: Secret, wanted_by: str) -> str:
        if secret.reference is None:
            return secret.get_secret_value()
        hub = self.config.hub
        found = resolve(
            secret.reference,
            directory=self.config.directory,
            environ=self.environ,
            env_file=hub.env_file,
            wanted_by=wanted_by,
        ).get_secret_value()
        self.redactor.add(found)
        return found

    def _how(self) -> dict[str, Any]:
        return {
            "clock": self.clock,
            "random": self.random,
            "redactor": self.redactor,
            "transport": self.transport,
        }
