r"""Finding the folder for sent mails in an account's list of folders (RFC 6154 SPECIAL-USE, RFC 9051 §7.3.1 LIST).

A server that knows special uses says which one it is, also in the answer to a plain LIST. Of any other the folder is
known by its name: directly below the top, or below the prefix that the server wants (`INBOX.`).

>>> sent_folder(folders([rb'(\HasNoChildren) "/" "Other"', rb'(\HasNoChildren \Sent) "/" "Poczta/Wys&AUI-ane"'])).name
'Poczta/Wysłane'
>>> sent_folder(folders([rb'(\HasNoChildren) "." "INBOX.Sent Items"'])).name
'INBOX.Sent Items'
>>> sent_folder(folders([rb'() "/" "Archive/Sent"'])) is None
True
>>> personal_prefix([b'(("INBOX." ".")) NIL NIL'])
'INBOX.'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .name import decoded, quoted

_LISTED: Final = re.compile(rb'\(([^()]{0,1000})\) (?:"(\\.|[^"\\])"|NIL) (?:"((?:[^"\\]|\\.)*)"|\{(\d+)\}|(\S+))')
_ESCAPED: Final = re.compile(rb"\\(.)")
_PERSONAL: Final = re.compile(rb'\(\("((?:[^"\\]|\\.)*)" ')
_MOST_OCTETS: Final = 1000  # of a name: nobody's is longer, and it becomes part of commands
SENT: Final = "\\sent"
# A folder that cannot be opened: it has others below it, or is there in name only.
_NO_FOLDER: Final = frozenset({"\\noselect", "\\nonexistent"})
# As mail programs and providers call it, in the order in which they are looked for. Compared without case.
WELL_KNOWN: Final = (
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "wysłane",
    "elementy wysłane",
    "wiadomości wysłane",
    "gesendet",
    "gesendete elemente",
    "gesendete objekte",
    "envoyés",
    "éléments envoyés",
    "messages envoyés",
    "enviados",
    "elementos enviados",
    "itens enviados",
    "posta inviata",
    "inviata",
    "inviati",
    "verzonden",
    "verzonden items",
    "odeslané",
    "odeslaná pošta",
    "odoslané",
    "skickat",
    "sendt",
    "lähetetyt",
    "надіслані",
    "отправленные",
)


@dataclass(frozen=True)
class Folder:
    """One folder of the account.

    :param raw: its name as the server has it
    :param attributes: in small letters: Cyrus writes ``\\sent``
    :param delimiter: between the parts of a name; "" for an account without levels
    """

    raw: bytes
    attributes: frozenset[str] = frozenset()
    delimiter: str = ""

    @property
    def name(self) -> str:
        """Its name for people."""
        return decoded(self.raw)

    @property
    def is_selectable(self) -> bool:
        """Whether it can be opened."""
        return not self.attributes & _NO_FOLDER


def folders(data: Iterable[Any]) -> list[Folder]:
    """The folders in an answer to LIST; what is none, or has a name that fits into no command, is left out."""
    found = []
    for item in data:
        line, literal = item if isinstance(item, tuple) else (item, None)
        match = _LISTED.match(line or b"")
        if match is None:
            continue
        attributes, delimiter, text, size, atom = match.groups()
        raw = literal if size else atom if text is None else _ESCAPED.sub(rb"\1", text)
        if raw and len(raw) <= _MOST_OCTETS and _fits(raw):
            words = frozenset(attributes.decode("ascii", "replace").lower().split())
            found.append(Folder(raw, words, (delimiter or b"")[-1:].decode("ascii", "replace")))
    return found


def sent_folder(listed: list[Folder], prefix: str = "") -> Folder | None:
    """The folder for sent mails: the one that the server says it is, else one that is called so.

    :param prefix: what the names of personal folders begin with
    :return: also one that is there in name only: it can be created; None if there is nothing
    """
    special = sorted((one for one in listed if SENT in one.attributes), key=lambda one: not one.is_selectable)
    if special:
        return special[0]
    by_name: dict[str, Folder] = {}
    for one in listed:
        if one.is_selectable:
            by_name.setdefault(_without_prefix(one, prefix).casefold(), one)
    return next((by_name[name] for name in WELL_KNOWN if name in by_name), None)


def personal_prefix(data: Iterable[Any]) -> str:
    """What the names of a person's own folders begin with, by the answer to NAMESPACE (RFC 2342)."""
    line = next((item for item in data if isinstance(item, bytes)), b"")
    match = _PERSONAL.match(line)
    raw = _ESCAPED.sub(rb"\1", match.group(1)) if match else b""
    return decoded(raw) if len(raw) <= _MOST_OCTETS and _fits(raw) else ""


def _without_prefix(folder: Folder, prefix: str) -> str:
    name = folder.name
    for start in filter(None, (prefix, f"INBOX{folder.delimiter}" if folder.delimiter else "")):
        if name.upper().startswith(start.upper()):
            return name[len(start) :]
    return name


def _fits(raw: bytes) -> bool:
    try:
        quoted(raw)
    except ValueError:
        return False
    return True
