"""Secrets under a passphrase: a key by scrypt (RFC 7914), AES-256 in Galois/Counter Mode (NIST SP 800-38D).

What stands beside the secrets in the file is authenticated with them. Otherwise somebody could put another host beside
a password, and whoever knows the passphrase would send it there.

>>> block = seal([{"smtp_pass": "secret"}], {"host": "mail.example.com"}, "a long enough passphrase")
>>> unseal(block, {"host": "mail.example.com"}, "a long enough passphrase")
[{'smtp_pass': 'secret'}]
>>> unseal(block, {"host": "evil.example"}, "a long enough passphrase")  # doctest: +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
    ...
SettingsFileError: wrong_passphrase
"""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .json_text import canonical, parse
from .model import Reason, SettingsFileError

LEAST_CHARACTERS: Final = 12
_LEAST_DIFFERENT: Final = 5
_MOST_CHARACTERS: Final = 1000
# 32 MB and a quarter of a second; as strong as the 128 MB of N = 2**17 (OWASP, Password Storage Cheat Sheet).
_N, _R, _P = 2**15, 8, 3
# What a file may ask of us: 128 MB and about two seconds. RFC 7914 §2: N is a power of two.
_ALLOWED_N: Final = tuple(2**power for power in range(14, 18))
_MOST_P: Final = 4
_SALT, _NONCE, _KEY = 16, 12, 32  # bytes
_NAMES: Final = {"cipher", "kdf", "n", "r", "p", "salt", "nonce", "data"}
_METHOD: Final = {"cipher": "AES-256-GCM", "kdf": "scrypt"}


def passphrase_fault(passphrase: str) -> Reason | None:
    """Return what is wrong with a new passphrase; whoever gets the file may try as many as he likes."""
    if not LEAST_CHARACTERS <= len(passphrase) <= _MOST_CHARACTERS:
        return Reason.SHORT_PASSPHRASE
    return Reason.PLAIN_PASSPHRASE if len(set(passphrase)) < _LEAST_DIFFERENT else None


def seal(secret: Any, beside: Any, passphrase: str) -> dict[str, Any]:
    """Return the block that hides a value.

    :param secret: any value of JSON
    :param beside: the rest of the file, which the block is bound to
    :raise SettingsFileError: the passphrase is too weak
    """
    if fault := passphrase_fault(passphrase):
        raise SettingsFileError(fault)
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    head = {**_METHOD, "n": _N, "r": _R, "p": _P, "salt": _text(salt), "nonce": _text(nonce)}
    key = _derived(passphrase, salt, _N, _P)
    data = AESGCM(key).encrypt(nonce, canonical(secret), canonical([head, beside]))
    return {**head, "data": _text(data)}


def check_block(block: Any) -> None:
    """Look at a block without its passphrase.

    :raise SettingsFileError: it is none of ours, or asks for more memory and time than we give
    """
    is_ours = (
        isinstance(block, dict)
        and set(block) == _NAMES
        and all(block[name] == value for name, value in _METHOD.items())
        and all(type(block[name]) is int for name in ("n", "r", "p"))
        and (block["n"] in _ALLOWED_N and block["r"] == _R and 0 < block["p"] <= _MOST_P)
        and (len(_bytes(block["salt"])), len(_bytes(block["nonce"]))) == (_SALT, _NONCE)
        and _bytes(block["data"])
    )
    if not is_ours:
        raise SettingsFileError(Reason.BAD_SEAL)


def unseal(block: Any, beside: Any, passphrase: str) -> Any:
    """Return what :func:`seal` has hidden.

    :raise SettingsFileError: another passphrase, or the file was changed: nobody can tell which
    """
    check_block(block)
    if len(passphrase) > _MOST_CHARACTERS:
        raise SettingsFileError(Reason.WRONG_PASSPHRASE)
    head = {name: value for name, value in block.items() if name != "data"}
    key = _derived(passphrase, _bytes(block["salt"]), block["n"], block["p"])
    try:
        plain = AESGCM(key).decrypt(_bytes(block["nonce"]), _bytes(block["data"]), canonical([head, beside]))
    except InvalidTag:
        raise SettingsFileError(Reason.WRONG_PASSPHRASE) from None
    return parse(plain)


def _derived(passphrase: str, salt: bytes, n: int, p: int) -> bytes:
    # The same letters, whatever keyboard and system they were typed on.
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return Scrypt(salt=salt, length=_KEY, n=n, r=_R, p=p).derive(typed)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
