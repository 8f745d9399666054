"""The envelope of a mail transaction and the commands that carry it (RFC 5321 §3.3; DSN parameters: RFC 3461 §4).

What could break a command apart (line breaks, spaces, angle brackets) is refused when the envelope is made. Parameters
are sent only to servers that announced them: others answer 501, 503 or 555, and the mail would be lost for a nicety.

>>> mail = Envelope("sales@odoo.test", ("jan+faktury@firma.example",), "T1", frozenset({"FAILURE", "DELAY"}))
>>> offered = Extensions.from_esmtp({"dsn": "", "size": "1000000"})
>>> mail_command(mail, offered, 5000)
b'MAIL FROM:<sales@odoo.test> SIZE=5000 RET=HDRS ENVID=T1\\r\\n'
>>> rcpt_command(mail, mail.recipients[0], offered)
b'RCPT TO:<jan+faktury@firma.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;jan+2Bfaktury@firma.example\\r\\n'
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import idna

from .extension import Extensions

# OpenSMTPD refuses an ENVID over 100 characters, Postfix and Sendmail bad xtext, Exim and OpenSMTPD return it still
# encoded: with these characters xtext changes nothing and every server gives back what it got.
_ENVELOPE_ID = re.compile(r"[A-Za-z0-9._-]{0,100}")
_HARMLESS = re.compile(r"[!-;=?-~]+")  # visible ASCII without angle brackets: most addresses need no closer look
_MAX_DOMAIN = 1024  # characters, before it is composed: idna before 3.7 takes quadratic time (CVE-2024-3651)
_NOTIFY = ("NEVER", "SUCCESS", "FAILURE", "DELAY")

NO_SMTPUTF8 = "server does not offer SMTPUTF8"


class EnvelopeError(ValueError):
    """The envelope cannot be sent to any server. The message says why, in stable words, with the address behind."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail transaction's sender and recipients. The sender "" is the null reverse-path of notifications."""

    sender: str
    recipients: tuple[str, ...]
    envelope_id: str = ""
    notify: frozenset[str] = frozenset()
    return_headers_only: bool = True

    def __post_init__(self) -> None:
        if not self.recipients:
            raise EnvelopeError("the mail has no recipient")
        if self.sender:
            _check_address("sender", self.sender)
        for address in self.recipients:
            _check_address("recipient", address)
        if not _ENVELOPE_ID.fullmatch(self.envelope_id):
            raise EnvelopeError("the envelope id may hold up to 100 letters, digits, dots, dashes and underscores")
        if not self.notify <= frozenset(_NOTIFY):
            raise EnvelopeError("a notification can be asked for NEVER, SUCCESS, FAILURE or DELAY only")
        if "NEVER" in self.notify and len(self.notify) > 1:
            raise EnvelopeError("NEVER cannot be combined with another notification")

    @property
    def needs_smtputf8(self) -> bool:
        """True if the sender or a recipient can be named with SMTPUTF8 only."""
        return any(map(needs_smtputf8, (self.sender, *self.recipients)))


def mail_command(envelope: Envelope, extensions: Extensions, size: int, eight_bit: bool = False) -> bytes:
    """Return the MAIL command with its line end.

    :param size: the message's bytes before dot-stuffing (RFC 1870 §3)
    :param eight_bit: the message has bytes outside ASCII
    """
    words = [f"MAIL FROM:<{_on_the_wire(envelope.sender)}>"]
    utf8 = extensions.smtputf8 and envelope.needs_smtputf8
    if extensions.has("size"):
        words.append(f"SIZE={size}")
    if extensions.eightbitmime and (eight_bit or utf8):
        words.append("BODY=8BITMIME")
    if utf8:
        words.append("SMTPUTF8")
    if extensions.dsn:
        words.append("RET=HDRS" if envelope.return_headers_only else "RET=FULL")
        if envelope.envelope_id:
            words.append(f"ENVID={xtext(envelope.envelope_id)}")
    return f"{' '.join(words)}\r\n".encode()


def rcpt_command(envelope: Envelope, address: str, extensions: Extensions) -> bytes:
    """Return the RCPT command for one of the envelope's recipients, with its line end."""
    wire = _on_the_wire(address)
    words = [f"RCPT TO:<{wire}>"]
    if extensions.dsn:
        if envelope.notify:
            words.append("NOTIFY=" + ",".join(word for word in _NOTIFY if word in envelope.notify))
        # The utf-8 address type (RFC 6533 §3) is not worth a 501 from a server that knows rfc822 only.
        if wire.isascii():
            words.append(f"ORCPT=rfc822;{xtext(wire)}")
    return f"{' '.join(words)}\r\n".encode()


def needs_smtputf8(address: str) -> bool:
    """Tell whether the address can be sent with SMTPUTF8 only; a domain outside ASCII alone can be IDNA-encoded.

    >>> needs_smtputf8("józef@example.com"), needs_smtputf8("jozef@bücher.example")
    (True, False)
    """
    local, at, domain = address.rpartition("@")
    return not (local if at else domain).isascii()


def xtext(text: str) -> str:
    """Encode an ASCII text for ENVID and ORCPT (RFC 3461 §4): "+", "=" and what is no visible character as +XX.

    >>> xtext("a+b=c@example.com")
    'a+2Bb+3Dc@example.com'
    """
    return "".join(char if "!" <= char <= "~" and char not in "+=" else f"+{ord(char):02X}" for char in text)


def _on_the_wire(address: str) -> str:
    """Return the address as it is sent: the domain in ASCII, unless the local part needs SMTPUTF8 anyway.

    IDNA 2008 (RFC 5891) behind the mapping of UTS #46, not Python's own codec, which is IDNA 2003: it turns "straße"
    into "strasse", somebody else's domain. Letters, digits, hyphens and dots come out: nothing that ends the path.

    :raise UnicodeError: there can be no such domain
    """
    if address.isascii() or needs_smtputf8(address):
        return address
    local, _at, domain = address.rpartition("@")
    if len(domain) > _MAX_DOMAIN:
        raise UnicodeError("the domain is too long")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _check_address(role: str, address: str) -> None:
    if not address:
        raise EnvelopeError(f"the {role} address is empty")
    if _HARMLESS.fullmatch(address):
        return
    for char in address:
        reason = _unfit(char)
        if reason:
            raise EnvelopeError(f"the {role} address contains {reason} ({address!r})")
    try:
        _on_the_wire(address)
    except UnicodeError as error:
        raise EnvelopeError(f"the {role} address has a domain that cannot exist ({address!r})") from error


def _unfit(char: str) -> str:
    """Say what the character is if it could end the address or the command before their time."""
    if char in "\r\n":
        return "a line break"
    if char.isspace():
        return "a space"
    if char in "<>":
        return "an angle bracket"
    if unicodedata.category(char) == "Cc":
        return "a control character"
    if unicodedata.category(char) == "Cs":
        return "half a character"
    return ""
