"""Addresses that a mail server has of its own, in place of what Odoo would take.

The return address is the sender of the envelope (MAIL FROM, RFC 5321 §4.1.1.2), to which bounces go; Reply-To is where
people's answers go (RFC 5322 §3.6.2).

>>> own = OwnAddresses(reply_to="Office <office@example.com>", defaults=frozenset({"catchall@example.com"}))
>>> own.replaces("catchall@example.com", "anna@example.com"), own.replaces("anna@example.com", "anna@example.com")
(True, True)
>>> own.replaces("project-alias@example.com", "anna@example.com")
False
>>> OwnAddresses().replaces("", "anna@example.com")
False
"""

from __future__ import annotations

from dataclasses import dataclass

from .address import address_key


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Of one server.

    :param return_address: a bare address in ASCII, "" for none
    :param reply_to: as it is written in the header, perhaps with a name; "" for none
    :param defaults: keys (see `address_key`) of the addresses that Odoo takes where nobody chose one
    """

    return_address: str = ""
    reply_to: str = ""
    defaults: frozenset[str] = frozenset()

    def replaces(self, reply_to: str, email_from: str) -> bool:
        """Tell whether the server's Reply-To stands for that of a mail: nobody chose it. Bare addresses."""
        if not self.reply_to:
            return False
        key = address_key(reply_to)
        return not key or key == address_key(email_from) or key in self.defaults
