"""Writes the file: readable, and the same bytes for the same settings as long as nothing is sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .encryption import seal
from .model import FORMAT, VERSION, Entry, Value


def write_settings(
    outgoing: Sequence[Entry], incoming: Sequence[Entry], settings: dict[str, Value], passphrase: str = ""
) -> bytes:
    """Return the file.

    :param passphrase: "": without the secrets
    :raise SettingsFileError: the passphrase is too weak
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "outgoing": [_ordered(entry.values) for entry in outgoing],
        "incoming": [_ordered(entry.values) for entry in incoming],
        "settings": _ordered(settings),
    }
    if passphrase:
        hidden = {"outgoing": [entry.secrets for entry in outgoing], "incoming": [entry.secrets for entry in incoming]}
        content["secrets"] = seal(hidden, content, passphrase)
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _ordered(values: dict[str, Value]) -> dict[str, Value]:
    return {name: values[name] for name in sorted(values, key=lambda name: (name != "name", name))}
