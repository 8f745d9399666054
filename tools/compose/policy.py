"""Builds a mail as `email.policy.SMTP` does in Odoo, in a fraction of the time (RFC 5322, RFC 2045, RFC 2046 §5.1).

    mail = EmailMessage(policy=POLICY)

The receiver reads the same mail: fields, structure, content. Only boundaries, soft line breaks and the places where a
field is folded or encoded differ. The plain cases are short, see `header_field` and `transfer_encoding`; whatever is
not plain is left to `email`, with its results and its errors. Nothing of `email` is patched; any number of threads may
use the policy.

>>> from email.message import EmailMessage
>>> mail = EmailMessage(policy=POLICY)
>>> mail["Subject"], mail["To"] = "Dzień dobry", ["jan@example.com"]
>>> mail.set_content("Hello")
>>> for line in POLICY.flatten(mail).splitlines():
...     print(line.decode())
Subject: =?utf-8?q?Dzie=C5=84_dobry?=
To: jan@example.com
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 7bit
MIME-Version: 1.0
<BLANKLINE>
Hello
"""

from __future__ import annotations

import copy
import random
import re
from email.generator import BytesGenerator
from email.message import Message
from email.policy import EmailPolicy
from io import BytesIO
from typing import Any, Final

from .header_field import IDENTIFICATION, MAX_LINE, HeaderFactory, PlainHeader, check_name
from .transfer_encoding import CONTENT, encoded_body

_BLIND: Final = frozenset(("bcc", "resent-bcc"))
_NOBODY: Final[frozenset[str]] = frozenset()
_MULTIPARTS: Final = frozenset(("multipart/alternative", "multipart/mixed", "multipart/related"))
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_NO_FOLD: Final = EmailPolicy(linesep="\r\n", max_line_length=None)


class SmtpPolicy(EmailPolicy):
    """Headers and content by the short way where there is one."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Return what is stored for a header that is set.

        :raise ValueError: the value has line breaks, or the name is none
        """
        factory = self.header_factory
        plain = factory.plain(name, value) if isinstance(factory, HeaderFactory) else None
        if plain is not None:
            return name, plain
        check_name(name)
        if type(value) is list:  # `email` checks a single text only, and would write the rest as fields of their own
            for item in value:
                super().header_store_parse(name, item)
        return super().header_store_parse(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the whole field as it is sent."""
        if self.utf8 or self.linesep != "\r\n" or self.max_line_length != MAX_LINE or self.cte_type != "8bit":
            return super().fold_binary(name, value)
        if type(value) is PlainHeader:
            return value.wire
        folded: bytes | None = getattr(value, "folded", None)
        if folded is None:
            folded = super().fold_binary(name, value)
            if hasattr(value, "name"):
                value.folded = folded  # the factory remembers headers that repeat
        return folded

    def flatten(self, message: Message) -> bytes:
        """Return the message with CRLF and without its blind recipients. It is not changed."""
        return b"".join(self.pieces(message))

    def pieces(self, message: Message) -> list[bytes]:
        """Return what `flatten` puts together: fields, limits and bodies, of these some as an `EncodedBody`."""
        return self._render(message, _BLIND)

    def _fold(self, name: str, value: Any, *args: Any, **kwargs: Any) -> str:
        # As Odoo's own policy: an identification field stays on one line.
        if name.lower() in IDENTIFICATION:
            return str(_NO_FOLD._fold(name, value, *args, **kwargs))  # type: ignore[attr-defined]
        return str(super()._fold(name, value, *args, **kwargs))  # type: ignore[misc]

    def _render(self, part: Message, left_out: frozenset[str] = _NOBODY) -> list[bytes]:
        payload: Any = part._payload  # type: ignore[attr-defined]
        kind = part.get_content_type()
        if part.policy is not self:
            pass  # a part that somebody parsed or made in another way
        elif type(payload) is str and not kind.startswith(("message/", "multipart/")):
            return [*self._headers(part, left_out), b"\r\n", encoded_body(part, _with_crlf(payload))]
        elif type(payload) is list and payload and kind in _MULTIPARTS and part.preamble is part.epilogue is None:
            return self._render_multipart(part, payload, left_out)
        return [self._by_generator(part, left_out)]

    def _render_multipart(self, part: Message, subparts: list[Message], left_out: frozenset[str]) -> list[bytes]:
        bodies = [self._render(subpart) for subpart in subparts]
        boundary = part.get_boundary()
        if boundary:
            headers = self._headers(part, left_out)
        else:
            boundary = _new_boundary(bodies)
            headers = self._headers(part, left_out, boundary)
        delimiter = f"\r\n--{boundary}".encode()
        whole = [*headers, b"\r\n", delimiter[2:]]
        for body in bodies:
            whole += [b"\r\n", *body, delimiter]
        whole.append(b"--\r\n")
        return whole

    def _headers(self, part: Message, left_out: frozenset[str], boundary: str = "") -> list[bytes]:
        fields = []
        for name, value in part._headers:  # type: ignore[attr-defined]
            lowered = name.lower()
            if lowered in left_out:
                continue
            field = self.fold_binary(name, value)
            if boundary and lowered == "content-type":
                field = field[:-2] + f';\r\n boundary="{boundary}"\r\n'.encode()
            fields.append(field)
        return fields

    def _by_generator(self, part: Message, left_out: frozenset[str]) -> bytes:
        if left_out:
            part = copy.copy(part)
            for name in left_out:
                del part[name]
        buffer = BytesIO()
        BytesGenerator(buffer, policy=self).flatten(part, linesep="\r\n")
        return clean_line_ends(buffer.getvalue())


def clean_line_ends(data: bytes) -> bytes:
    r"""Return the data with CRLF for every line end, and blanks for NUL.

    Parts that somebody else has made, as an attached mail, can hold bare line feeds and carriage returns: servers
    differ in what they take for the end of a mail then, and what stands behind it would be a mail of its own (RFC 5321
    §2.3.8, §4.1.1.4).

    >>> clean_line_ends(b"a\nb\r.\rc\r\n\0")
    b'a\r\nb\r\n.\r\nc\r\n '
    """
    if b"\0" in data:
        data = data.replace(b"\0", b" ")
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        data = _LINE_END.sub(b"\r\n", data)
    return data


def _with_crlf(payload: str) -> bytes:
    data = payload.encode("ascii", "surrogateescape")
    if b"\0" in data:
        data = data.replace(b"\0", b" ")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.replace(b"\n", b"\r\n")


def _new_boundary(bodies: list[list[bytes]]) -> str:
    """Return a boundary that none of the parts contains."""
    while True:
        boundary = f"{'=' * 15}{random.getrandbits(96):029d}=="
        if not any(boundary.encode() in data for body in bodies for data in body):
            return boundary


POLICY: Final = SmtpPolicy(linesep="\r\n", header_factory=HeaderFactory(), content_manager=CONTENT)
