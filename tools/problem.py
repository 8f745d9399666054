"""What went wrong here, before a server was asked, in a few stable words with the technical detail behind.

The words are keys of `PROBLEM_MEANINGS`, where a person finds what they mean in his own language; the detail stands in
brackets. The words of Python's exceptions are nothing for people: they are the detail.

>>> describe(ValueError("too many values to unpack (expected 2)"))
'the mail could not be put together (ValueError: too many values to unpack (expected 2))'
>>> split(describe(KeyError("no such field")))
('the mail could not be put together', "KeyError: 'no such field'")
>>> split("timed out"), split("At least one address (To/Cc/Bcc)")
(('timed out', ''), ('At least one address', 'To/Cc/Bcc'))
"""

from __future__ import annotations

from typing import Final

from .compose.header_field import HeaderNameError
from .smtp.envelope import EnvelopeError

NOT_BUILT: Final = "the mail could not be put together"
LINE_BREAK: Final = "a header of the mail contains a line break"
HEADER_NAME: Final = "a header of the mail has a name that is not allowed"
TWO_HEADERS: Final = "a header of the mail is there twice"
CHARACTERS: Final = "the mail contains characters that cannot be sent"
ATTACHMENT: Final = "an attachment cannot be read"
WORDS: Final = (NOT_BUILT, LINE_BREAK, HEADER_NAME, TWO_HEADERS, CHARACTERS, ATTACHMENT)
_MAX_DETAIL: Final = 500  # characters


class AttachmentError(ValueError):
    """A file that belongs to the mail is missing or damaged; the text is its name."""


def describe(error: BaseException) -> str:
    """Return words and detail for an exception that a mail could not be built or addressed with.

    What Odoo and its add-ons raise is meant for people already and is returned as it is.
    """
    text = str(error.args[-1]) if error.args else str(error)
    words = _words(error, text)
    is_for_people = words == NOT_BUILT and type(error).__module__.startswith("odoo.")
    if is_for_people or isinstance(error, (EnvelopeError, AssertionError)):
        return text[:_MAX_DETAIL] or type(error).__name__
    if words in (NOT_BUILT, CHARACTERS):
        text = f"{type(error).__name__}: {error}"
    return f"{words} ({text[:_MAX_DETAIL]})"


def split(problem: str) -> tuple[str, str]:
    """Return the stable words and the detail, "" if there is none."""
    words, bracket, detail = problem.partition(" (")
    return (words, detail[:-1]) if bracket and detail.endswith(")") else (problem, "")


def _words(error: BaseException, text: str) -> str:
    if isinstance(error, AttachmentError):
        return ATTACHMENT
    if isinstance(error, HeaderNameError):
        return HEADER_NAME
    if isinstance(error, UnicodeError):
        return CHARACTERS
    if isinstance(error, ValueError) and "may not contain linefeed" in text:  # `email`
        return LINE_BREAK
    if isinstance(error, ValueError) and "There may be at most" in text:
        return TWO_HEADERS
    return NOT_BUILT
