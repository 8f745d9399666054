"""How the mails of a group go, and how much at a time."""

from dataclasses import dataclass
from functools import cached_property

from odoo.tools.mail import email_split_and_format_normalize

from .delivery import Email


@dataclass
class Budget:
    """How much may be made ready now: emails that the server's limits leave, bytes that the memory has room for.

    One email is always made while there is room for an email, however big it is.
    """

    emails: float = float("inf")
    size: float = float("inf")

    @property
    def is_used_up(self) -> bool:
        return self.emails <= 0 or self.size <= 0

    def take(self, email: Email) -> None:
        """Note that an email was made."""
        self.emails -= 1
        self.size -= email.size


class Route:
    """How the mails of one group go: the server, the login and the addresses that they have in common."""

    def __init__(self, mail_server, smtp_from, alias_domain, from_filter):
        self.mail_server = mail_server
        self.smtp_from = smtp_from
        self.alias_domain = alias_domain
        self.from_filter = from_filter
        self.own_addresses = mail_server._own_addresses()
        self._senders = {}

    # Core looks these up for each mail that names none; see ir.mail_server._get_default_from_address().
    @cached_property
    def default_from(self) -> str | None:
        return self.mail_server._get_default_from_address()

    @cached_property
    def default_bounce_address(self) -> str | None:
        return self.mail_server._get_default_bounce_address()

    def sender(self, email_from: str) -> str:
        """Return the one sender that core makes of ``email_from``; in a route it is the same for nearly all mails."""
        if email_from not in self._senders:
            self._senders[email_from] = next(iter(email_split_and_format_normalize(email_from)), email_from)
        return self._senders[email_from]
