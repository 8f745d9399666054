"""What an upgrade does to a database that an older version has filled. `dev.py upgrade` does it with a real one."""

from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DeliveryCase
from .servers.scripted import ScriptedServer


@tagged("post_install", "-at_install")
class TestMigration(DeliveryCase):
    def migrate(self, script):
        load_script(f"mail_delivery_status/migrations/{script}.py", "migration").migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
    def test_causes_of_mails(self):
        """19.0.1.0.0 kept none: each mail gets that of its most urgent address, and those that are known stay."""
        script = {"RCPT gone@dest.test": b"550 5.1.1 No such user\r\n", "RCPT full@dest.test": b"552 5.2.2 Full\r\n"}
        with ScriptedServer(script) as smtp:
            server = self.create_mail_server(smtp.port)
            gone, partly, good, known = mails = (
                self.create_mail("gone@dest.test", server)
                + self.create_mail("a@dest.test, full@dest.test", server)
                + self.create_mail("a@dest.test", server)
                + self.create_mail("gone@dest.test", server)
            )
            mails.send()
        self.env.flush_all()
        expected = mails.mapped("cause")
        self.assertEqual(expected, ["user_unknown", "mailbox_full", False, "user_unknown"])
        self.env.cr.execute("UPDATE mail_mail SET cause = NULL WHERE id = ANY(%s)", [(gone + partly + good).ids])
        self.env.cr.execute("UPDATE mail_mail SET cause = 'no_address' WHERE id = %s", [known.id])
        self.env.invalidate_all()
        self.migrate("19.0.1.1.0/post-cause")
        self.assertEqual(mails.mapped("cause"), [*expected[:3], "no_address"])
        self.assertEqual(mails.mapped("state"), ["exception", "sent", "sent", "exception"])

    def test_the_view_of_the_settings(self):
        """It named a field that is gone: emptied, it stands in no other view's way until it is written anew."""
        view = self.env.ref("mail_delivery_status.res_config_settings_view_form_report")
        self.migrate("19.0.1.1.0/pre-settings-view")
        self.assertEqual(view.arch_db, "<data/>")
        beside = self.env.ref("mail_delivery_status.res_config_settings_view_form")
        beside._check_xml()
        self.assertNotIn("mail_bounce_notice", self.env["res.config.settings"].get_view()["arch"])

    def test_the_page_of_the_module(self):
        """Odoo shows it in its list of apps, sanitized: every picture is one of the module's own."""
        page = self.env.ref("base.module_mail_delivery_status").description_html
        self.assertIn("/mail_delivery_status/static/description/sent_tab.png", page)
        self.assertNotIn('src="http', page)
