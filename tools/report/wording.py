"""Patterns of the sentences that mail systems write: one way to build all of them.

Contract: a table of words is a tuple of regular expressions, one or several phrases in each, in the order in which
they are tried. Every repeat in a phrase is bounded, so that looking takes linear time (`tests/tools/test_patterns.py`).

>>> bool(any_of("user unknown|no such user", r"mailbox \\w{1,9} full").search("Mailbox is FULL"))
True
>>> any_of("to", "from", before=r"^\\s*").pattern
'^\\\\s*(?:to|from)'
>>> bool(any_of_lower("user unknown").search("User unknown"))
False
"""

from __future__ import annotations

import re


def any_of(*phrases: str, before: str = "", flags: int = 0) -> re.Pattern[str]:
    """A pattern that one of the phrases matches, in upper or lower case.

    :param before: what stands before each of them
    :param flags: of `re`, beside `re.I`
    """
    together = "|".join(phrases)
    return re.compile(f"{before}(?:{together})" if before else together, re.I | flags)


def any_of_lower(*phrases: str) -> re.Pattern[str]:
    """As `any_of`, for a text in lower case: without `re.I` the first letter of each phrase is a quick test."""
    return re.compile("|".join(phrases))
