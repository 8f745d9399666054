from functools import partial

from odoo import api, fields, models
from odoo.tools import config
from odoo.tools.mail import email_domain_extract, email_normalize

from ..const.causes import CAUSE_WORDS
from ..const.doctor import ADVICE, DOCTOR_OUTCOMES, DOCTOR_STEPS, FINDINGS
from ..engine.doctor import Patient, examine
from ..models.mail_recipient import problem_meaning
from ..models.software_versions import software_versions
from ..tools.doctor import DOMAIN_STEPS, BounceFacts, Outcome, Settings, Step, judge_bounces
from ..tools.smtp.secret import Secrets
from ..tools.smtp.trouble import LOGIN_REFUSED
from .dialog import opened

LEAST_SECONDS, MOST_SECONDS = 5, 55
# The worst first; what was not checked is no fault.
_WORST = ("failed", "warning", "ok")


class MailServerDoctor(models.TransientModel):
    """Checks an outgoing mail server step by step, as Odoo itself reaches it, and says what to do.

    The button waits until all of it is done, at most `seconds`; who watches is told of each step before
    (`mail_server_doctor_live.py`). For administrators.
    """

    _name = "mail.server.doctor"
    _description = "Check of an Outgoing Mail Server"

    mail_server_id = fields.Many2one(
        "ir.mail_server", "Outgoing Mail Server", required=True, readonly=True, ondelete="cascade"
    )
    email_to = fields.Char(
        "Address to ask about",
        default=lambda self: self.env.user.email_normalized,
        help="The server is asked whether it takes mail to this address. To learn whether mail leaves for the outside,"
        " take an address of somebody else's domain.",
    )
    seconds = fields.Integer("At most (seconds)", default=30, help="After this time the check ends, whatever happens.")
    step_ids = fields.One2many("mail.server.doctor.step", "doctor_id", "Steps", readonly=True)
    outcome = fields.Selection(DOCTOR_OUTCOMES, readonly=True)
    duration = fields.Float("Took (seconds)", readonly=True)
    report = fields.Text(readonly=True)

    def action_check(self):
        """Examine the server, and show what was found."""
        self._check_administrator()
        server = self.mail_server_id
        limit = self._limit()
        secrets = Secrets(*server._secrets(server.id))
        sender = server._get_test_email_from()
        patient = Patient(
            settings=_settings(server),
            connect=partial(
                server.browse()._connect__, mail_server_id=server.id, allow_archived=True, smtp_from=sender
            ),
            sender=self._envelope_sender(sender),
            recipient=email_normalize(self.email_to) or self.email_to or "",
            secrets=secrets,
            domain=email_domain_extract(sender) or "",
        )
        steps, duration = examine(patient, limit, self._teller())
        of_domain = [step for step in steps if step.name in DOMAIN_STEPS]
        found = [step for step in steps if step.name not in DOMAIN_STEPS]
        found += [*judge_bounces(self._bounce_facts(sender)), *of_domain]
        self.step_ids.sudo().unlink()
        self.write({"seconds": limit, "duration": duration})
        self._add([*self._state(), *found], secrets)
        return self._reopen()

    @api.onchange("seconds")
    def _onchange_seconds(self):
        """What is typed is what holds."""
        self.seconds = self._limit()

    def _limit(self):
        """The seconds that a check may take."""
        return min(max(self.seconds, LEAST_SECONDS), MOST_SECONDS)

    def _check_administrator(self):
        self.ensure_one()
        self.check_access("write")
        self.mail_server_id.check_access("write")

    # === WHAT IS ASKED === #

    def _envelope_sender(self, email_from):
        """As core chooses it for a mail from this address: the bounce address, where the server may send from it."""
        server = self.mail_server_id
        if own := server._own_addresses().return_address:
            return own
        bounce = server._get_default_bounce_address()
        if bounce and server._match_from_filter(bounce, server.from_filter):
            email_from = bounce
        return email_normalize(email_from) or email_from

    def _state(self):
        """Why nothing would leave over the server even if all is well."""
        server = self.mail_server_id
        if not server.active:
            return [Step("state", Outcome.WARNING, "server_archived")]
        if server.is_paused:
            return [Step("state", Outcome.WARNING, "server_paused")]
        if server.suspended_until and server.suspended_until > fields.Datetime.now():
            until = fields.Datetime.context_timestamp(self, server.suspended_until)
            values = {"until": f"{until:%Y-%m-%d %H:%M}", "reason": server.suspension_reason or ""}
            return [Step("state", Outcome.WARNING, "server_suspended", values=values)]
        return []

    def _bounce_facts(self, sender):
        """What the settings say of the way back.

        :rtype: BounceFacts
        """
        server = self.mail_server_id
        domains = self.env["mail.alias.domain"].sudo().search([("company_ids", "!=", False)])
        addresses = [address for address in domains.mapped("bounce_email") if address]
        own = server._own_addresses().return_address
        if own:
            addresses = [own]
        incoming = self.env["fetchmail.server"].sudo().search([("state", "=", "done")])
        last = self.env["mail.report"].sudo().search([("kind", "in", ("dsn", "feedback"))], order="id desc", limit=1)
        return BounceFacts(
            addresses=tuple(addresses),
            fitting=tuple(one for one in addresses if own or server._match_from_filter(one, server.from_filter)),
            ways=tuple(incoming.mapped("name")),
            last=f"{last.create_date:%Y-%m-%d}" if last else "",
            sender=email_normalize(sender) or "",
        )

    # === WHAT IS SHOWN === #

    def _add(self, steps, secrets, sequence=0):
        """Write steps down, and what all of them come to.

        :param list[Step] steps: what was found
        :param Secrets secrets: must not show, whatever a server has said
        :param int sequence: of the first
        """
        in_english = self.with_context(lang="en_US")
        values = [
            {
                "doctor_id": self.id,
                "sequence": sequence + 10 * place,
                "step": step.name,
                "outcome": step.outcome.value,
                "duration": step.seconds,
                "finding": secrets.scrub(self._words(step)),
                "advice": self._advice(step),
                "finding_in_english": secrets.scrub(in_english._words(step)),
                "raw": secrets.scrub(step.raw),
            }
            for place, step in enumerate(steps)
        ]
        self.env["mail.server.doctor.step"].sudo().create(values)
        self.invalidate_recordset(["step_ids"])
        found = set(self.step_ids.mapped("outcome"))
        self.outcome = next((one for one in _WORST if one in found), "skipped")
        self.report = secrets.scrub(self._report())

    def _words(self, step):
        """What was found, in the user's language."""
        if step.finding != "cause":
            values = dict(step.values)
            if step.problem:
                values["problem"] = problem_meaning(self.env, step.problem)
            return _filled(self.env._(FINDINGS[step.finding].words), values)
        # With a reply the cause says more than that the login was refused.
        if step.problem in ("", LOGIN_REFUSED):
            return self.env._(CAUSE_WORDS[step.cause].meaning)
        return problem_meaning(self.env, step.problem)

    def _advice(self, step):
        """What to do about it; False for nothing."""
        if step.finding != "cause":
            advice = FINDINGS[step.finding].advice
            return advice and _filled(self.env._(advice), step.values)
        return self.env._(ADVICE.get(step.cause) or CAUSE_WORDS[step.cause].what_to_do)

    def _report(self):
        """All of it as text for support: in English, without a password."""
        server = self.mail_server_id
        labels = {name: label for field in (DOCTOR_STEPS, DOCTOR_OUTCOMES) for name, label in field}
        lines = [
            f"Check of an outgoing mail server, {fields.Datetime.now()} UTC",
            software_versions(self.env),
            f"server: {server.name} ({server._address()})",
            f"encryption: {server.smtp_encryption}, authentication: {server.smtp_authentication},"
            f" user name: {server.smtp_user or '–'}, FROM filtering: {server.from_filter or '–'}",
            f"took {self.duration:.2f} s of at most {self.seconds} s",
        ]
        for row in self.step_ids:
            lines += ["", f"{labels[row.step]}: {labels[row.outcome]} ({row.duration:.2f} s)"]
            lines.append(f"  {row.finding_in_english}")
            lines += [f"    {line}" for line in (row.raw or "").splitlines()]
        return "\n".join(lines)

    def _reopen(self):
        action = opened(self, self.env._("Check this server"))
        return {**action, "context": {"dialog_size": "extra-large"}}


class MailServerDoctorStep(models.TransientModel):
    """One step of a check. Written by the check alone."""

    _name = "mail.server.doctor.step"
    _description = "Step of a Check of an Outgoing Mail Server"
    _order = "sequence, id"
    _rec_name = "step"

    doctor_id = fields.Many2one("mail.server.doctor", required=True, readonly=True, ondelete="cascade", index=True)
    sequence = fields.Integer(readonly=True)
    step = fields.Selection(DOCTOR_STEPS, required=True, readonly=True)
    outcome = fields.Selection(DOCTOR_OUTCOMES, required=True, readonly=True)
    duration = fields.Float("Seconds", digits=(16, 2), readonly=True)
    finding = fields.Text("What was found", readonly=True)
    finding_in_english = fields.Text(readonly=True)
    advice = fields.Text("What to do", readonly=True)
    raw = fields.Text("What was said", readonly=True)


def _filled(words, values):
    """Words that were translated as they stand, and then get their values: a server's words may hold a percent sign."""
    return words % dict(values)


def _settings(server):
    """How Odoo reaches this server.

    :rtype: Settings
    """
    if server.smtp_authentication == "cli":
        encryption = "starttls" if config.get("smtp_ssl") else "none"
        login = "password" if config.get("smtp_user") else ""
        return Settings(config.get("smtp_server") or "", int(config.get("smtp_port") or 25), encryption, login)
    login = server.smtp_authentication
    if login != "certificate":
        login = server.smtp_user and ("password" if login == "login" else login)
    return Settings(server.smtp_host or "", server.smtp_port, server.smtp_encryption, login or "")
