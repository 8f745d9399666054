"""After the module is gone Odoo sends nothing that was held back, and nothing twice."""

from odoo import fields
from odoo.tests import tagged

from ..engine.log_session import transaction_log
from ..hooks import post_init_hook, uninstall_hook
from ..tools.context_key import EVIDENCE_TOKEN
from .common import DeliveryCase
from .servers.scripted import ScriptedServer


@tagged("post_install", "-at_install")
class TestUninstallHook(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.smtp = self.enterContext(ScriptedServer())
        self.server = self.create_mail_server(self.smtp.port)

    def row(self, mail, email, state):
        values = {**mail._evidence_values(), "email": email, "state": state}
        return self.env["mail.recipient"]._with_evidence_token().create(values)

    def uninstall(self):
        wizard = self.env["base.module.uninstall"].create({"module_ids": [(6, 0, self.module().ids)]})
        text = wizard.mail_delivery_text
        uninstall_hook(self.env)
        self.env.invalidate_all()
        return text

    def module(self):
        return self.env["ir.module.module"].search([("name", "=", "mail_delivery_status")])

    def test_what_leaves_and_what_does_not(self):
        self.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"
        paused = self.create_mail_server(1, is_paused=True)
        mails = {
            "free": self.create_mail("a@dest.test", self.server),
            "put off": self.create_mail("a@dest.test", self.server),
            "suspended": self.create_mail("a@dest.test", self.server),
            "held": self.create_mail("a@dest.test", self.server, is_held=True),
            "paused": self.create_mail("a@dest.test", paused),
            "waits for paused": self.create_mail("a@dest.test"),
            "partly sent": self.create_mail("a@dest.test, b@dest.test", self.server),
            "unknown": self.create_mail("a@dest.test", self.server),
            "all sent": self.create_mail("a@dest.test", self.server),
        }
        later = fields.Datetime.add(fields.Datetime.now(), hours=3)
        self.row(mails["put off"], "a@dest.test", "deferred")
        mails["put off"]._update_summary(retry_date=later)
        mails["suspended"]._update_summary(retry_date=later, waits_for_server_id=self.server.id)
        mails["waits for paused"]._update_summary(retry_date=later, waits_for_server_id=paused.id)
        self.row(mails["partly sent"], "a@dest.test", "accepted")
        self.row(mails["partly sent"], "b@dest.test", "deferred")
        self.row(mails["unknown"], "a@dest.test", "unknown")
        self.row(mails["all sent"], "a@dest.test", "accepted")
        self.env.flush_all()
        text = self.uninstall()
        states = {name: mail.state for name, mail in mails.items()}
        stopped = ("held", "paused", "waits for paused", "partly sent", "unknown")
        self.assertEqual(
            states,
            {
                **dict.fromkeys(("free", "put off", "suspended"), "outgoing"),
                **dict.fromkeys(stopped, "cancel"),
                "all sent": "sent",
            },
        )
        for name in stopped:
            self.assertIn("uninstalled", mails[name].failure_reason)
        self.assertIn("Not sent to: b@dest.test", mails["partly sent"].failure_reason)
        self.assertRegex(mails["unknown"].failure_reason, r"perhaps sent, to: a@dest.test\. Not sent to: -")
        self.assertFalse(paused.active)
        self.assertTrue(self.server.active)
        self.assertIn("5 mails will be cancelled", text)
        self.assertIn("3 mails in the buffer will be sent", text)

    def test_what_left_and_was_not_recorded_is_not_sent_again(self):
        mail = self.create_mail("a@dest.test", self.server)
        self.env.flush_all()
        with transaction_log(self.env) as log:
            row = {**mail._evidence_values(), "envelope_id": "0" * 32, "recipients": ["a@dest.test"]}
            [transaction_id] = log.open([row])
            log.settle(leaving=[transaction_id])
        self.uninstall()
        self.assertEqual(mail.state, "cancel")
        self.assertIn("perhaps sent, to: a@dest.test", mail.failure_reason)

    def test_the_chatter_says_that_it_was_not_sent(self):
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "hold")
        customer = self.env["res.partner"].create({"name": "Customer", "email": "a@dest.test"})
        message = customer.message_post(body="Hi", partner_ids=customer.ids, subtype_xmlid="mail.mt_comment")
        self.assertEqual(message.notification_ids.notification_status, "ready")
        self.uninstall()
        self.assertEqual(message.notification_ids.notification_status, "canceled")
        self.assertEqual(message.mail_ids.state, "cancel")

    def test_nothing_stays_that_only_this_module_understands(self):
        self.env["mail.mail"]._set_buffer_crons(3)
        self.assertEqual(len(self.env["mail.mail"]._buffer_crons()), 3)
        actions = self.env["mail.mail"]._buffer_crons()[1:].ir_actions_server_id
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mail_delivery_status.give_up_hours", "24")
        parameters.set_param("mail_delivery_status_of_somebody_else", "1")
        mailbox = self.env["fetchmail.server"].create(
            {"name": "Own", "server_type": "imap", "is_report_watch": True, "state": "done"}
        )
        other = mailbox.create({"name": "Other", "server_type": "imap", "state": "done"})
        reports = self.env["mail.report"].sudo()._with_evidence_token().create([{"subject": "a"}, {"subject": "b"}])
        lost, shown = reports[0]._attach(b"x"), reports[1]._attach(b"y")
        document = self.env["res.partner"].create({"name": "Document"})
        document._message_log(body="It came back", attachment_ids=shown.ids)
        kept = self.create_mail("a@dest.test", self.server, auto_delete=True)
        mine = self.create_mail("a@dest.test", self.server)
        messages = (kept + mine).mail_message_id
        (kept + mine).send()
        self.assertEqual((kept + mine).mapped("state"), ["sent", "sent"])
        mails = self.env["mail.mail"].with_context(**EVIDENCE_TOKEN.put(True))
        imported = mails.create({"is_imported": True, "state": "sent", "model": document._name, "res_id": document.id})
        self.assertIn("1 imported mails will be removed", self.uninstall())
        self.assertFalse(imported.exists())
        self.assertFalse(actions.exists(), "core leaves them behind")
        self.assertEqual(self.env["mail.mail"]._buffer_crons(), self.env.ref("mail.ir_cron_mail_scheduler_action"))
        self.assertEqual(
            parameters.search([("key", "like", "mail_delivery_status")]).mapped("key"),
            ["mail_delivery_status_of_somebody_else"],
        )
        self.assertEqual((mailbox.active, mailbox.state), (False, "draft"))
        self.assertTrue(other.active)
        self.assertFalse(lost.exists())
        self.assertEqual((shown.res_model, shown.res_id), ("res.partner", document.id))
        self.assertEqual((kept + mine).exists(), mine, "Odoo had removed the other when it was sent")
        self.assertEqual(messages.exists(), mine.mail_message_id)

    def test_mails_from_before_the_installation(self):
        mails = self.create_mail("a@dest.test") + self.create_mail("b@dest.test")
        mails[0].state = "sent"
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_mail SET delivery_status = 'queued' WHERE id = ANY(%s)", [mails.ids])
        self.env.invalidate_all()
        failed = self.create_mail("c@dest.test")
        failed._write_core({"state": "exception", "failure_reason": "550 no such user"})
        self.env.flush_all()
        post_init_hook(self.env)
        self.assertEqual(mails.mapped("delivery_status"), ["accepted", "queued"])
        self.assertEqual((mails + failed).mapped("is_older_than_module"), [True, False, True])
        self.assertIn("before this module was installed: no receipt", mails[0].status_text)
        self.assertRegex(mails[0].evidence_note, "there is no receipt.* It was for: a@dest.test")
        self.assertIn("not been sent yet", mails[1].evidence_note)
        self.assertIn("550 no such user", failed.evidence_note)
        self.assertIn("another way than by SMTP", self.sent_elsewhere().evidence_note)

    def sent_elsewhere(self):
        mail = self.create_mail("d@dest.test")
        mail.state = "sent"
        return mail
