"""How the mails of a group go, how much at a time, and what stands for the connection while they are made."""

from dataclasses import dataclass
from typing import Any

from odoo.tools.mail import email_split_and_format_normalize


@dataclass
class Channel:
    """Stands for the SMTP connection inside ``ir.mail_server.send_email()``: it only takes the message in.

    So core's method and every add-on that extends it (``_prepare_email_message__`` …) go on working, while the
    message leaves later, over a connection of the engine.
    """

    from_filter: Any
    smtp_from: Any
    sender: str = ""
    recipients: tuple = ()
    message: Any = None

    def send_message(self, message, from_addr, to_addrs, mail_options=(), rcpt_options=()):
        """Keep the message. Like ``smtplib``, return a dict of refused recipients (here empty)."""
        self.message, self.sender, self.recipients = message, from_addr, tuple(dict.fromkeys(to_addrs))
        return {}


@dataclass
class FailedChannel:
    """Stands for the SMTP connection when the outcome is known, and fails as the real one has failed."""

    from_filter: Any
    smtp_from: Any
    error: Exception

    def send_message(self, message, from_addr, to_addrs, mail_options=(), rcpt_options=()):
        raise self.error


@dataclass
class Budget:
    """How much may be made ready now: emails that the server's limits leave, bytes that the memory has room for.

    One email is always made while there is room for an email, however big it is.
    """

    emails: float = float("inf")
    size: float = float("inf")

    @property
    def is_used_up(self):
        return self.emails <= 0 or self.size <= 0

    def take(self, parcel):
        self.emails -= 1
        self.size -= parcel.row["size"]


class Route:
    """How the mails of one group go: the server, the login and the addresses that they have in common."""

    def __init__(self, mail_server, smtp_from, alias_domain, from_filter):
        self.mail_server = mail_server
        self.smtp_from = smtp_from
        self.alias_domain = alias_domain
        self.from_filter = from_filter
        # Core looks these up for each mail; see ir.mail_server._get_default_from_address().
        self.default_addresses = (mail_server._get_default_from_address(), mail_server._get_default_bounce_address())
        self._senders = {}

    def sender(self, email_from):
        """The one sender that core makes of ``email_from``; in a route it is the same for nearly all mails."""
        if email_from not in self._senders:
            self._senders[email_from] = next(iter(email_split_and_format_normalize(email_from)), email_from)
        return self._senders[email_from]
