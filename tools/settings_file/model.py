"""What a file of settings holds, once it is read, and why one is of no use. No logic."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

FORMAT: Final = "mail_delivery_status.settings"
VERSION: Final = 1
MOST_SERVERS: Final = 200  # of each kind
MOST_NAMES: Final = 200  # settings of one server
# What stands in a file: a value of JSON without lists and objects.
Value: TypeAlias = "str | int | float | bool | None"


class Reason(Enum):
    """Why a file is of no use, or an account in it."""

    TOO_BIG = "too_big"
    UNKNOWN = "unknown"
    NO_TEXT = "no_text"
    BROKEN = "broken"
    TOO_DEEP = "too_deep"
    TWICE = "twice"
    BAD_NUMBER = "bad_number"
    BAD_TEXT = "bad_text"
    NOT_OURS = "not_ours"
    NEWER = "newer"
    WRONG_SHAPE = "wrong_shape"
    TOO_MANY = "too_many"
    BAD_SEAL = "bad_seal"
    WRONG_PASSPHRASE = "wrong_passphrase"
    SHORT_PASSPHRASE = "short_passphrase"
    PLAIN_PASSPHRASE = "plain_passphrase"
    NO_ACCOUNT = "no_account"
    NO_ADDRESS = "no_address"
    # Of an account of a mail program.
    POP = "pop"
    IMAP_STARTTLS = "imap_starttls"
    LOGIN_KIND = "login_kind"
    NO_SERVER = "no_server"


class SettingsFileError(ValueError):
    """:param detail: the place in the file, a name or a version; "" if there is nothing to add"""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".strip())
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Entry:
    """One server.

    :param values: name of the setting → value
    :param secrets: the same for passwords and keys; shown nowhere
    """

    values: dict[str, Value]
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Existing:
    """A server that is there. ``secrets`` are all it has, also those that no file brings."""

    id: int
    values: dict[str, Value]
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SettingsFile:
    """:param is_sealed: whether it has secrets; those of the entries are empty as long as there is no passphrase
    :param left_out: what the file has and Odoo cannot use: (name, why)
    """

    outgoing: tuple[Entry, ...] = ()
    incoming: tuple[Entry, ...] = ()
    settings: dict[str, Value] = field(default_factory=dict)
    is_sealed: bool = False
    left_out: tuple[tuple[str, Reason], ...] = ()
