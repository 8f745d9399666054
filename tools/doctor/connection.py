"""Reads what a connection to a mail server tells, step by step (RFC 5321 §3.1; STARTTLS: RFC 3207; AUTH: RFC 4954).

The steps come in the order of the wire: with TLS from the start the handshake is before the greeting. The first step
that was not reached is the one that failed.

>>> recording = Recording(lambda: 0.0)
>>> error = ConnectionRefusedError(111, "Connection refused")
>>> recording.looked_up(["192.0.2.1"])
>>> recording.tried("192.0.2.1", error)
>>> steps = read_connection(recording, Settings("mx.test"), error)
>>> [(step.name, step.outcome.value, step.finding) for step in steps][:3]
[('resolve', 'ok', 'resolved'), ('connect', 'failed', 'cause'), ('greeting', 'skipped', 'not_reached')]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ..smtp import trouble
from ..smtp.transaction import Phase
from ..smtp.trouble import Failure
from .abilities import abilities, extensions_of, missing
from .certificate import CertificateFacts, in_lines, read_certificate
from .recording import Exchange, Recording
from .settings import Second, Settings, ip_address_of
from .step import Outcome, Step, failed, not_reached

SOON_DAYS: Final = 21  # a certificate that ends within so many days is spoken of
_PHASES: Final = {"tls": Phase.TLS, "starttls": Phase.TLS, "certificate": Phase.TLS, "login": Phase.AUTH}
_OLD_TLS: Final = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
_METHOD: Final = re.compile(r"AUTH\s+(\S+)", re.IGNORECASE)


@dataclass
class _Reader:
    recording: Recording
    settings: Settings
    error: BaseException | None
    second: Second | None
    moment: datetime | None
    steps: list[Step] = field(default_factory=list)

    def read(self) -> list[Step]:
        """The steps, all of them; what comes behind a failed one is skipped."""
        names = self.settings.names
        for place, name in enumerate(names):
            step = getattr(self, f"_{name}")()
            if step is None:
                self.steps += [self._failed(name), *not_reached(names[place + 1 :])]
                break
            self.steps.append(step)
            if step.outcome is Outcome.FAILED:
                self.steps += not_reached(names[place + 1 :])
                break
        return self.steps

    # === What went wrong === #

    @property
    def _failure(self) -> Failure | None:
        return trouble.from_exception(self.error) if self.error is not None else None

    @property
    def _is_of_odoo(self) -> bool:
        """Odoo's own words, or another add-on's: a token that could not be renewed, a field that is empty."""
        failure = self._failure
        return failure is not None and failure.problem.startswith("unexpected error")

    def _failed(self, name: str) -> Step:
        """The step that was not reached: what the exception tells, or the last reply."""
        failure = self._failure
        server = self.settings.host
        raw = self._last_lines()
        if failure is None:
            return Step(name, Outcome.SKIPPED, "not_seen")
        if self._is_of_odoo:
            words = str(self.error.args[0]) if self.error and self.error.args else failure.problem
            return Step(name, Outcome.FAILED, "odoo_says", values={"words": words}, raw=raw)
        if name in ("greeting", "hello") and self.second and not self.second.problem:
            return Step(name, Outcome.FAILED, "speaks_tls", raw=raw)
        phase = _PHASES.get(name, failure.phase)
        return failed(name, failure.reply, phase, failure.problem, self.recording.rest_seconds, raw, server)

    def _last_lines(self) -> str:
        last = self.recording.exchanges[-1:]
        lines = [self.recording.text(last)] if last else []
        if self.error is not None:
            lines.append(f"-- {type(self.error).__name__}: {' '.join(map(str, self.error.args))}"[:500])
        return "\n".join(lines)

    # === The steps, None for what was not reached === #

    def _resolve(self) -> Step | None:
        recording = self.recording
        if not recording.addresses:
            return None if self.error else Step("resolve", Outcome.SKIPPED, "not_seen")
        finding = "address_given" if ip_address_of(self.settings.host) else "resolved"
        values = {"addresses": ", ".join(recording.addresses)}
        return Step("resolve", Outcome.OK, finding, recording.lookup_seconds, values)

    def _connect(self) -> Step | None:
        attempts = self.recording.attempts
        if not attempts and self.recording.exchanges == [] and not self.error:
            return Step("connect", Outcome.SKIPPED, "not_seen")
        raw = "\n".join(f"-- {one.address}: {one.error or 'connected'} ({one.seconds:.2f} s)" for one in attempts)
        seconds = sum(one.seconds for one in attempts)
        if not self.recording.is_connected:
            failure = self._failure
            words = failure.problem if failure else "connection lost"
            return failed("connect", None, Phase.CONNECT, words, seconds, raw, self.settings.host)
        missed = [one.address for one in attempts if one.error]
        values = {"address": attempts[-1].address, "missed": ", ".join(missed)}
        outcome, finding = (Outcome.WARNING, "connected_late") if missed else (Outcome.OK, "connected")
        return Step("connect", outcome, finding, seconds, values, raw)

    def _greeting(self) -> Step | None:
        greeting = self.recording.greeting
        if greeting is None or greeting.reply is None:
            return None if self.error or greeting else Step("greeting", Outcome.SKIPPED, "not_seen")
        if greeting.reply.code != 220:
            return self._refused("greeting", Phase.CONNECT, greeting)
        first = greeting.reply.text.split("\n", 1)[0]
        return Step("greeting", Outcome.OK, "greeted", greeting.seconds, {"text": first}, str(greeting))

    def _hello(self) -> Step | None:
        hellos = self.recording.of("EHLO", "HELO")
        good = [one for one in hellos if one.is_positive]
        if not hellos and self._is_of_odoo and self.settings.login and not self.settings.is_encrypted:
            return Step("hello", Outcome.SKIPPED, "not_reached")  # core leaves that to the login
        if not good:
            refused = [one for one in hellos if one.reply]
            return self._refused("hello", Phase.CONNECT, refused[-1]) if refused else None
        raw = self.recording.text(hellos)
        seconds = sum(one.seconds for one in hellos)
        if good[-1].verb == "HELO":
            return Step("hello", Outcome.WARNING, "helo_only", seconds, raw=raw)
        offered = extensions_of(good)
        values = {"abilities": abilities(offered), "missing": missing(offered)}
        finding = "abilities" if values["missing"] else "all_abilities"
        return Step("hello", Outcome.OK, finding, seconds, values, raw)

    def _starttls(self) -> Step | None:
        asked = self.recording.last("STARTTLS")
        offered = any(extensions_of([one]).has("STARTTLS") for one in self.recording.of("EHLO") if one.is_positive)
        if not self.settings.is_encrypted:
            if offered and not self.settings.is_near:
                return Step("starttls", Outcome.WARNING, "starttls_unused")
            return Step("starttls", Outcome.SKIPPED, "starttls_near" if offered else "starttls_unwanted")
        if asked is None or asked.reply is None:
            return None
        if asked.reply.code != 220:
            return self._refused("starttls", Phase.TLS, asked)
        return Step("starttls", Outcome.OK, "starttls", asked.seconds, raw=str(asked))

    def _tls(self) -> Step | None:
        if not self.settings.is_encrypted:
            if self.settings.is_near or not self.settings.login:
                return Step("tls", Outcome.SKIPPED, "not_encrypted")
            return Step("tls", Outcome.WARNING, "login_in_clear")
        if self.recording.is_secured:
            return _tls_step(self.recording)
        failure = self._failure
        if failure and _is_of_certificate(failure.problem):
            # The handshake went as far as the certificate; what it came to without the check a second one tells.
            return _tls_step(self.second.recording) if self.second else Step("tls", Outcome.SKIPPED, "see_certificate")
        return None

    def _certificate(self) -> Step | None:
        if not self.settings.is_encrypted:
            return Step("certificate", Outcome.SKIPPED, "not_encrypted")
        failure = self._failure
        if not self.recording.is_secured and failure and _is_of_certificate(failure.problem):
            found = read_certificate(self.second.recording.certificate) if self.second else None
            words = failure.problem
            if found and self.moment and found.ends < self.moment:  # pyOpenSSL says only that it was not verified
                words = "server's certificate has expired"
            raw = in_lines(found)
            return failed("certificate", None, Phase.TLS, words, raw=raw, server=self.settings.host)
        return self._good_certificate(read_certificate(self.recording.certificate))

    def _good_certificate(self, found: CertificateFacts | None) -> Step:
        """The one that lets Odoo in: checked, or not."""
        if found is None:
            return Step("certificate", Outcome.SKIPPED, "certificate_unreadable")
        days = found.days_left(self.moment) if self.moment else SOON_DAYS
        values = {
            "names": found.names_in_words,
            "issuer": found.issuer,
            "until": f"{found.ends:%Y-%m-%d}",
            "days": str(days),
        }
        outcome, finding, words = Outcome.OK, "certificate_good", ""
        if not self.settings.is_strict:
            finding = "certificate_would_pass" if self.second else "certificate_unchecked"
            words = self.second.problem if self.second else ""
        if words:
            outcome, finding = Outcome.WARNING, "certificate_bad"
        if not words and days < SOON_DAYS:
            outcome, finding = Outcome.WARNING, "certificate_soon"
        return Step("certificate", outcome, finding, 0.0, values, in_lines(found), problem=words)

    def _login(self) -> Step | None:
        exchanges = self.recording.login()
        if not self.settings.login:
            return None if self.error else Step("login", Outcome.SKIPPED, "no_login")
        if self.settings.login == "certificate" and not exchanges:
            return None if self.error else Step("login", Outcome.OK, "client_certificate")
        if not exchanges:
            return None if self.error else Step("login", Outcome.SKIPPED, "not_seen")
        last = exchanges[-1]
        found = _METHOD.match(exchanges[0].command)
        raw = self.recording.text(exchanges)
        seconds = sum(one.seconds for one in exchanges)
        if last.reply is None:
            return None
        if last.reply.code != 235:
            # Some add-ons do not look at this reply, and fail later.
            return failed("login", last.reply, Phase.AUTH, trouble.LOGIN_REFUSED, seconds, raw, self.settings.host)
        return Step("login", Outcome.OK, "logged_in", seconds, {"method": found[1] if found else ""}, raw)

    def _refused(self, name: str, phase: Phase, exchange: Exchange) -> Step:
        return failed(name, exchange.reply, phase, "", exchange.seconds, str(exchange), self.settings.host)


def read_connection(
    recording: Recording,
    settings: Settings,
    error: BaseException | None = None,
    second: Second | None = None,
    today: datetime | None = None,
) -> list[Step]:
    """Say how far a connection came, from the look-up of the name to the login.

    :param recording: of the connection, made as Odoo makes it
    :param error: what it raised
    :param second: what another connection told that the first one could not
    :param today: with its zone; without it no days are counted
    """
    return _Reader(recording, settings, error, second, today).read()


def wants_second(settings: Settings, recording: Recording, error: BaseException | None) -> str:
    """Say what a second connection should try: "unchecked" or "checked" TLS, "implicit" TLS, or "" for nothing."""
    failure = trouble.from_exception(error) if error is not None else None
    if settings.is_encrypted and not recording.is_secured and failure and _is_of_certificate(failure.problem):
        return "unchecked"
    if settings.is_encrypted and not settings.is_strict and recording.is_secured:
        return "checked"
    if failure and not settings.is_implicit and recording.is_connected and not _has_greeted(recording):
        return "implicit"
    return ""


def _has_greeted(recording: Recording) -> bool:
    return recording.greeting is not None and recording.greeting.reply is not None


def _is_of_certificate(words: str) -> bool:
    return words.startswith("server's certificate")


def _tls_step(recording: Recording) -> Step:
    values = {"version": recording.tls_version, "cipher": recording.cipher}
    raw = f"-- {recording.tls_version} {recording.cipher}"
    if recording.tls_version in _OLD_TLS:
        return Step("tls", Outcome.WARNING, "old_tls", recording.tls_seconds, values, raw)
    return Step("tls", Outcome.OK, "encrypted", recording.tls_seconds, values, raw)
