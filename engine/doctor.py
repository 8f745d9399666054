"""Examines an outgoing mail server: connects as Odoo does, asks, and says goodbye. Nothing is sent. No ORM in here.

Whatever a server does is a step that failed, never an exception; whatever was opened is closed when the time is up.
"""

import contextlib
import logging
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from ..tools.bounded_connect import BoundedConnect, ShutdownTimer
from ..tools.bounded_smtp import BoundedSMTP, BoundedSMTPSSL
from ..tools.doctor import (
    LiveRecording,
    NotAnswered,
    Outcome,
    Recording,
    Second,
    SendingPath,
    Settings,
    Step,
    failed,
    judge_domain,
    not_reached,
    read_connection,
    read_handover,
    unanswered,
    wants_second,
)
from ..tools.smtp import trouble
from ..tools.smtp.envelope import Envelope, EnvelopeError, mail_command, rcpt_command
from ..tools.smtp.extension import Extensions
from ..tools.smtp.secret import Secrets
from .name_server import name_server

_logger = logging.getLogger(__name__)
_HANDOVER = ("sender", "recipient")
# The part of the time that connecting may take: the rest is for what is asked then, or to find out why it failed.
_CONNECTING = 2 / 3
# Seconds without which nothing more is begun.
_LEAST = 0.2


@dataclass(frozen=True)
class Patient:
    """What is examined.

    :param settings: what the server's settings say
    :param connect: makes the connection that mails would get, with these settings
    :param sender: of the envelope, as a mail would have it
    :param recipient: is asked about; gets nothing
    :param secrets: must not show in what the server says
    :param domain: of the sender, whose DNS is asked; "" for none
    """

    settings: Settings
    connect: Callable[[], smtplib.SMTP]
    sender: str
    recipient: str
    secrets: Secrets
    domain: str = ""


def examine(
    patient: Patient, seconds: float, tell: Callable[[Step], None] = lambda _step: None
) -> tuple[list[Step], float]:
    """Examine a mail server.

    :param seconds: for all of it
    :param tell: is told of each step as soon as it is over, in no order that counts; it must not fail
    :return: the steps in the order of the wire, and the seconds that it took
    """
    begin = time.monotonic()
    end = begin + seconds
    recording = LiveRecording(time.monotonic, patient.settings, tell)
    connection, error = _connect(patient, seconds * _CONNECTING, recording)
    handover = _hand_over(connection, patient, recording, end) if connection is not None else None
    now = datetime.now(timezone.utc)
    second = _second(patient, wants_second(patient.settings, recording, error), end)
    steps = read_connection(recording, patient.settings, error, second, now)
    steps += not_reached(_HANDOVER) if handover is None else handover
    recording.tell(steps)
    for step in _ask_names(patient, recording, end):
        recording.tell([step])
        steps.append(step)
    return steps, time.monotonic() - begin


def _connect(patient: Patient, seconds: float, recording: Recording):
    """Return a connection, or why none was to be had."""
    try:
        with BoundedConnect(seconds, time.monotonic, patient.secrets, recording):
            return patient.connect(), None
    except Exception as error:
        _logger.info("The examined mail server gives no connection: %s", trouble.from_exception(error).text)
        return None, error
    finally:
        recording.end()


def _hand_over(connection, patient: Patient, recording: LiveRecording, end: float) -> list[Step]:
    """Ask about sender and recipient, take it back, and close."""
    if not isinstance(connection, smtplib.SMTP):
        with contextlib.suppress(Exception):
            connection.close()
        return [Step(name, Outcome.SKIPPED, "other_transport") for name in _HANDOVER]
    timer = ShutdownTimer(connection.sock, max(end - time.monotonic(), _LEAST))
    begin = recording.handover = len(recording.exchanges)
    try:
        _ask(connection, patient, recording)
    except EnvelopeError as error:
        is_of_sender = str(error).startswith("the sender")
        bad = failed(_HANDOVER[not is_of_sender], problem=str(error))
        return [bad, *not_reached(_HANDOVER[1:])] if is_of_sender else [*not_reached(_HANDOVER[:1]), bad]
    except Exception as error:  # pyOpenSSL's are no OSError; the recording tells how far it came
        _logger.info("The examined mail server hung up: %s", trouble.from_exception(error).text)
    finally:
        timer.release(is_useless=True)
        with contextlib.suppress(Exception):
            connection.close()
    return read_handover(recording, patient.settings.host, begin)


def _ask(connection: smtplib.SMTP, patient: Patient, recording: Recording) -> None:
    envelope = Envelope(patient.sender, (patient.recipient,))
    extensions = Extensions.from_esmtp(connection.esmtp_features)
    commands = [
        mail_command(envelope, extensions, 1000, False),
        rcpt_command(envelope, patient.recipient, extensions),
        b"RSET\r\n",
        b"QUIT\r\n",
    ]
    # Another add-on may have made it with a class of its own.
    is_watched = isinstance(connection, BoundedSMTP)
    for command in commands:
        line = command.decode().strip()
        if line.startswith("RCPT") and not recording.exchanges[-1].is_positive:
            continue
        if not is_watched:
            recording.asked(line)
        code, text = connection.docmd(line)
        if not is_watched:
            recording.answered(code, patient.secrets.scrub_bytes(text))


def _second(patient: Patient, kind: str, end: float) -> Second | None:
    """Try once more in another way, for what the first connection could not tell. None if that tells nothing."""
    seconds = end - time.monotonic()
    if not kind or seconds < _LEAST:
        return None
    settings = patient.settings
    context = ssl.create_default_context()
    if kind != "checked":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    recording = Recording(time.monotonic)
    connection = None
    words = ""
    try:
        with BoundedConnect(seconds, time.monotonic, patient.secrets, recording):
            if settings.is_implicit or kind == "implicit":
                connection = BoundedSMTPSSL(settings.host, settings.port, timeout=seconds, context=context)
            else:
                connection = BoundedSMTP(settings.host, settings.port, timeout=seconds)
                connection.starttls(context=context)
            connection.docmd("QUIT")
    except Exception as error:
        words = trouble.from_exception(error).problem
    finally:
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()
    if recording.is_secured:
        return Second(recording)
    return Second(recording, words) if kind == "checked" and words.startswith("server's certificate") else None


def _ask_names(patient: Patient, recording: Recording, end: float) -> Iterator[Step]:
    """What the DNS says of the sender's domain, and of this server in it."""
    if not patient.domain:
        return
    try:
        ask = name_server(end - time.monotonic())
    except NotAnswered as error:
        yield from unanswered(str(error))
        return
    address = next((one.address for one in recording.attempts if not one.error), "")
    path = SendingPath(patient.settings.host, address, patient.sender.rpartition("@")[2])
    yield from judge_domain(patient.domain, ask, path)
