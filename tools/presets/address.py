"""An address as somebody types it, and the names of hosts that others tell us.

>>> Address.parse(" Anna Nowak <anna@BÜCHER.example> ")
Address(local='anna', domain='bücher.example', ascii_domain='xn--bcher-kva.example')
>>> host_name("Smtp.Bücher.example."), host_name("../../etc/passwd"), host_name("https://x.example")
('smtp.xn--bcher-kva.example', '', '')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import idna

_MOST_CHARACTERS: Final = 320  # 64 before the @ and 255 behind it (RFC 5321 §4.5.3.1)
_MOST_OF_A_HOST: Final = 255  # before it is encoded, too: idna before 3.7 takes quadratic time (CVE-2024-3651)
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_UNFIT: Final = re.compile(r"[\s\x00-\x1f\x7f<>,;:\"()\[\]\\]")


class AddressError(ValueError):
    """What was typed is no e-mail address."""


@dataclass(frozen=True)
class Address:
    """:param domain: small letters, as it is read; ``ascii_domain`` as DNS and mail servers know it (RFC 5891)"""

    local: str
    domain: str
    ascii_domain: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address, perhaps with a name before it.

        :raise AddressError: it is none, or more than one
        """
        text = text.strip()
        if text.endswith(">") and text.count("<") == 1:
            text = text[text.index("<") + 1 : -1].strip()
        local, at, domain = text.rpartition("@")
        ascii_domain = host_name(domain)
        is_one = at and local and len(text) <= _MOST_CHARACTERS and "@" not in local and not _UNFIT.search(local)
        if not is_one or "." not in ascii_domain:
            raise AddressError(text[:_MOST_CHARACTERS])
        try:
            domain = idna.decode(ascii_domain)
        except UnicodeError:  # such as an underscore, which DNS allows
            domain = ascii_domain
        return cls(local, domain, ascii_domain)

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def account(self) -> str:
        """The address without what stands behind a "+", with the domain in ASCII: as one logs in."""
        return f"{self.account_local}@{self.ascii_domain}"

    @property
    def account_local(self) -> str:
        """What stands before the "@", without a detail behind a "+" (RFC 5233)."""
        return self.local.partition("+")[0] or self.local


def host_name(text: str) -> str:
    """Return a name of a host as DNS knows it, in small letters; "" for what is none, such as a path or an address."""
    name = text.strip().rstrip(".").lower()
    if not name or len(name) > _MOST_OF_A_HOST:
        return ""
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except UnicodeError:
            return ""
    is_number = name.rpartition(".")[2].isdigit()  # 127.0.0.1: certificates name hosts
    return name if _HOST.fullmatch(name) and len(name) <= 253 and not is_number else ""
