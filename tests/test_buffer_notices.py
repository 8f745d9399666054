from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .common import DeliveryCase

MODULE = "mail_delivery_status"


@tagged("post_install", "-at_install")
class TestBufferNotices(DeliveryCase):
    """What stands above the buffer: why mails wait longer than they should."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "notice_user", f"base.group_user,{MODULE}.group_user")
        cls.admin = new_test_user(cls.env, "notice_admin", f"base.group_system,{MODULE}.group_user")
        cls.employee = new_test_user(cls.env, "notice_employee", "base.group_user")
        cls.server = cls.create_mail_server(25, name="Post")
        cls.other = cls.create_mail_server(26, name="Other")
        cls.env["ir.config_parameter"].set_param(f"{MODULE}.sending_mode", "now")
        cls.crons = cls.env["mail.mail"]._buffer_crons()
        cls.crons.write({"nextcall": fields.Datetime.now() + timedelta(hours=1)})
        cls.env["ir.cron.trigger"].search([("cron_id", "in", cls.crons.ids)]).unlink()

    def notices(self, user=None):
        self.env.flush_all()
        return self.env["mail.mail"].with_user(user or self.user).buffer_notices()

    def test_all_is_well(self):
        self.assertEqual(self.notices(), [])

    def test_paused(self):
        self.server.is_paused = True
        [notice] = self.notices()
        self.assertEqual((notice["level"], notice["action"]), ("warning", False))
        self.assertIn("Post", notice["text"])
        self.other.is_paused = True
        [notice] = self.notices()
        self.assertIn("Sending is paused", notice["text"])

    def test_suspended(self):
        before = fields.Datetime.now().replace(microsecond=0)
        self.server._suspend(300, "connection refused (127.0.0.1:25)")
        since = self.server.suspended_since
        self.assertGreaterEqual(since, before)
        self.server._suspend(300, "connection refused (127.0.0.1:25)")
        self.assertEqual(self.server.suspended_since, since, "since the first failure in a row")
        [notice] = self.notices()
        self.assertIn("“Post” has had a fault since", notice["text"])
        self.assertIn("Nobody answers at this address", notice["text"])
        self.assertNotIn("127.0.0.1", notice["text"])
        self.assertIn("127.0.0.1", self.notices(self.admin)[0]["text"])
        self.server._resume()
        self.assertFalse(self.server.suspended_since)
        self.assertEqual(self.notices(), [])

    def test_at_its_limit(self):
        self.server.limited_until = fields.Datetime.now() + timedelta(hours=1)
        [notice] = self.notices()
        self.assertEqual(notice["level"], "info")
        self.assertIn("The limit of the mail server “Post” is reached", notice["text"])
        self.server.limited_until = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.notices(), [])

    def test_somebody_elses_own_server(self):
        self.other.write({"owner_user_id": self.admin.id, "is_paused": True, "from_filter": "a@b.test"})
        self.assertEqual(self.notices(), [])
        self.assertIn("Other", self.notices(self.admin)[0]["text"])

    def test_held(self):
        self.env["ir.config_parameter"].set_param(f"{MODULE}.sending_mode", "hold")
        [notice] = self.notices()
        self.assertEqual(notice["level"], "info")
        self.assertIn("are held", notice["text"])

    def test_sending_is_switched_off(self):
        with patch.object(IrMail_Server, "_disable_send", lambda *args: True):
            [notice] = self.notices()
        self.assertEqual(notice["level"], "danger")

    def test_the_scheduled_action_is_off(self):
        self.crons.active = False
        [notice] = self.notices()
        self.assertIn("switched off", notice["text"])

    def test_the_scheduled_action_is_late(self):
        self.env["mail.transaction"]._with_evidence_token().search([]).unlink()
        self.crons.write({"nextcall": fields.Datetime.now() - timedelta(hours=2), "lastcall": False})
        [notice] = self.notices()
        self.assertIn("has never run", notice["text"])
        self.crons.write({"lastcall": fields.Datetime.now() - timedelta(hours=3)})
        [notice] = self.notices()
        self.assertIn("is late", notice["text"])
        [notice] = self.notices(self.admin)
        self.assertEqual((notice["action"]["res_model"], notice["action"]["res_id"]), ("ir.cron", self.crons[:1].id))
        mail = self.create_mail()
        values = {**mail._evidence_values(), "outcome": "open", "envelope_key": "x"}
        self.env["mail.transaction"]._with_evidence_token().create(
            [{**values, "start_date": fields.Datetime.now() - timedelta(minutes=1)}]
        )
        self.assertEqual(self.notices(), [], "it runs, for a long time")

    def test_a_wake_up_that_was_not_heard(self):
        self.env["mail.transaction"]._with_evidence_token().search([]).unlink()
        self.env["ir.cron.trigger"].create(
            {"cron_id": self.crons[0].id, "call_at": fields.Datetime.now() - timedelta(hours=1)}
        )
        self.assertIn("scheduled action", self.notices()[0]["text"])

    def test_for_whom(self):
        self.server.is_paused = True
        self.assertEqual(self.notices(self.employee), [])
        [notice] = self.notices(self.admin)
        self.assertEqual(notice["action"]["res_model"], "ir.mail_server")
