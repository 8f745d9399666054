"""The one way in: bytes of a mail to `Report` (RFC 3464, 8098, 5965, 3834).

Contract: any bytes, never an exception, bounded time and memory; no clock, no I/O. A detector that fails on a
mail is passed over, and the next one is asked.

>>> source = b"From: a@dest.test\\nSubject: Hello\\n\\nHi.\\n"
>>> parse_report(source).kind
<Kind.NONE: 'none'>
"""

from __future__ import annotations

from . import origin
from .detectors import DETECTORS, DetectorInput, own_header
from .mime import Mail
from .model import Kind, Report


def parse_report(source: bytes) -> Report:
    """Tell what a mail that came in reports about a mail that was sent."""
    try:
        mail = Mail.read(source)
        given = DetectorInput.of(mail)
    except Exception:  # noqa: BLE001 (the contract)
        return Report(Kind.NONE)
    for detector in DETECTORS:
        try:
            report = detector(given)
        except Exception:  # noqa: BLE001, S112 (the contract: the next detector goes on)
            continue
        if report is not None:
            return report
    return Report(Kind.NONE, is_unreadable=origin.was_sent_back(mail), **own_header(mail))  # type: ignore[arg-type]
