"""What stands for the SMTP connection inside ``ir.mail_server.send_email()``.

So core's method and every add-on that extends it (``_prepare_email_message__`` …) go on working, while the message
leaves later, over a connection of the engine.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from ..tools.own_addresses import OwnAddresses


@dataclass
class MessageCapture:
    """Takes the message in, and sends nothing."""

    from_filter: Any
    smtp_from: Any
    own_addresses: OwnAddresses
    sender: str = ""
    recipients: tuple[str, ...] = ()
    message: EmailMessage | None = None

    def send_message(self, message, from_addr, to_addrs, mail_options=(), rcpt_options=()) -> dict:
        """Keep the message. Like ``smtplib``, return a dict of refused recipients (here empty)."""
        self.message, self.sender, self.recipients = message, from_addr, tuple(dict.fromkeys(to_addrs))
        return {}


@dataclass
class KnownFailure:
    """Fails as the real connection has failed."""

    from_filter: Any
    smtp_from: Any
    own_addresses: OwnAddresses
    error: Exception

    def send_message(self, message, from_addr, to_addrs, mail_options=(), rcpt_options=()):
        """:raise Exception: always the one that is known"""
        raise self.error
