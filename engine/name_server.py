"""Asks the DNS, if dnspython is installed: Odoo does not need it, and neither does this module."""

import time

from ..tools.doctor import NotAnswered
from ..tools.doctor.domain import Ask

try:
    import dns.exception
    import dns.resolver
except ImportError:
    dns = None

# Seconds for one question.
_LIFETIME = 3


def name_server(seconds: float) -> Ask:
    """Return what asks the name servers of this machine.

    :param seconds: for all questions together
    :raise NotAnswered: there is nobody to ask, or no time; also when asking
    """
    if dns is None:
        raise NotAnswered("no_dnspython")
    end = time.monotonic() + seconds
    try:
        resolver = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        raise NotAnswered("no_dns") from None

    def ask(kind: str, name: str) -> list[str]:
        left = end - time.monotonic()
        if left <= 0:
            raise NotAnswered("out_of_time")
        try:
            answer = resolver.resolve(name, kind, search=False, lifetime=min(left, _LIFETIME))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError):
            raise NotAnswered("no_dns") from None
        return [_text(kind, record) for record in answer]

    return ask


def _text(kind, record) -> str:
    if kind == "TXT":  # of several strings, joined without a blank (RFC 7208 §3.3)
        return b"".join(record.strings).decode("utf-8", "replace")
    return str(record.exchange if kind == "MX" else record.address)
