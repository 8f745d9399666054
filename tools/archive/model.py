"""What is found in an archive: a mail, or why something in it is none.

>>> Item("Sent", 0, 120, b"Subject: Hi").problem
''
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

# Of a bigger mail nothing is read; mail servers take 10 to 150 MB.
MOST_MAIL_BYTES = 150_000_000


class Problem(str, Enum):
    """Why something in an archive cannot be read as a mail."""

    NO_MAIL = "no_mail"  # the file is no mail and no archive of mails
    TOO_BIG = "too_big"  # one mail is bigger than MOST_MAIL_BYTES
    DAMAGED = "damaged"  # the file is cut or broken
    ENCRYPTED = "encrypted"  # a zip file, or a file in it, that needs a password
    BOMB = "bomb"  # a zip file that would become far bigger than mails do
    NESTED = "nested"  # an archive within an archive
    TOO_MANY = "too_many"  # a zip file with more files than fit into memory
    OUTLOOK = "outlook"  # .msg, and the library that reads it is not installed
    OUTLOOK_DAMAGED = "outlook_damaged"  # .msg, and the library could not read it
    OUTLOOK_DATA = "outlook_data"  # .pst, .ost


class Dialect(str, Enum):
    """The dialects of mbox; they differ in how a line "From …" within a mail is told from the start of the next."""

    AUTO = "auto"
    MBOXO = "mboxo"  # ">From " for "From "; ">From " stays as it is
    MBOXRD = "mboxrd"  # one ">" more before each ">*From "
    MBOXCL = "mboxcl"  # ">From ", and Content-Length
    MBOXCL2 = "mboxcl2"  # Content-Length alone, nothing is quoted


@dataclass(frozen=True)
class Item:
    """One mail of an archive, or what is no mail."""

    member: str  # the file's path within the archive
    offset: int  # where it begins in that file, in bytes
    end: int  # where the next one begins
    source: bytes | bytearray = b""
    problem: str = ""  # a value of Problem; "" for a mail
    date_line: str = ""  # the date behind "From " in a mbox, as it stands there
    done: int = 0  # how many bytes of the whole archive have been read
