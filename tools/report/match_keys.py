"""How a returned mail names the mail that was sent: what to look for, and what two spellings have in common.

Contract: it only reads the values of `tools.report`; who was sent what is for the caller to look up. An envelope id
is a token that nobody can guess, so it proves that the reporter has seen the mail; all the other names are known to
more people and count only together with the recipient.

>>> token = "0123456789abcdef0123456789abcdef"
>>> verp_sender("bounce@odoo.test", token)
'bounce+0123456789abcdef0123456789abcdef@odoo.test'
>>> verp_tokens([verp_sender("bounce@odoo.test", token), "sales@odoo.test"])
('0123456789abcdef0123456789abcdef',)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..address import address_key
from .model import RecipientReport, Report

_TOKEN = re.compile(r"[0-9a-f]{32}")
_MAX_LOCAL_PART = 64  # RFC 5321 §4.5.3.1.1


def is_token(text: str) -> bool:
    """Tell whether the text has the form of an envelope id of this module."""
    return bool(_TOKEN.fullmatch(text.strip().lower()))


def verp_sender(sender: str, token: str) -> str:
    """Put the token into the address that reports come back to (variable envelope return path).

    An address that has a detail already, or would become too long, stays as it is.
    """
    local, at, domain = sender.rpartition("@")
    marked = f"{local}+{token}"
    if not at or not token or "+" in local or len(marked) > _MAX_LOCAL_PART:
        return sender
    return f"{marked}@{domain}"


def verp_tokens(addresses: Iterable[str]) -> tuple[str, ...]:
    """The tokens in the addresses that a report went to."""
    details = (address.rpartition("@")[0].rpartition("+")[2].lower() for address in addresses)
    return tuple(dict.fromkeys(detail for detail in details if is_token(detail)))


def envelope_ids(report: Report) -> tuple[str, ...]:
    """What may be an envelope id, the most certain first: ENVID, the returned header, the VERP address."""
    addresses = [*report.addressed_to, report.return_path or ""]
    found = [report.envelope_id.strip(), report.token.strip(), *verp_tokens(addresses)]
    return tuple(dict.fromkeys(filter(None, found)))


def receipt_forms(message_id: str) -> tuple[str, ...]:
    """The receipts that a Message-ID can be: providers replace it and tell the new one in their 250 reply.

    Microsoft 365 tells the whole id, Amazon SES its local part.

    >>> receipt_forms("<0100-a@eu-west-1.amazonses.com>")
    ('<0100-a@eu-west-1.amazonses.com>', '0100-a@eu-west-1.amazonses.com', '0100-a')
    """
    bare = message_id.strip().strip("<>")
    return tuple(dict.fromkeys(filter(None, (message_id.strip(), bare, bare.partition("@")[0]))))


def address_keys(recipient: RecipientReport) -> tuple[str, ...]:
    """The addresses that a report gives for one recipient, the one that the sender used first."""
    return tuple(dict.fromkeys(filter(None, map(address_key, (recipient.original_recipient, recipient.recipient)))))
