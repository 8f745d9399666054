r"""The accounts in a `prefs.js` of Thunderbird. It is read line by line and never run.

Passwords do not stand in it. A mailbox becomes a watch: a person reads it elsewhere, so Odoo changes nothing in it.

>>> text = b'user_pref("mail.smtpserver.smtp1.hostname", "smtp.example.com");\n'
>>> text += b'user_pref("mail.smtpserver.smtp1.try_ssl", 3);\n'
>>> read_prefs(text).outgoing[0].values["smtp_encryption"]
'ssl_strict'
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from ..presets.address import Address, AddressError
from ..presets.model import Encryption
from .accounts import watch_entry
from .model import MOST_SERVERS, Entry, Reason, SettingsFile, SettingsFileError, Value

MOST_BYTES: Final = 5 * 1024 * 1024
_MOST_OF_A_LINE: Final = 4000  # characters; no setting of a server comes near
# One preference in one line; no two parts of the pattern can begin with the same character.
_PREF: Final = re.compile(
    r'[ \t]{0,20}user_pref\("((?:[^"\\]|\\.)*)",[ \t]{0,20}'
    r'(?:"((?:[^"\\]|\\.)*)"|(true|false)|(-?[0-9]{1,10}))\);[ \t\r]*'
)
_START: Final = re.compile(rb'^[ \t]{0,20}user_pref\("', re.MULTILINE)
_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t"}
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SERVER: Final = re.compile(r"mail\.(smtpserver|server|identity)\.([A-Za-z0-9_-]{1,60})\.([A-Za-z0-9_.-]{1,60})")

# nsMsgSocketType: 0 plain, 1 STARTTLS if offered, 2 STARTTLS, 3 TLS. Odoo has no "if offered": it is asked for.
_SOCKET: Final = {0: Encryption.NONE, 1: Encryption.STARTTLS, 2: Encryption.STARTTLS, 3: Encryption.SSL}
_TLS: Final = 3
# nsMsgAuthMethod: what a password does not do.
_OTHER_LOGINS: Final = {5: "Kerberos", 6: "NTLM", 8: "TLS certificate"}
_PORTS: Final = {Encryption.NONE: 25, Encryption.STARTTLS: 587, Encryption.SSL: 465}
_Pref: TypeAlias = "str | int | bool"
_Branch: TypeAlias = "dict[str, dict[str, _Pref]]"


def is_prefs(data: bytes) -> bool:
    """Whether it has a preference of Thunderbird."""
    return _START.search(data) is not None


def read_prefs(data: bytes) -> SettingsFile:
    """Return its mail servers, and the mailboxes as watches.

    :param data: UTF-8; the caller has looked at its length
    :raise SettingsFileError: no text, too many, or no account in it
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsFileError(Reason.NO_TEXT, str(error.start)) from error
    prefs, single = _branches(text)
    senders = _senders(prefs["identity"], single)
    left_out: list[tuple[str, Reason]] = []
    outgoing = _chosen(prefs["smtpserver"], lambda key, pref: _outgoing(pref, senders.get(key, [])), left_out)
    incoming = _chosen(prefs["server"], lambda _key, pref: _incoming(pref), left_out)
    if not outgoing and not incoming and not left_out:
        raise SettingsFileError(Reason.NO_ACCOUNT)
    return SettingsFile(outgoing, incoming, left_out=tuple(left_out))


def _branches(text: str) -> tuple[dict[str, _Branch], dict[str, _Pref]]:
    """Return the servers and identities, and what stands alone. A later line counts, as in Thunderbird."""
    branches: dict[str, _Branch] = {"smtpserver": {}, "server": {}, "identity": {}}
    single: dict[str, _Pref] = {}
    for line in text.split("\n"):
        if len(line) > _MOST_OF_A_LINE or '"mail.' not in line or not (found := _PREF.fullmatch(line)):
            continue
        name, value = found[1], _value(found)
        if inside := _SERVER.fullmatch(name):
            branch = branches[inside[1]]
            branch.setdefault(inside[2], {})[inside[3]] = value
            if len(branch) > 2 * MOST_SERVERS:
                raise SettingsFileError(Reason.TOO_MANY, inside[1])
        elif name == "mail.smtp.defaultserver":
            single[name] = value
    return branches, single


def _value(found: re.Match[str]) -> _Pref:
    if found[2] is not None:
        return _UNFIT.sub("", _ESCAPE.sub(_letter, found[2])).strip()
    return found[3] == "true" if found[3] else int(found[4])


def _letter(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _LETTERS.get(found[3], found[3])


def _senders(identities: _Branch, single: dict[str, _Pref]) -> dict[str, list[str]]:
    """Return for each outgoing server the addresses that are sent from over it."""
    senders: dict[str, list[str]] = {}
    default = single.get("mail.smtp.defaultserver", "")
    for identity in identities.values():
        key = str(identity.get("smtpServer") or default)
        try:
            address = str(Address.parse(str(identity.get("useremail", ""))))
        except AddressError:
            continue
        if address not in senders.setdefault(key, []):
            senders[key].append(address)
    return senders


def _chosen(
    branch: _Branch,
    entry_of: Callable[[str, dict[str, _Pref]], Entry | Reason | None],
    left_out: list[tuple[str, Reason]],
) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for key, pref in branch.items():
        found = entry_of(key, pref)
        if isinstance(found, Entry):
            entries.append(found)
        elif found:
            left_out.append((_text(pref, "name") or _text(pref, "hostname") or key, found))
    if len(entries) > MOST_SERVERS:
        raise SettingsFileError(Reason.TOO_MANY)
    return tuple(entries)


def _outgoing(pref: dict[str, _Pref], senders: list[str]) -> Entry | Reason:
    encryption = _SOCKET.get(_number(pref, "try_ssl"))
    host, user = _text(pref, "hostname"), _text(pref, "username")
    if not host or encryption is None:
        return Reason.NO_SERVER
    if _number(pref, "authMethod") in _OTHER_LOGINS:
        return Reason.LOGIN_KIND
    values: dict[str, Value] = {
        "name": _text(pref, "description") or (f"{host} ({user})" if user else host),
        "smtp_host": host,
        "smtp_port": _number(pref, "port") or _PORTS[encryption],
        "smtp_encryption": encryption.value,
        "smtp_authentication": "login",
        "smtp_user": user or None,
    }
    return Entry({**values, "from_filter": ",".join(senders)} if senders else values)


def _incoming(pref: dict[str, _Pref]) -> Entry | Reason | None:
    """Return a watch; None for what is no mailbox (local folders, news, feeds)."""
    kind, socket = _text(pref, "type"), _number(pref, "socketType")
    host, user = _text(pref, "hostname"), _text(pref, "userName")
    if kind == "pop3":
        return Reason.POP
    if kind != "imap":
        return None
    if not host or socket not in _SOCKET:
        return Reason.NO_SERVER
    if _number(pref, "authMethod") in _OTHER_LOGINS:
        return Reason.LOGIN_KIND
    if socket not in (0, _TLS):
        return Reason.IMAP_STARTTLS
    port = _number(pref, "port") or (993 if socket == _TLS else 143)
    return watch_entry(_text(pref, "name") or f"{host} ({user})", host, port, user, is_ssl=socket == _TLS)


def _text(pref: dict[str, _Pref], name: str) -> str:
    value = pref.get(name, "")
    return value if isinstance(value, str) else ""


def _number(pref: dict[str, _Pref], name: str) -> int:
    value = pref.get(name, 0)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
