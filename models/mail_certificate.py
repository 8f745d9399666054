import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.certificate.facts import canonical, check_code, digest
from .mail_evidence import LooseMany2one

_TOKEN_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
VERIFY_PATH = "/mail_delivery_status/verify/"


class MailCertificate(models.Model):
    """A certificate of sending that was issued: what it said, its hash, and the address where that is confirmed.

    A row is evidence. What the paper says, subjects among it, is shown again to nobody but the person who issued it
    and has it: whoever may read the mails makes a certificate of their own.
    """

    _name = "mail.certificate"
    _description = "Certificate of Sending"
    _inherit = ["mail.evidence"]
    _order = "id desc"

    date = fields.Datetime("Issued", readonly=True, required=True, default=fields.Datetime.now)
    user_id = LooseMany2one("res.users", "Issued by", readonly=True)
    user_name = fields.Char("Name", readonly=True, help="As the person was called then.")
    lang = fields.Char("Language", readonly=True)
    mail_count = fields.Integer("E-mails", readonly=True)
    has_blind_copies = fields.Boolean(
        "With blind copies", readonly=True, help="It names those who got blind copies (Bcc): not for customers."
    )
    digest = fields.Char("SHA-256 of the facts", readonly=True, required=True)
    check_code = fields.Char(compute="_compute_check_code", help="How the hash begins, as on the paper.")
    token = fields.Char(readonly=True, required=True, groups=fields.NO_ACCESS)
    facts = fields.Text(readonly=True, required=True, groups=fields.NO_ACCESS, help="JSON: what the hash is made of.")

    _by_token = models.UniqueIndex("(token)")

    @api.depends("digest")
    def _compute_check_code(self):
        for certificate in self:
            certificate.check_code = certificate.digest and check_code(certificate.digest)

    @api.depends_context("lang")
    def _compute_display_name(self):
        for certificate in self:
            certificate.display_name = self.env._("Certificate of sending %s", certificate.id or "")

    @api.model
    def _issue(self, scope, lang, has_blind_copies=False):
        """Write down what is known now, for the person of this request.

        :param Scope scope: see :meth:`_scope_of_mail` and :meth:`_scope_of_document`
        :param str lang: code of an installed language
        :param bool has_blind_copies: whether those who got blind copies are named
        :raise UserError: if there is nothing to certify
        """
        facts = self._facts(scope, has_blind_copies)
        text = canonical(facts)
        values = {
            **scope.evidence,
            "user_id": self.env.uid,
            "user_name": self.env.user.sudo().name,
            "lang": lang,
            "mail_count": len(facts["mails"]),
            "has_blind_copies": has_blind_copies,
            "digest": digest(text),
            "token": secrets.token_urlsafe(_TOKEN_BYTES),
            "facts": text,
        }
        return self.sudo()._with_evidence_token().create(values).with_env(self.env)

    def action_print(self):
        """The paper, as PDF, once more."""
        self._check_is_own()
        report = self.env.ref("mail_delivery_status.mail_certificate_report")
        action = report.sudo().report_action(self.ids, config=False)
        return {**action, "close_on_report_download": True}

    def _check_is_own(self):
        """:raise AccessError: if one of them was issued by somebody else, or may not be read any more"""
        self.check_access("read")
        if any(certificate.user_id != self.env.user for certificate in self):
            raise AccessError(
                self.env._(
                    "This certificate was issued by somebody else, and only they can print it again. Issue one of your"
                    " own from the e-mail or the document."
                )
            )

    # === VERIFICATION: for whoever holds the paper === #

    @api.model
    def _by_address(self, token):
        """The certificate with this address, in superuser mode; none if there is none.

        :param str token: as it was asked for, by anybody
        """
        certificates = self.sudo()
        if not _TOKEN.fullmatch(token):
            return certificates.browse()
        return certificates.search([("token", "=", token)], limit=1)

    def _verify_url(self):
        """The address that confirms the hash, with the hash."""
        certificate = self.sudo()
        return f"{certificate.get_base_url()}{VERIFY_PATH}{certificate.token}?hash={certificate.digest}"

    def _came_back_since(self):
        """Whether one of its e-mails has come back after it was issued, from an address that is named in it."""
        named = {
            (mail["number"], recipient["email"])
            for mail in self._stored_facts()["mails"]
            for recipient in mail["recipients"]
        }
        rows = self.env["mail.recipient"].sudo()
        rows = rows.search(
            [("mail_mail_id", "in", [number for number, _email in named]), ("bounce_date", ">", self.sudo().date)]
        )
        mails = rows._stored_ids("mail_mail_id")
        return any((mails[row.id], row.email) in named for row in rows)


class MailMail(models.Model):
    _inherit = "mail.mail"

    def action_certificate(self):
        """Ask what the certificate of sending of this mail is to be like."""
        self.ensure_one()
        self._check_there_to_read()
        return self.env["mail.certificate.issue"].create({"mail_id": self.id})._open()
