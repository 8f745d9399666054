import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import DeliveryCase
from .servers.scripted import ScriptedServer


@tagged("post_install", "-at_install")
class TestModes(DeliveryCase):
    """Settings → Emails: at once, through the buffer, or hold."""

    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(ScriptedServer())
        self.server = self.create_mail_server(self.smtp.port)
        self.crons = self.env["mail.mail"]._buffer_crons()

    def set_mode(self, mode):
        self.env["res.config.settings"].create({"mail_sending_mode": mode}).execute()

    def triggers(self):
        return self.env["ir.cron.trigger"].search_count([("cron_id", "in", self.crons.ids)])

    def test_at_once(self):
        self.set_mode("now")
        mail = self.create_mail("alice@dest.test", self.server)
        mail.send()
        self.assertEqual(mail.state, "sent")

    def test_through_the_buffer(self):
        self.set_mode("buffer")
        mail = self.create_mail("alice@dest.test", self.server)
        before = self.triggers()
        mail.send()
        self.assertEqual((mail.state, len(self.smtp.messages)), ("outgoing", 0), "nobody waited for the mail server")
        self.assertGreater(self.triggers(), before, "the scheduled action is woken")
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(mail.state, "sent")

    def test_hold(self):
        self.set_mode("hold")
        mail = self.create_mail("alice@dest.test", self.server)
        self.assertTrue(mail.is_held)
        mail.send()
        self.env["mail.mail"].process_email_queue()
        self.assertEqual((mail.state, len(self.smtp.messages)), ("outgoing", 0))
        mail.action_send_now()
        self.assertEqual(mail.state, "sent")
        self.assertFalse(mail.is_held)

    def test_send_now_many(self):
        self.set_mode("hold")
        mails = self.env["mail.mail"].union(*(self.create_mail("alice@dest.test", self.server) for _ in range(3)))
        before = self.triggers()
        mails[0].email_to = "refused@dest.test"
        self.smtp.script = {"RCPT refused@dest.test": b"550 5.1.1 No such user"}
        action = mails.action_send_now()
        self.assertGreater(self.triggers(), before)
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(mails.mapped("state"), ["exception", "sent", "sent"])
        self.env.cr.precommit.run()  # the bus keeps its messages until then
        told = self.env["bus.bus"].search(
            [("message", "like", action["params"]["release_key"])], order="id desc", limit=1
        )
        payload = json.loads(told.message)["payload"]
        self.assertEqual((payload["sent"], payload["failed"], action["params"]["total"]), (2, 1, 3))

    def test_who_may_release(self):
        mail = self.create_mail("alice@dest.test", self.server, author_id=self.env.user.partner_id.id)
        manager = new_test_user(self.env, "sm", "base.group_user,mail_delivery_status.group_manager")
        user = new_test_user(self.env, "su", "base.group_user,mail_delivery_status.group_user")
        with self.assertRaises(AccessError):
            mail.with_user(user).action_send_now()
        mail.with_user(manager).action_send_now()
        self.assertEqual(mail.state, "sent")

    def test_an_administrator_sends_with_cores_buttons(self):
        administrator = new_test_user(self.env, "sa", "base.group_user,base.group_system")
        for method in ("send", "action_send_and_close"):
            mail = self.create_mail("alice@dest.test", self.server)
            getattr(mail.with_user(administrator), method)()
            self.assertEqual((mail.state, mail.recipient_status_ids.state), ("sent", "accepted"))

    def test_nobody_else_makes_a_mail_leave(self):
        mail = self.create_mail("alice@dest.test", self.server, author_id=self.env.user.partner_id.id)
        user = new_test_user(self.env, "su", "base.group_user,mail_delivery_status.group_user")
        mail.author_id = user.partner_id
        for method in ("send", "process_email_queue", "action_send_and_close", "mark_outgoing"):
            with self.assertRaises(AccessError):
                getattr(mail.with_user(user), method)()
        recipients = [address for received in self.smtp.messages for address in received.recipients]
        self.assertNotIn("alice@dest.test", recipients)

    def test_manager_reads_the_buffer_of_the_company_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        mails = self.env["mail.mail"].create(
            [{"subject": company.name, "record_company_id": company.id} for company in (self.env.company, other)]
        )
        manager = new_test_user(self.env, "sm", "base.group_user,mail_delivery_status.group_manager")
        found = self.env["mail.mail"].with_user(manager).search([("id", "in", mails.ids)])
        self.assertEqual(found, mails[0])
        self.env.invalidate_all()
        self.assertTrue(found.date and found.text_note and not found.readable_subject, "the status, not the text")
        self.assertEqual(found.display_name, f"E-mail {found.id}")
        with self.assertRaises(AccessError):
            mails[1].with_user(manager).read(["date"])

    def test_workers_are_a_setting(self):
        for count in (3, 1):
            self.env["res.config.settings"].create({"mail_workers": count}).execute()
            self.assertEqual(len(self.env["mail.mail"]._buffer_crons()), count)
        self.assertEqual(self.env["res.config.settings"].create({}).mail_workers, 1)
