"""What each role comes for, in a real browser: the stories that `readme/USAGE.md` tells."""

from odoo.tests import HttpCase, new_test_user, tagged

from .document_common import DocumentCase

SENDING = "mail_delivery_status.group_"


@tagged("post_install", "-at_install", "browser")
class TestStories(DocumentCase, HttpCase):
    def person(self, login, groups):
        company = self.company_data["company"]
        return new_test_user(
            self.env,
            login,
            f"base.group_user,{groups}",
            email=f"{login}@odoo.test",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.smtp.script["RCPT wrong@dest.test"] = [b"550 5.1.1 No such user"] * 9
        waiting = self.env["mail.mail"].search([("state", "in", ("outgoing", "exception"))])
        waiting._write_core({"state": "cancel", "retry_date": False})

    def test_clerk(self):
        self.person("story_clerk", "account.group_account_invoice,base.group_partner_manager")
        invoice = self.create_invoice("wrong@dest.test")
        old = self.post(invoice)
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{invoice.id}",
            "mail_delivery_status_story_clerk",
            login="story_clerk",
        )
        new = old.resent_ids
        self.assertEqual((len(new), invoice.partner_id.email), (1, "right@dest.test"))
        new.send()  # as after the commit, which no test makes
        self.assertEqual(new.recipient_status_ids.mapped("email"), ["right@dest.test"])
        self.env.flush_all()
        self.assert_status(invoice, "accepted")

    def test_manager(self):
        self.person("story_manager", f"account.group_account_invoice,{SENDING}manager")
        mails = self.env["mail.mail"].union(*(self.hold(self.create_invoice(f"a{one}@dest.test")) for one in range(2)))
        self.start_tour("/odoo", "mail_delivery_status_story_manager", login="story_manager")
        self.env.invalidate_all()
        self.assertEqual(set(mails.mapped("is_held")), {False})
        self.assertEqual(len(set(mails.mapped("release_key"))), 1)
        mails._with_send_now().send()
        self.assertEqual(set(mails.mapped("delivery_status")), {"accepted"})
        subjects = [message.data.count(b"Subject: Corrected subject") for message in self.smtp.messages]
        self.assertEqual(sorted(subjects), [0, 1])

    def test_administrator(self):
        self.person("story_admin", f"base.group_system,{SENDING}manager,account.group_account_invoice")
        self.env["ir.mail_server"].search([]).is_paused = False
        self.server.write({"name": "Post office", "is_paused": True})
        other = self.create_mail_server(self.smtp.port, name="Second")
        waiting = self.post(self.create_invoice(), send=False)
        waiting.send()
        mail = self.create_mail("alice@dest.test", other)
        self.env["mail.recipient"].sudo()._with_evidence_token().create(
            {
                **mail._evidence_values(),
                "email": "alice@dest.test",
                "state": "accepted",
                "smtp_code": 250,
                "smtp_receipt": "F11AB1C6006",
                "accepted_date": "2026-11-28 09:54:00",
            }
        )
        mail._update_summary(state="sent")
        self.start_tour("/odoo/e-mails-to-send", "mail_delivery_status_story_administrator", login="story_admin")
        self.env.invalidate_all()
        self.assertFalse(self.server.is_paused)
