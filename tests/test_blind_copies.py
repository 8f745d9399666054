"""Blind copies: in the envelope of one of the emails, in no header of any."""

from odoo.tests import tagged

from .report_common import ReportCase
from .test_mail_edit import EditCase


@tagged("post_install", "-at_install")
class TestBlindCopies(ReportCase):
    def kinds(self, mail):
        return {row.email: (row.kind, row.state) for row in mail.recipient_status_ids}

    def test_of_typed_addresses(self):
        mail = self.create_mail("a@dest.test", self.server, email_cc="c@dest.test", email_bcc="Boss <b@dest.test>")
        mail.send()
        [got] = self.smtp.messages
        self.assertEqual(set(got.recipients), {"a@dest.test", "b@dest.test", "c@dest.test"})
        self.assertNotIn(b"b@dest.test", got.data)
        self.assertEqual(
            self.kinds(mail),
            {"a@dest.test": ("to", "accepted"), "b@dest.test": ("bcc", "accepted"), "c@dest.test": ("cc", "accepted")},
        )

    def test_of_contacts(self):
        """It goes with the first email, once."""
        partners = self.env["res.partner"].create([{"name": x, "email": f"{x}@dest.test"} for x in "xy"])
        mail = self.create_mail(
            False, self.server, recipient_ids=[(6, 0, partners.ids)], email_bcc="b@dest.test, c@dest.test"
        )
        mail.send()
        blind = [got for got in self.smtp.messages if "b@dest.test" in got.recipients]
        self.assertEqual((len(self.smtp.messages), len(blind)), (2, 1))
        self.assertEqual({row.kind for row in mail.recipient_status_ids if row.email[0] in "bc"}, {"bcc"})
        self.assertEqual(mail.state, "sent")

    def test_who_gets_the_mail_anyway(self):
        """One email for a contact that stands among the recipients, too."""
        partners = self.create_partners("x@dest.test", "y@dest.test")
        mail = self.create_mail(
            False, self.server, recipient_ids=[(6, 0, partners.ids)], email_bcc="Y <Y@dest.test>, b@dest.test"
        )
        mail.send()
        envelopes = [got.recipients for got in self.smtp.messages]
        self.assertEqual(sorted(map(set, envelopes), key=len), [{"y@dest.test"}, {"x@dest.test", "b@dest.test"}])
        self.assertEqual((len(mail.recipient_status_ids), mail.state), (3, "sent"))

    def test_only_what_was_put_off_is_sent_again(self):
        self.smtp.script = {"RCPT b@dest.test": [b"451 4.3.0 later\r\n"]}
        mail = self.create_mail("a@dest.test", self.server, email_bcc="b@dest.test")
        mail.send()
        self.assertEqual(self.kinds(mail), {"a@dest.test": ("to", "accepted"), "b@dest.test": ("bcc", "deferred")})
        self.assertEqual(mail.state, "outgoing")
        self.smtp.script = {}
        mail._update_summary(retry_date=False)
        mail.send()
        self.assertEqual([got.recipients for got in self.smtp.messages][1:], [("b@dest.test",)])
        self.assertEqual(self.kinds(mail), {"a@dest.test": ("to", "accepted"), "b@dest.test": ("bcc", "accepted")})
        self.assertEqual(mail.state, "sent")


@tagged("post_install", "-at_install")
class TestEditBlindCopies(EditCase):
    def test_edit(self):
        mail = self.post()
        wizard = self.open(mail)
        wizard.email_bcc = "not an address"
        with self.assertRaisesRegex(Exception, "not an e-mail address"):
            wizard.action_save()
        wizard.email_bcc = "boss@dest.test"
        wizard.action_save()
        self.assertEqual(mail.email_bcc, "boss@dest.test")
        self.assertEqual([one["kind"] for one in mail.with_user(self.billing).addressees["shown"]], ["to", "bcc"])
        self.release(mail)
        self.assertEqual(set(self.sent()[0]), {"customer@dest.test", "boss@dest.test"})
        self.assertFalse(self.sent()[1]["Bcc"])
