import base64
from dataclasses import replace

from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..const.causes import CAUSE_WORDS
from ..const.doctor import ADVICE
from ..tools.doctor.certificate import read_pem_certificate
from ..tools.expiry import URGENT, expiry_stage
from ..tools.explanation.fault import cause_of_fault
from .finding import Finding
from .mail_mail_words import moment

# Core's own ways to log in; others are an add-on's: OAuth.
_OWN_LOGINS = ("login", "certificate", "cli")
# Keys of findings that people are told of; `certificate` is followed by whose it is and the stage.
FAULT, CERTIFICATE = "fault", "certificate"
NO_TOKEN = "no access token for the login"
MOST_SERVERS = 500
# So many attempts are looked through for the last one that went well.
_MOST_ATTEMPTS = 2000


class IrMailServer(models.Model):
    """Whether mail leaves over a server, and what will stop it soon."""

    _inherit = "ir.mail_server"

    last_fault = fields.Char(readonly=True, copy=False, help="The server's last fault, as it or the network said it.")
    last_fault_date = fields.Datetime("Last Error", readonly=True, copy=False)

    def _health(self):
        """What is known of these servers, of all that are used if there are none; the worst first of each.

        For administrators, and for code that tells nobody else. Two queries, however many servers.

        :return: at least one finding for each server
        :rtype: list[Finding]
        """
        servers = (self or self.search([], limit=MOST_SERVERS)).sudo()
        now = fields.Datetime.now()
        last = servers._last_accepted()
        return [finding for server in servers for finding in server._findings(now, last.get(server.id))]

    def _findings(self, now, last):
        """What is known of one server.

        :param datetime now: UTC
        :param datetime last: when it took a mail last, if it is known
        :rtype: list[Finding]
        """
        found = [*self._faults(now), *self._certificate_findings(now)]
        if self.return_address_warning:
            found.append(Finding("warning", self.return_address_warning, records=self, key="return_address"))
        if found:
            return sorted(found, key=lambda finding: finding.level)  # danger, warning
        if last:
            text = self.env._(
                "The mail server “%(server)s” works: it took the last e-mail at %(time)s.",
                server=self.name,
                time=moment(self, last),
            )
        else:
            text = self.env._("No fault of the mail server “%s” is known. No e-mail went over it lately.", self.name)
        return [Finding("ok", text, records=self)]

    def _faults(self, now):
        """Why nothing leaves over this server."""
        if self.is_paused:
            advice = self.env._("Resume it when e-mails may leave again.")
            yield Finding("warning", self._waiting_words(), advice, self, "paused")
        if self.suspension_count:
            yield Finding("danger", self._fault_words(now), self._fault_advice(), self, FAULT)
        elif self.limited_until and self.limited_until > now:
            yield Finding("warning", self._waiting_words(), "", self, "limit")

    def _fault_words(self, now):
        """Since when the server has had a fault, what it is, and when it is tried again."""
        if self.suspended_until and self.suspended_until > now:
            return self._waiting_words()
        return self.env._(
            "The mail server “%(server)s” has had a fault since %(since)s: %(reason)s It is tried again with the next"
            " e-mail.",
            server=self.name,
            since=moment(self, self.suspended_since or self.write_date),
            reason=self._suspension_words() or "–",
        )

    def _login_failure(self, failure):
        """Say what it is when an add-on that logs in by OAuth got no token: all that it raises is a text.

        :param Failure failure: that no connection was to be had
        :rtype: Failure
        """
        is_unexplained = not failure.reply and failure.problem.startswith("unexpected error")
        return replace(failure, problem=NO_TOKEN) if is_unexplained and self._is_oauth() else failure

    def _is_oauth(self):
        return bool(self.smtp_authentication) and self.smtp_authentication not in _OWN_LOGINS

    def _fault_advice(self):
        """What to do about the fault that the server has."""
        cause = cause_of_fault(self.suspension_reason or "")
        if self._is_oauth() and cause and cause.value in ("wrong_login", "login_required", "app_password_needed"):
            return self.env._(
                "Connect the account again on the Connection page: the provider no longer gives Odoo access to it."
            )
        return self.env._(ADVICE.get(cause.value) or CAUSE_WORDS[cause.value].what_to_do) if cause else ""

    def _certificate_findings(self, now):
        """Which certificate ends soon: the one that Odoo logs in with, and the server's own."""
        own = self.smtp_authentication == "certificate" and read_pem_certificate(self._client_certificate())
        if own:
            text = self.env._("Odoo's certificate for the mail server “%(server)s” is valid until %(date)s.")
            advice = self.env._("Get a new certificate and key, and put them in here before that day.")
            yield from self._certificate_finding("own", own.ends.replace(tzinfo=None), now, text, advice)
        if self.certificate_end and self.smtp_encryption not in (False, "none"):
            text = self.env._("The certificate of the mail server “%(server)s” is valid until %(date)s.")
            advice = self.env._(
                "Whoever runs the mail server has to renew it. Some do it by themselves, a few days before."
            )
            yield from self._certificate_finding("server", self.certificate_end, now, text, advice)

    def _client_certificate(self):
        """The certificate that Odoo logs in with, in PEM."""
        try:
            return base64.b64decode(self.with_context(bin_size=False).smtp_ssl_certificate or b"")
        except ValueError:
            return b""

    def _certificate_finding(self, whose, end, now, text, advice):
        """The finding on one certificate, if it ends soon.

        :param datetime end: UTC
        """
        stage = expiry_stage((end - now).days)
        if stage is None:
            return
        # Where the server's certificate is not checked mail goes on all the same.
        is_fatal = whose == "own" or self.smtp_encryption.endswith("_strict")
        level = "danger" if is_fatal and stage <= URGENT else "warning"
        words = text % {"server": self.name, "date": format_date(self.env, end)}
        yield Finding(level, words, advice, self, f"{CERTIFICATE}:{whose}:{stage}")

    # === WHAT IS ASKED OF THE DATABASE === #

    def _last_accepted(self):
        """When each server took a mail last, among its latest attempts: ``{id: datetime UTC}``."""
        query = SQL(
            """SELECT s.id, (SELECT max(t.end_date)
                               FROM (SELECT end_date, outcome FROM mail_transaction
                                      WHERE mail_server_id = s.id ORDER BY start_date DESC LIMIT %s) t
                              WHERE t.outcome IN ('accepted', 'partial'))
                 FROM unnest(%s) AS s(id)""",
            _MOST_ATTEMPTS,
            self.ids,
        )
        return dict(self.env.execute_query(query)) if self.ids else {}

    def _queues(self):
        """How many mails wait for each server, or are to go over it and no other, and since when the oldest does.

        :rtype: dict[int, tuple[int, datetime]]
        """
        if not self.ids:
            return {}
        self.env["mail.mail"].flush_model(["state", "retry_date", "is_held", "waits_for_server_id", "mail_message_id"])
        self.env["mail.message"].flush_model(["mail_server_id"])
        query = SQL(
            """SELECT server_id, count(*), min(create_date)
                 FROM (SELECT m.waits_for_server_id AS server_id, m.create_date FROM mail_mail m
                        WHERE m.state = 'outgoing' AND m.is_held IS NOT TRUE AND m.waits_for_server_id = ANY(%(ids)s)
                        UNION ALL
                       SELECT s.mail_server_id, m.create_date
                         FROM mail_mail m JOIN mail_message s ON s.id = m.mail_message_id
                        WHERE (m.state = 'outgoing' OR m.retry_date IS NOT NULL) IS TRUE AND m.is_held IS NOT TRUE
                          AND m.waits_for_server_id IS NULL AND s.mail_server_id = ANY(%(ids)s)) waiting
                GROUP BY server_id""",
            ids=self.ids,
        )
        return {server_id: (count, oldest) for server_id, count, oldest in self.env.execute_query(query)}
