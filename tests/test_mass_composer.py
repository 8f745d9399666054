"""Core's composer that writes to each of several documents, used by somebody who is no administrator."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import mail_new_test_user

from .report_common import ReportCase


@tagged("post_install", "-at_install")
class TestMassComposer(ReportCase):
    def test_mails_that_are_deleted_when_sent(self):
        clerk = mail_new_test_user(self.env, login="clerk", email="clerk@odoo.test")
        partners = self.create_partners("a@dest.test", "b@dest.test")
        composer = (
            self.env["mail.compose.message"]
            .with_user(clerk)
            .create(
                {
                    "composition_mode": "mass_mail",
                    "model": "res.partner",
                    "res_ids": partners.ids,
                    "subject": "News",
                    "body": "<p>Hello</p>",
                    "auto_delete": True,
                    "mail_server_id": self.server.id,
                }
            )
        )
        mails, _messages = composer._action_send_mail()
        self.env.cr.postcommit.run()
        self.assertEqual(len(mails), 2)
        notifications = self.env["mail.notification"].search([("mail_message_id", "in", mails.mail_message_id.ids)])
        self.assertEqual(notifications.res_partner_id, partners)
        message = mails[0].mail_message_id.with_user(clerk)
        message.invalidate_recordset()
        with self.assertRaises(AccessError):
            message.read(["body"])
        with self.assertRaises(AccessError):
            notifications[0].with_user(clerk).mail_message_id.read(["body"])
