"""What comes back to the sender of a mail: bounces, delays, read receipts, complaints, automatic replies.

Contract: `parse_report` takes the bytes of any mail and never raises.

>>> parse_report(b"Subject: Hello\\n\\nHi.\\n").kind is Kind.NONE
True
"""

from .model import Action, Disposition, Kind, RecipientReport, Report
from .parser import parse_report
from .result import Result

__all__ = ("Action", "Disposition", "Kind", "RecipientReport", "Report", "Result", "parse_report")
