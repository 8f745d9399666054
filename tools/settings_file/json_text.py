"""JSON that strangers may have written: bounded, and only what JSON itself knows.

>>> parse(b'{"a": [1, 2.5, null]}')
{'a': [1, 2.5, None]}
>>> parse(b'{"a": NaN}')  # doctest: +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
    ...
SettingsFileError: bad_number NaN
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from .model import Reason, SettingsFileError

_MOST_DEPTH: Final = 8
_MOST_DIGITS: Final = 18
_UNFIT: Final = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL keeps none of them


def parse(data: bytes) -> Any:
    """Return what the text says.

    :param data: UTF-8, perhaps with a byte order mark; the caller has looked at its length
    :raise SettingsFileError: no JSON, too deep, a key twice, a number or a text that no setting can be
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsFileError(Reason.NO_TEXT, str(error.start)) from error
    try:
        found = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise SettingsFileError(Reason.BROKEN, f"{error.lineno}:{error.colno}") from error
    except RecursionError as error:
        raise SettingsFileError(Reason.TOO_DEEP) from error
    _check(found, _MOST_DEPTH)
    return found


def canonical(value: Any) -> bytes:
    """Return one way of writing a value, however it was laid out in the file."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:  # which of them counts is up to the reader: two programs would read two files
            raise SettingsFileError(Reason.TWICE, key[:50])
        found[key] = value
    return found


def _refuse(text: str) -> None:
    raise SettingsFileError(Reason.BAD_NUMBER, text[:20])


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        _refuse(text)
    return int(text)


def _float(text: str) -> float:
    number = float(text) if len(text) <= 2 * _MOST_DIGITS else math.inf
    if not math.isfinite(number):
        _refuse(text)
    return number


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise SettingsFileError(Reason.TOO_DEEP)
    if isinstance(value, str) and (found := _UNFIT.search(value)):
        raise SettingsFileError(Reason.BAD_TEXT, f"U+{ord(found[0]):04X}")
    if isinstance(value, dict):
        for key, one in value.items():
            _check(key, depth)
            _check(one, depth - 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, depth - 1)
