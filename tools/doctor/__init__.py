"""The doctor of an outgoing mail server: what a connection, as Odoo makes it, tells of the server, step by step.

It makes none itself. Whoever does lets a `Recording` be witness (`tools.bounded_connect`); `read_connection` turns it
into steps. `judge_bounces` and `judge_domain` say what the settings, and the domain's DNS, make of it.
"""

from .bounces import BounceFacts, judge_bounces
from .connection import read_connection, wants_second
from .domain import DOMAIN_STEPS, NotAnswered, SendingPath, judge_domain, unanswered
from .handover import read_handover
from .live import LiveRecording
from .recording import Recording
from .settings import Second, Settings
from .step import Outcome, Step, failed, not_reached
