"""What a line from a log, a returned mail or a search box may name a mail by: its receipt, Message-ID, addresses.

Nothing is judged: a word is a *candidate*, and whoever looks it up in an index sees whether there is such a one. So
what only looks like a receipt (a date, a version) costs nothing but a look. The names come in the order of the text.

>>> line = "Nov 28 10:54 mail postfix/smtp[12]: F11AB1C6006: to=<bob@x.test>, relay=mx.x.test[192.0.2.1]:25, dsn=5.1.1"
>>> "F11AB1C6006" in names_in(line).receipts, names_in(line).addresses
(True, ('bob@x.test',))
>>> names_in("Message-ID: <1764.42@odoo.test>").message_ids
('<1764.42@odoo.test>',)
>>> names_in("your invoice, please")
Names(receipts=(), message_ids=(), addresses=())
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .address import address_key
from .smtp.receipt import find_receipt

MOST_BYTES = 8_000  # of a text, of which the beginning is read
MOST_NAMES = 50  # of each kind
_SHORTEST = 5  # of a receipt among other words
_LONGEST = 250
_AROUND = "<>()[]{}\"'`,;:.!?"
_BETWEEN = str.maketrans(dict.fromkeys(",;()[]{}\"'`|", " "))


class Names(NamedTuple):
    """Candidates of each kind. Addresses are keys (`tools.address.address_key`), Message-IDs have their brackets."""

    receipts: tuple[str, ...]
    message_ids: tuple[str, ...]
    addresses: tuple[str, ...]


def names_in(text: str) -> Names:
    """The names of mails in a text of any length, of which 8,000 bytes are read. Linear time."""
    text = text.encode("utf-8", "replace")[:MOST_BYTES].decode("utf-8", "ignore").replace("\0", " ").strip()
    words = list(dict.fromkeys(_words(text)))
    is_alone = len(text.split()) == 1
    receipts = [word for word in words if _may_be_receipt(word, is_alone)]
    if told := find_receipt(text):
        receipts.insert(0, told)
    addressed = [word.strip(_AROUND) for word in words if _is_address(word.strip(_AROUND))]
    return Names(
        _most(receipts),
        _most(f"<{word}>" for word in addressed),
        _most(address_key(word.removeprefix("mailto:")) for word in addressed),
    )


def _words(text: str) -> Iterator[str]:
    """The words as they stand, without what stands around them, and what follows an equals sign or a colon in them."""
    for word in text.translate(_BETWEEN).split():
        yield word
        for mark in ("=", "<", ":"):
            before, found, behind = word.partition(mark)
            if found:
                yield from (part.strip(_AROUND) for part in (before, behind))
        yield word.strip(_AROUND)
        # A relay ends at its port, an address at its bracket: "<bob@x.test>:"
        yield word.partition(">")[0].rpartition("<")[2]


def _may_be_receipt(word: str, is_alone: bool) -> bool:
    """Receipts have a digit; one that somebody typed alone is taken as it is."""
    if not 0 < len(word) <= _LONGEST or word.isspace():
        return False
    return is_alone or len(word) >= _SHORTEST and any(map(str.isdigit, word))


def _is_address(word: str) -> bool:
    local, at, domain = word.rpartition("@")
    return bool(at and local and domain) and len(word) <= _LONGEST + 70 and "<" not in word and "=" not in local


def _most(names: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, names)))[:MOST_NAMES]
