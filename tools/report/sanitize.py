"""Texts of a returned mail as they are stored and shown.

Contract: bounded texts that a database takes (no NUL, no half characters), never an exception.

>>> clean("a\\x00b \\udc80c", 4)
'ab ?'
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[0-9A-Fa-f]{32}")
_URL = re.compile(r"(https?://[^/\s?#<>\"']{1,255})[/?#][^\s<>\"']*", re.IGNORECASE)


def clean(text: str, limit: int = 500) -> str:
    """The text as a database takes it, cut to a length that a person reads."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:limit].strip()


def without_secrets(text: str, own_sites: tuple[str, ...] = ()) -> str:
    """The text without envelope ids, and with the sites alone of links to one's own sites: a link can log in.

    Links of providers, who explain their reply on a page, stay.

    >>> without_secrets("to bounce+0123456789abcdef0123456789abcdef@odoo.test: see https://help.test/?p=1")
    'to bounce+…@odoo.test: see https://help.test/?p=1'
    >>> without_secrets("see https://erp.test/my/invoices/1?access_token=abc", ("https://erp.test",))
    'see https://erp.test'
    """
    sites = {site.lower().rstrip("/") for site in own_sites}
    shorter = _URL.sub(lambda found: found[1] if found[1].lower() in sites else found[0], text)
    return _TOKEN.sub("…", shorter)
