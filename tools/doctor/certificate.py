"""What is in a mail server's certificate (RFC 5280 §4.1.2, §4.2.1.6).

Read with `cryptography`, which Odoo needs itself. Without it nothing is known, and of one that cannot be read neither.

>>> read_certificate(b"no certificate") is None
True
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

try:
    from cryptography import x509
except ImportError:  # nothing but the standard library is needed in this house
    x509 = None  # type: ignore[assignment]

_MOST_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """For whom, by whom and how long. Dates are in UTC, with their zone."""

    names: tuple[str, ...]
    issuer: str
    begins: datetime
    ends: datetime

    def days_left(self, now: datetime) -> int:
        """Whole days until it ends; negative if it has ended. `now` with its zone."""
        return (self.ends - now).days

    @property
    def names_in_words(self) -> str:
        """The names, of many only the first."""
        rest = len(self.names) - _MOST_NAMES
        return ", ".join(self.names[:_MOST_NAMES]) + (f" (+{rest})" if rest > 0 else "")


def read_certificate(der: bytes) -> CertificateFacts | None:
    """Read a certificate in DER."""
    return _read(der, "load_der_x509_certificate")


def read_pem_certificate(pem: bytes) -> CertificateFacts | None:
    """Read a certificate in PEM, of several the first."""
    return _read(pem, "load_pem_x509_certificate")


def _read(certificate: bytes, load: str) -> CertificateFacts | None:
    if x509 is None or not certificate:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd in it is not ours to mend
            found = getattr(x509, load)(certificate)
            return CertificateFacts(_names(found), _issuer(found), _utc(found, "before"), _utc(found, "after"))
    except Exception:  # whatever a server has put into it
        return None


def _names(found: Any) -> tuple[str, ...]:
    names: list[str] = []
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += extension.get_values_for_type(x509.DNSName)
        names += map(str, extension.get_values_for_type(x509.IPAddress))
    except x509.ExtensionNotFound:
        pass
    return tuple(names or _common_names(found.subject))


def _issuer(found: Any) -> str:
    organisations = [str(one.value) for one in found.issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)]
    return ", ".join([*organisations[:1], *_common_names(found.issuer)[:1]]) or found.issuer.rfc4514_string()


def _common_names(name: Any) -> Sequence[str]:
    return [str(one.value) for one in name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]


def _utc(found: Any, which: str) -> datetime:
    aware = getattr(found, f"not_valid_{which}_utc", None)  # cryptography 42
    if aware is None:
        aware = getattr(found, f"not_valid_{which}").replace(tzinfo=timezone.utc)
    return aware  # type: ignore[no-any-return]


def in_lines(found: CertificateFacts | None) -> str:
    if found is None:
        return ""
    return "\n".join(
        (
            f"-- names: {', '.join(found.names)[:500]}",
            f"-- issuer: {found.issuer[:200]}",
            f"-- valid: {found.begins:%Y-%m-%d} to {found.ends:%Y-%m-%d}",
        )
    )
