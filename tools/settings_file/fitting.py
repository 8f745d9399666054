"""Does a value fit a setting? Nothing of a file reaches the database unasked.

>>> port = Setting("smtp_port", Kind.INTEGER, least=1, most=65535)
>>> fitted(port, 587)
587
>>> fitted(port, "587")  # doctest: +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
    ...
MisfitError: type
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from ..presets.address import host_name
from .model import Value

_MOST_CHARACTERS: Final = 1000
_MOST_OF_A_TEXT: Final = 20_000
_MOST_OF_A_FILE: Final = 256 * 1024
_MOST_INTEGER: Final = 2**31 - 1  # as PostgreSQL keeps it
_MOST_FLOAT: Final = 1e9
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_IN_LINES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Kind(Enum):
    """What a setting is, whoever keeps it."""

    LINE = "line"
    LINES = "lines"
    HOST = "host"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    CHOICE = "choice"
    DATE = "date"
    FILE = "file"  # in base64
    SECRET = "secret"  # as it is: a password may begin with a space
    RECORD = "record"  # named by something that is its own: a login, a name


class Misfit(Enum):
    """Why a value, or a whole server, is passed over."""

    TYPE = "type"
    RANGE = "range"
    LONG = "long"
    CONTROL = "control"
    HOST = "host"
    CHOICE = "choice"
    RECORD = "record"
    UNKNOWN = "unknown"
    MISSING = "missing"
    NEEDED = "needed"
    SECRET = "secret"
    TWICE = "twice"
    SEVERAL = "several"
    TAKEN = "taken"
    CLASH = "clash"


class MisfitError(ValueError):
    """A value does not fit."""

    def __init__(self, misfit: Misfit) -> None:
        super().__init__(misfit.value)
        self.misfit = misfit


@dataclass(frozen=True)
class Setting:
    """:param choices: of a CHOICE
    :param least: of an INTEGER, as ``most``
    :param is_known: of a RECORD: whether there is one of this name, and one alone
    """

    name: str
    kind: Kind
    choices: frozenset[str] = frozenset()
    least: int = -_MOST_INTEGER
    most: int = _MOST_INTEGER
    is_known: Callable[[str], bool] = bool


def fitted(setting: Setting, value: Value) -> Value:
    """Return the value as it is kept; None is an empty one, which only a boolean and a number cannot be.

    :raise MisfitError: it does not fit
    """
    if setting.kind is Kind.BOOLEAN:
        return _must(isinstance(value, bool), Misfit.TYPE, value)
    if setting.kind in (Kind.INTEGER, Kind.FLOAT):
        return _number(setting, value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise MisfitError(Misfit.TYPE)
    return _TEXTS[setting.kind](setting, value) or None


def _must(is_so: bool, misfit: Misfit, value: Value) -> Value:
    if not is_so:
        raise MisfitError(misfit)
    return value


def _number(setting: Setting, value: Value) -> Value:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MisfitError(Misfit.TYPE)
    if setting.kind is Kind.FLOAT:
        return _must(abs(value) <= _MOST_FLOAT, Misfit.RANGE, float(value))
    _must(isinstance(value, int), Misfit.TYPE, value)
    return _must(setting.least <= value <= setting.most, Misfit.RANGE, value)


def _line(_setting: Setting, value: str) -> str:
    _must(len(value) <= _MOST_CHARACTERS, Misfit.LONG, value)
    _must(not _CONTROL.search(value), Misfit.CONTROL, value)
    return value.strip()


def _secret(_setting: Setting, value: str) -> str:
    _must(len(value) <= _MOST_OF_A_TEXT, Misfit.LONG, value)
    _must(not _CONTROL.search(value), Misfit.CONTROL, value)
    return value


def _lines(_setting: Setting, value: str) -> str:
    _must(len(value) <= _MOST_OF_A_TEXT, Misfit.LONG, value)
    _must(not _CONTROL_IN_LINES.search(value), Misfit.CONTROL, value)
    return value


def _host(setting: Setting, value: str) -> str:
    value = _line(setting, value)
    _must(not value or bool(host_name(value)) or _is_ip(value), Misfit.HOST, value)
    return value


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _choice(setting: Setting, value: str) -> str:
    _must(value in setting.choices, Misfit.CHOICE, value)
    return value


def _date(_setting: Setting, value: str) -> str:
    try:
        date.fromisoformat(value if _DATE.fullmatch(value) else "")
    except ValueError as error:
        raise MisfitError(Misfit.TYPE) from error
    return value


def _file(_setting: Setting, value: str) -> str:
    _must(len(value) <= _MOST_OF_A_FILE, Misfit.LONG, value)
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MisfitError(Misfit.TYPE) from error
    return value


def _record(setting: Setting, value: str) -> str:
    value = _line(setting, value)
    _must(setting.is_known(value), Misfit.RECORD, value)
    return value


_TEXTS: Final[dict[Kind, Callable[[Setting, str], str]]] = {
    Kind.LINE: _line,
    Kind.LINES: _lines,
    Kind.HOST: _host,
    Kind.CHOICE: _choice,
    Kind.DATE: _date,
    Kind.FILE: _file,
    Kind.SECRET: _secret,
    Kind.RECORD: _record,
}
