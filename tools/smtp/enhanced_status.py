"""Enhanced mail system status codes, such as 5.1.1 (RFC 3463; registry: RFC 5248).

>>> EnhancedStatus.parse("5.1.1")
EnhancedStatus(klass=5, subject=1, detail=1)
>>> str(EnhancedStatus.find("550-5.7.26 Unauthenticated email from example.com"))
'5.7.26'
>>> EnhancedStatus.find("Exim 4.96.1 says that 10.5.1.1 is blocked") is None
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Class "." subject "." detail (RFC 3463 §2). Not part of a longer number, version or IP address.
_WHOLE = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
# In running text only the registered subjects 0 to 7 (RFC 3463 §3) count: "4.96.1" is a version.
_INSIDE = re.compile(r"(?<![\w.])([245])\.([0-7])\.(\d{1,3})(?!\w|\.\d)")


@dataclass(frozen=True, slots=True, order=True)
class EnhancedStatus:
    """One status code: class (2, 4 or 5), subject and detail (0 to 999 each)."""

    klass: int
    subject: int
    detail: int

    @classmethod
    def parse(cls, text: str) -> EnhancedStatus | None:
        """Read a text that is exactly one status code; None if it is not one."""
        found = _WHOLE.fullmatch(text.strip())
        return cls(*map(int, found.groups())) if found else None

    @classmethod
    def find(cls, text: str) -> EnhancedStatus | None:
        """Find the first status code in running text; None if there is none."""
        found = _INSIDE.search(text)
        return cls(*map(int, found.groups())) if found else None

    def __str__(self) -> str:
        return f"{self.klass}.{self.subject}.{self.detail}"
