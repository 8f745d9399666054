"""Asks the DNS for the doctor: what a record says, as text, in the time that is left."""

import time

from ..tools import name_server as adapter
from ..tools.doctor import NotAnswered
from ..tools.doctor.domain import Ask


def name_server(seconds: float) -> Ask:
    """Return what asks the name servers of this machine.

    :param seconds: for all questions together
    :raise NotAnswered: there is nobody to ask, or no time; also when asking
    """
    end = time.monotonic() + seconds
    try:
        resolve = adapter.resolver()
    except adapter.Unanswered as error:
        raise NotAnswered(error.reason) from None

    def ask(kind: str, name: str) -> list[str]:
        left = end - time.monotonic()
        if left <= 0:
            raise NotAnswered("out_of_time")
        try:
            return [_text(kind, record) for record in resolve(name, kind, min(left, adapter.SECONDS))]
        except adapter.Unanswered as error:
            raise NotAnswered(error.reason) from None

    return ask


def _text(kind, record) -> str:
    if kind == "TXT":  # of several strings, joined without a blank (RFC 7208 §3.3)
        return b"".join(record.strings).decode("utf-8", "replace")
    return str(record.exchange if kind == "MX" else record.address)
