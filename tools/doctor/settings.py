"""How a mail server is to be reached, and the steps that this makes."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from .recording import Recording

_START: Final = ("resolve", "connect")
_IMPLICIT: Final = (*_START, "tls", "certificate", "greeting", "hello", "login")
_EXPLICIT: Final = (*_START, "greeting", "hello", "starttls", "tls", "certificate", "login")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server is to be reached.

    :param encryption: as Odoo names it: "none", "starttls", "starttls_strict", "ssl" or "ssl_strict"
    :param login: how it is logged in: "" (not at all), "password", "certificate", or the name of another add-on's way
    """

    host: str
    port: int = 25
    encryption: str = "none"
    login: str = ""

    @property
    def is_implicit(self) -> bool:
        """True if TLS comes before the greeting."""
        return self.encryption in ("ssl", "ssl_strict")

    @property
    def is_encrypted(self) -> bool:
        """True if TLS is wanted at all."""
        return self.encryption not in ("none", "")

    @property
    def is_strict(self) -> bool:
        """True if the certificate is checked."""
        return self.encryption.endswith("_strict")

    @property
    def is_near(self) -> bool:
        """True if the server is on this machine: nobody listens on the way."""
        if self.host.lower() == "localhost":
            return True
        address = ip_address_of(self.host)
        return address is not None and address.is_loopback

    @property
    def names(self) -> tuple[str, ...]:
        """The steps to a usable session, in their order."""
        return _IMPLICIT if self.is_implicit else _EXPLICIT


@dataclass(frozen=True, slots=True)
class Second:
    """What a second connection has told, which checked the certificate the other way, or tried TLS on a plain port.

    :param recording: of that connection
    :param problem: in the words of `tools.smtp`; "" if all went well
    """

    recording: Recording
    problem: str = ""


def ip_address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
