"""Reads a file of settings, whichever of the three kinds it is: our own, a mail program's, a domain's autoconfig.

An autoconfig file is about the address that somebody types beside it: `presets` reads it, and `accounts` says the same
in our words.
"""

from __future__ import annotations

import re
from typing import Any, Final

from .encryption import check_block, unseal
from .json_text import parse
from .model import FORMAT, MOST_NAMES, MOST_SERVERS, VERSION, Entry, Reason, SettingsFile, SettingsFileError, Value
from .thunderbird import MOST_BYTES as MOST_PREFS_BYTES
from .thunderbird import is_prefs, read_prefs

MOST_JSON_BYTES: Final = 1024 * 1024
MOST_BYTES: Final = max(MOST_JSON_BYTES, MOST_PREFS_BYTES)
_PARTS: Final = {"format", "version", "outgoing", "incoming", "settings"}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_START: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,1000}([<{\[])")


def is_autoconfig(data: bytes) -> bool:
    """Whether it is XML."""
    found = _START.match(data)
    return found is not None and found[1] == b"<"


def read_settings(data: bytes, passphrase: str = "") -> SettingsFile:
    """Read our own file, or a `prefs.js`.

    :param passphrase: "": the secrets stay sealed
    :raise SettingsFileError: of no use, or another passphrase
    """
    if len(data) > MOST_BYTES:
        raise SettingsFileError(Reason.TOO_BIG)
    if not _START.match(data):
        if is_prefs(data):
            return read_prefs(data)
        raise SettingsFileError(Reason.UNKNOWN)
    if len(data) > MOST_JSON_BYTES:
        raise SettingsFileError(Reason.TOO_BIG)
    return _read_own(parse(data), passphrase)


def _read_own(content: Any, passphrase: str) -> SettingsFile:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise SettingsFileError(Reason.NOT_OURS)
    version = content.get("version")
    if type(version) is not int or version < 1:
        raise SettingsFileError(Reason.WRONG_SHAPE, "version")
    if version > VERSION:
        raise SettingsFileError(Reason.NEWER, str(version))
    if unknown := set(content) - _PARTS - {"secrets"}:
        raise SettingsFileError(Reason.WRONG_SHAPE, sorted(unknown)[0][:50])
    lists = {kind: _entries(content, kind) for kind in ("outgoing", "incoming")}
    settings = _values(content.get("settings", {}), "settings")
    block = content.get("secrets")
    if "secrets" in content:
        check_block(block)
        if passphrase:
            hidden = unseal(block, {name: value for name, value in content.items() if name != "secrets"}, passphrase)
            lists = {kind: _with_secrets(lists[kind], hidden, kind) for kind in lists}
    return SettingsFile(lists["outgoing"], lists["incoming"], settings, is_sealed="secrets" in content)


def _entries(content: dict[str, Any], kind: str) -> tuple[Entry, ...]:
    found = content.get(kind, [])
    if not isinstance(found, list):
        raise SettingsFileError(Reason.WRONG_SHAPE, kind)
    if len(found) > MOST_SERVERS:
        raise SettingsFileError(Reason.TOO_MANY, kind)
    return tuple(Entry(_values(one, f"{kind} {number}")) for number, one in enumerate(found, 1))


def _values(found: Any, where: str) -> dict[str, Value]:
    if not isinstance(found, dict):
        raise SettingsFileError(Reason.WRONG_SHAPE, where)
    if len(found) > MOST_NAMES:
        raise SettingsFileError(Reason.TOO_MANY, where)
    for name, value in found.items():
        if not _NAME.fullmatch(name) or isinstance(value, (dict, list)):
            raise SettingsFileError(Reason.WRONG_SHAPE, f"{where}: {name[:50]}")
    return found


def _with_secrets(entries: tuple[Entry, ...], hidden: Any, kind: str) -> tuple[Entry, ...]:
    """Put to each server what was sealed for it: the lists go side by side."""
    found = hidden.get(kind) if isinstance(hidden, dict) else None
    if not isinstance(found, list) or len(found) != len(entries):
        raise SettingsFileError(Reason.WRONG_SHAPE, kind)
    return tuple(Entry(entry.values, _texts(one, kind)) for entry, one in zip(entries, found, strict=True))


def _texts(found: Any, where: str) -> dict[str, str]:
    values = _values(found, where)
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    if len(texts) < len(values):
        raise SettingsFileError(Reason.WRONG_SHAPE, where)
    return texts
