"""The service extensions that a server announced in its reply to EHLO (RFC 5321 §2.2, §4.1.1.1).

>>> offered = Extensions.from_esmtp({"size": "200000", "dsn": "", "8bitmime": ""})
>>> offered.dsn, offered.pipelining, offered.has("SIZE")
(True, False, True)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Extensions:
    """Keywords in lower case, each with its parameters. Without any it is a server that knows HELO only."""

    keywords: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_esmtp(cls, features: Mapping[str, str]) -> Extensions:
        """Take over `smtplib.SMTP.esmtp_features` (a copy: smtplib clears its own)."""
        return cls({keyword.lower(): parameters for keyword, parameters in features.items()})

    def has(self, name: str) -> bool:
        """Tell whether the keyword was announced, in whatever case."""
        return name.lower() in self.keywords

    @property
    def dsn(self) -> bool:
        """Delivery status notifications on demand (RFC 3461)."""
        return self.has("dsn")

    @property
    def pipelining(self) -> bool:
        """Commands may be sent in groups (RFC 2920)."""
        return self.has("pipelining")

    @property
    def chunking(self) -> bool:
        """BDAT instead of DATA (RFC 3030)."""
        return self.has("chunking")

    @property
    def smtputf8(self) -> bool:
        """Addresses and headers outside ASCII (RFC 6531)."""
        return self.has("smtputf8")

    @property
    def eightbitmime(self) -> bool:
        """Content outside ASCII (RFC 6152)."""
        return self.has("8bitmime")

    @property
    def enhanced_status_codes(self) -> bool:
        """Replies carry enhanced status codes (RFC 2034). OpenSMTPD announces it and leaves some out."""
        return self.has("enhancedstatuscodes")
