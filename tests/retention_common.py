"""What the tests of retention share: mails that look old, and runs of the scheduled action."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from ..models import mail_retention
from ..models.mail_transaction_message import FILES_MODEL
from .common import DeliveryCase


class RetentionCase(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.customer = cls.env["res.partner"].create({"name": "Customer", "email": "a@dest.test"})
        # Whatever other tests and the demo have left is as young as it is.
        cls.env["res.company"].search([]).write({"mail_content_days": 180})

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.addCleanup(self.env.registry.clear_cache)  # legal holds are kept in memory

    def sent(self, days=200, state="accepted", email="a@dest.test", **values):
        """A mail that was sent so many days ago, with its evidence."""
        mail = self.create_mail(email, **values)
        self.add_row(mail, state, email)
        mail._update_summary(state="sent")
        self.make_old(mail, days)
        return mail

    def add_row(self, mail, state="accepted", email="a@dest.test"):
        values = {**mail._evidence_values(), "email": email, "state": state, "smtp_receipt": "R1", "smtp_code": 250}
        return self.env["mail.recipient"]._with_evidence_token().create(values)

    def add_attempt(self, mail, outcome="accepted"):
        values = {**mail._evidence_values(), "outcome": outcome, "transcript": "EHLO"}
        return self.env["mail.transaction"]._with_evidence_token().create(values)

    def add_sent_message(self, mail):
        """An attempt of which it is kept what was sent, and a file that is kept for it.

        :return: the attempt, and the file
        """
        attempt = self.add_attempt(mail)
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_transaction SET sent_message = 'packed' WHERE id = %s", [attempt.id])
        file = self.env["ir.attachment"].create(
            {"name": "kept", "raw": b"a", "res_model": FILES_MODEL, "res_id": attempt.id}
        )
        self.make_old(mail, 200)
        return attempt, file

    def make_old(self, mails, days):
        self.env.flush_all()
        then = fields.Datetime.now() - timedelta(days=days)
        for table, column in (
            ("mail_mail", "id"),
            ("mail_recipient", "mail_mail_id"),
            ("mail_transaction", "mail_mail_id"),
        ):
            also = SQL(", state_date = %s", then) if table == "mail_recipient" else SQL()
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET create_date = %s %s WHERE %s = ANY(%s)",
                    SQL.identifier(table),
                    then,
                    also,
                    SQL.identifier(column),
                    mails.ids,
                )
            )
        self.env.invalidate_all()

    def document_mail(self, days=200, state="accepted", **values):
        """The same, of a message in the conversation of a contact."""
        message = self.customer.message_post(body="Your invoice", **values)
        mail = self.create_mail(mail_message_id=message.id, is_notification=True, auto_delete=False)
        self.add_row(mail, state)
        mail._update_summary(state="sent")
        self.make_old(mail, days)
        return mail

    def file(self, mail, name="a.pdf", **values):
        """A file of the mail's message alone, but for the given values."""
        values = {
            "name": name,
            "raw": name.encode(),
            "res_model": "mail.message",
            "res_id": mail.mail_message_id.id,
        } | values
        file = self.env["ir.attachment"].create(values)
        mail.mail_message_id.attachment_ids += file
        return file

    def run_cron(self):
        self.env.flush_all()
        self.env.ref("mail_delivery_status.ir_cron_mail_retention").method_direct_trigger()
        self.env.invalidate_all()

    def keep(self, content=180, evidence=0, company=None):
        (company or self.company).write({"mail_content_days": content, "mail_evidence_days": evidence})

    def batches_of(self, size):
        self.patch(mail_retention, "BATCH", size)
