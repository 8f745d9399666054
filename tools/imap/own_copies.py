"""Providers that put each mail sent over them into the account's Sent folder: Gmail and Microsoft 365.

A copy of ours would be a double. Only what an account logs in to is named here: a relay for other servers
(smtp-relay.gmail.com, *.mail.protection.outlook.com) knows no mailbox.

>>> files_by_itself("smtp.gmail.com", ""), files_by_itself("smtp-relay.gmail.com", "")
(True, False)
>>> files_by_itself("relay.example.com", "outlook")
True
"""

from __future__ import annotations

from typing import Final

_HOSTS: Final = frozenset(
    {
        "smtp.gmail.com",
        "smtp.googlemail.com",
        "smtp.office365.com",
        "smtp-mail.outlook.com",
        "smtp.outlook.com",
        "outlook.office365.com",
    }
)
# Odoo's own ways to log in with the account of a provider (google_gmail, microsoft_outlook).
_LOGINS: Final = frozenset({"gmail", "outlook"})


def files_by_itself(host: str, login: str) -> bool:
    """Whether a server files what is sent over it.

    :param host: of the outgoing server
    :param login: how Odoo logs in (``smtp_authentication``)
    """
    return host.strip().rstrip(".").lower() in _HOSTS or login in _LOGINS
