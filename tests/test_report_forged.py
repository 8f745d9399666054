from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .report_common import ReportCase, delivery_status, receipt, report


@tagged("post_install", "-at_install")
class TestReportForged(ReportCase):
    """Nothing is changed on the word of a report that matches no transaction, or names a foreign address."""

    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.create_partners("alice@dest.test", "berta@forged.test")
        self.document, self.mail = self.send_document(self.alice)
        self.row = self.mail.recipient_status_ids

    def assert_nothing_changed(self, found, problem):
        self.assertEqual((found.state, found.problem), ("unmatched", problem))
        self.assertEqual(self.row.state, "accepted")
        self.assertEqual((self.alice.message_bounce, self.bob.message_bounce), (0, 0))
        self.assertEqual(self.mail.mail_message_id.notification_ids.notification_status, "sent")
        self.assertNotIn("came back", " ".join(self.document.message_ids.mapped("body")))
        self.assertFalse(found.mail_mail_id or found.res_id, "it is shown on no mail and no document")

    def test_unknown_token(self):
        forged = report(delivery_status("alice@dest.test"), envelope_id="f" * 32)
        self.assert_nothing_changed(self.take_in(forged), "unknown_token")

    def test_unknown_token_contradicts_all_else(self):
        block = delivery_status("alice@dest.test")
        for number, form in enumerate(
            (
                {"token": "f" * 32},
                {"envelope_id": "f" * 32},
                {"to": f"bounce+{'f' * 32}@odoo.test"},
            )
        ):
            forged = report(block, message_id=self.mail.message_id, own_id=f"{number}@x", **form)
            found = self.take_in(forged)
            self.assert_nothing_changed(found, "unknown_token")
            self.assertEqual(found.candidate_ids[:1], self.row, "the mail that it names is offered")

    def test_known_mail_foreign_address(self):
        for number, form in enumerate(
            (
                {"message_id": self.mail.message_id},
                {"envelope_id": self.row.envelope_id},
                {"queue_id": self.row.smtp_receipt, "message_id": self.mail.message_id},
            )
        ):
            found = self.take_in(report(delivery_status("berta@forged.test"), own_id=f"{number}@x", **form))
            self.assert_nothing_changed(found, "foreign_address")

    def test_one_address_right_one_foreign(self):
        blocks = [delivery_status("berta@forged.test"), delivery_status("alice@dest.test")]
        found = self.take_in(report(*blocks, envelope_id=self.row.envelope_id))
        self.assertEqual(found.state, "matched")
        self.assertEqual(
            {line.email: line.state for line in found.line_ids},
            {"berta@forged.test": "unmatched", "alice@dest.test": "applied"},
        )
        self.assertEqual((self.alice.message_bounce, self.bob.message_bounce), (1, 0))

    def test_receipt_alone(self):
        """A queue id is no secret: it counts only with the recipient."""
        found = self.take_in(report(delivery_status("berta@forged.test"), queue_id=self.row.smtp_receipt))
        self.assert_nothing_changed(found, "foreign_address")

    def test_no_mail_named(self):
        """An address that we do write to: whoever knows it could otherwise have it counted as bouncing."""
        found = self.take_in(report(delivery_status("alice@dest.test")))
        self.assert_nothing_changed(found, "unknown_mail")
        self.assertEqual(found.candidate_ids[:1], self.row)

    def test_no_recipient_named(self):
        source = report(delivery_status("alice@dest.test"), envelope_id=self.row.envelope_id)
        source = source.replace(b"Final-Recipient: rfc822; alice@dest.test\n", b"").replace(b"<alice@dest.test>", b"")
        found = self.take_in(source)
        self.assertEqual((found.state, self.row.state), ("unmatched", "accepted"))

    def test_read_receipt_of_somebody_else(self):
        found = self.take_in(receipt("berta@forged.test", self.mail.message_id))
        self.assert_nothing_changed(found, "foreign_address")
        self.assertFalse(self.row.read_date)

    # === MAILS FROM BEFORE === #

    def old_message(self):
        """A message that core has sent, as before the installation: nothing is recorded of it."""
        message = self.document.message_post(
            body="Old", partner_ids=self.bob.ids, message_type="comment", force_send=False
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.write({"state": "sent"})
        message.notification_ids.notification_status = "sent"
        return message

    def test_a_mail_from_before_is_left_to_core(self):
        message = self.old_message()
        found = self.take_in(report(delivery_status("berta@forged.test"), message_id=message.message_id))
        self.assertEqual((found.state, found.mail_message_id), ("core", message))
        self.assertEqual(self.bob.message_bounce, 1)
        self.assertEqual(message.notification_ids.notification_status, "bounce")

    def test_but_not_what_is_no_bounce(self):
        message = self.old_message()
        found = self.take_in(receipt("berta@forged.test", message.message_id))
        found += self.take_in(
            report(delivery_status("berta@forged.test", "delayed", "4.4.1"), message_id=message.message_id)
        )
        self.assertEqual(found.mapped("state"), ["unmatched", "unmatched"])
        self.assertEqual(self.bob.message_bounce, 0)
        self.assertEqual(message.notification_ids.notification_status, "sent")

    def test_an_unknown_mail_only_in_the_first_days(self):
        self.take_in(report(delivery_status("berta@forged.test")))
        self.assertEqual(self.bob.message_bounce, 1, "it may be a mail from before: core counts it")
        first = self.env["mail.transaction"].search([], order="id", limit=1)
        first._with_evidence_token().start_date = fields.Datetime.now() - timedelta(days=15)
        found = self.take_in(report(delivery_status("berta@forged.test"), own_id="late@x"))
        self.assertEqual((found.state, found.problem), ("unmatched", "unknown_mail"))
        self.assertEqual(self.bob.message_bounce, 1)
