"""What is known of a server's health, how it is shown, and who is told of it: once."""

import base64
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.smtp import trouble
from .common import DeliveryCase
from .servers.process import free_ports
from .servers.scripted import EXTENSIONS, ScriptedServer

REFUSED = {"AUTH": b"535 5.7.8 Error: authentication failed"}


class HealthCase(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.admin = new_test_user(self.env, "health_admin", "base.group_user,base.group_system")

    def told(self):
        """The messages that the administrator got, oldest first."""
        return self.written_to(self.admin)

    def written_to(self, user):
        """What OdooBot has written to somebody of mail servers, oldest first."""
        self.env.flush_all()
        chat = self.env["discuss.channel"].search(
            [("channel_type", "=", "chat"), ("channel_member_ids.partner_id", "=", user.partner_id.id)]
        )
        return chat.message_ids.filtered(lambda message: "<ul>" in message.body).sorted("id")

    def findings(self, server):
        server.invalidate_recordset()
        return server._health()

    def levels(self, server):
        return [finding.level for finding in self.findings(server)]

    def certificate(self, days):
        """A certificate that is valid for so many more days, as an administrator uploads it."""
        self.require_site()
        issued = self.postfix.authority.issue(f"client-{days}", days=days)
        return base64.b64encode(issued.certificate.read_bytes()), base64.b64encode(issued.key.read_bytes())


@tagged("post_install", "-at_install")
class TestHealth(HealthCase):
    def test_in_order(self):
        with ScriptedServer() as smtp:
            server = self.create_mail_server(smtp.port)
            [finding] = self.findings(server)
            self.assertEqual((finding.level, finding.records), ("ok", server))
            self.assertIn("No e-mail went over it lately", finding.text)
            self.create_mail("a@dest.test", server).send()
        with self.env.registry.cursor() as cr:  # the evidence was written beside this database transaction
            cr.execute("SELECT max(end_date) FROM mail_transaction WHERE mail_server_id = %s", [server.id])
            [end] = cr.fetchone()
        with patch.object(type(server), "_last_accepted", lambda servers: dict.fromkeys(servers.ids, end)):
            [finding] = self.findings(server)
            self.assertIn("works: it took the last e-mail", finding.text)
            self.assertEqual((server.health_level, server.last_accepted_date), ("ok", end))

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_mail")
    def test_a_fault(self):
        server = self.create_mail_server(free_ports(1)[0])
        self.create_mail("a@dest.test", server).send()
        [finding] = self.findings(server)
        self.assertEqual(finding.level, "danger")
        self.assertIn("Nobody answers at this address and port", finding.text)
        self.assertTrue(finding.advice)
        self.assertEqual(server.health_level, "danger")
        self.assertIn("Nobody answers", server.health_text)
        self.assertTrue(server.health_advice)
        self.assertTrue(server.last_fault_date and server.suspended_since)
        self.assertTrue(server.waiting_text.startswith("1, the oldest since"))
        server.action_resume()
        self.assertEqual(self.levels(server), ["ok"])
        self.assertIn("Nobody answers", server.last_fault_text, "the last error is still known")

    def test_paused_and_limited(self):
        server = self.create_mail_server(25)
        server.action_pause()
        self.assertEqual(self.levels(server), ["warning"])
        self.assertIn("is paused", server.health_text)
        server.action_resume()
        server.limited_until = fields.Datetime.now() + timedelta(hours=1)
        self.assertEqual(self.levels(server), ["warning"])
        self.assertIn("The limit", server.health_text)

    def test_certificates(self):
        server = self.create_mail_server(465, smtp_encryption="ssl_strict")
        for left, encryption, level in (
            (timedelta(days=40), "ssl_strict", "ok"),
            (timedelta(days=20), "ssl_strict", "warning"),
            (timedelta(days=5), "ssl_strict", "danger"),
            (timedelta(days=-5), "ssl_strict", "danger"),
            (timedelta(days=5), "ssl", "warning"),  # it is not checked
            (timedelta(days=5), "none", "ok"),
        ):
            with self.subTest(left=left, encryption=encryption):
                server.write({"certificate_end": fields.Datetime.now() + left, "smtp_encryption": encryption})
                self.assertEqual(self.levels(server), [level])

    def test_the_certificate_that_odoo_logs_in_with(self):
        for days, level in ((60, "ok"), (20, "warning"), (3, "danger"), (-1, "danger")):
            with self.subTest(days=days):
                certificate, key = self.certificate(days)
                server = self.create_mail_server(
                    465,
                    smtp_encryption="ssl",
                    smtp_authentication="certificate",
                    smtp_ssl_certificate=certificate,
                    smtp_ssl_private_key=key,
                )
                # A form reads files as their size alone.
                [finding] = self.findings(server.with_context(bin_size=True))
                self.assertEqual(finding.level, level)

    def test_a_file_that_is_no_certificate(self):
        for content in (b"no certificate", b"\xff\xfe"):
            server = self.create_mail_server(
                465,
                smtp_encryption="ssl",
                smtp_authentication="certificate",
                smtp_ssl_certificate=base64.b64encode(content),
                smtp_ssl_private_key=base64.b64encode(content),
            )
            self.assertEqual(self.levels(server), ["ok"])

    def test_queries_do_not_grow_with_the_servers(self):
        servers = self.env["ir.mail_server"]
        for count in (2, 20):
            servers |= self.env["ir.mail_server"].create(
                [{"name": f"s{number}", "smtp_host": "x.test"} for number in range(count)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(servers._health()), len(servers))
            self.assertLessEqual(self.env.cr.sql_log_count - before, 4)

    def test_one_form_is_cheap(self):
        server = self.create_mail_server(25, limit_day=3)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        server.read(["health_text", "health_advice", "waiting_text", "use_day", "use_connections", "last_fault_text"])
        self.assertLessEqual(self.env.cr.sql_log_count - before, 40)

    def test_of_a_new_server(self):
        new = self.env["ir.mail_server"].new({"name": "New"})
        self.assertFalse(new.health_level)
        self.assertEqual(new.use_day, "0 (no limit)")

    def test_connections_in_use(self):
        """Two threads empty the buffer: each has a connection, and a database session of that server's name."""
        from ..engine.log_session import ConnectionTransactionLog, session_name

        server = self.create_mail_server(25, max_connections=3)
        logs = [ConnectionTransactionLog(self.env.cr.dbname, 1, session_name(server.id)) for _ in range(2)]
        try:
            self.assertEqual(server.use_connections, "2 of 3")
        finally:
            for log in logs:
                log.close()


@tagged("post_install", "-at_install")
class TestHealthNotices(HealthCase):
    """Administrators are told once per change."""

    def cron(self, times=1):
        for _ in range(times):
            self.env["ir.mail_server"]._cron_health()

    def test_a_fault_is_told_once_and_so_is_its_end(self):
        clerk = new_test_user(self.env, "health_clerk", "base.group_user,mail_delivery_status.group_manager")
        server = self.create_mail_server(25)
        server._suspend(0, "connection refused")
        self.cron()
        self.assertFalse(self.told(), "once passes by itself")
        server._suspend(0, "connection refused")
        self.cron(3)
        [message] = self.told()
        self.assertIn("Nobody answers", message.body)
        self.assertIn(server.name, message.body)
        server._suspend(0, "421 4.3.2 busy")
        self.cron()
        self.assertEqual(len(self.told()), 1, "still the same trouble")
        server._resume()
        self.cron(3)
        self.assertEqual(len(self.told()), 2)
        self.assertIn("works again", self.told()[-1].body)
        server._suspend(0, "connection refused")
        server._suspend(0, "connection refused")
        self.cron()
        self.assertEqual(len(self.told()), 3)
        self.assertFalse(self.written_to(clerk), "server settings are for administrators")

    def test_the_second_failure_wakes_the_notices(self):
        cron = self.env.ref("mail_delivery_status.ir_cron_mail_server_health")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        server = self.create_mail_server(25)
        server._suspend(0, "connection refused")
        self.assertEqual(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]), triggers)
        server._suspend(0, "connection refused")
        self.assertGreater(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]), triggers)

    def test_a_certificate_is_told_at_each_stage(self):
        server = self.create_mail_server(465, smtp_encryption="ssl_strict")
        told = []
        for days in (60, 29, 28, 6, 5, 0.5, -1, -2, 90):
            server.certificate_end = fields.Datetime.now() + timedelta(days=days)
            self.cron(2)
            told.append(len(self.told()))
        self.assertEqual(told, [0, 1, 1, 2, 2, 3, 4, 4, 4])
        self.assertIn("is valid until", self.told()[0].body)

    def test_what_somebody_did_is_not_told(self):
        server = self.create_mail_server(25)
        server.action_pause()
        server.limited_until = fields.Datetime.now() + timedelta(hours=1)
        self.cron()
        self.assertFalse(self.told())

    def test_each_in_their_language(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        polish = new_test_user(self.env, "health_pl", "base.group_user,base.group_system", lang="pl_PL")
        polish.tz, self.admin.tz = "Europe/Warsaw", "Asia/Tokyo"
        groups = self.env["ir.mail_server"]._administrators()
        self.assertIn(polish.partner_id, groups["pl_PL", "Europe/Warsaw"])
        self.assertIn(self.admin.partner_id, groups[self.admin.lang, "Asia/Tokyo"])
        self.assertNotIn(self.env.ref("base.partner_root"), self.env["res.partner"].union(*groups.values()))


@tagged("post_install", "-at_install")
class TestOauth(HealthCase):
    """Servers of add-ons that log in with a token; the add-ons may not be installed, so one is made up here."""

    def setUp(self):
        super().setUp()
        servers = type(self.env["ir.mail_server"])
        self.startPatcher(patch.object(servers, "_is_oauth", lambda server: bool(server)))
        self.smtp = self.enterContext(ScriptedServer(extensions=(*EXTENSIONS, "AUTH PLAIN LOGIN")))
        self.server = self.create_mail_server(
            self.smtp.port, smtp_user="anna@odoo.test", from_filter="anna@odoo.test", smtp_pass="x"
        )

    def no_token(self):
        def login(server, connection, user, password):
            words = "An error occurred when fetching the access token."
            raise UserError(words)

        return patch.object(type(self.server), "_smtp_login__", login)

    def test_no_token(self):
        with self.no_token():
            mail = self.create_mail("a@dest.test", self.server, email_from="anna@odoo.test")
            mail.send()
        self.assertEqual(mail.delivery_status, "deferred", "no mail is lost")
        self.assertEqual(self.server.suspension_reason, "no access token for the login")
        [finding] = self.findings(self.server)
        self.assertEqual(finding.level, "danger")
        self.assertIn("OAuth", finding.text)
        self.assertIn("Connect the account again", finding.advice)

    def test_it_is_found_out_before_somebody_sends(self):
        with self.no_token():
            self.env["ir.mail_server"]._cron_health()
        self.assertEqual(self.server.suspension_reason, "no access token for the login")

    def test_a_login_whose_reply_nobody_reads(self):
        self.smtp.script = {"MAIL": b"530 5.7.0 Authentication Required"}
        with patch.object(type(self.server), "_smtp_login__", lambda *args: None):
            self.env["ir.mail_server"]._cron_health()
        self.assertIn("530 5.7.0", self.server.suspension_reason)
        self.assertIn("Connect the account again", self.findings(self.server)[0].advice)

    def test_one_that_works_is_asked_once_a_day(self):
        for _ in range(3):
            self.env["ir.mail_server"]._cron_health()
        self.assertEqual((self.smtp.connections, self.smtp.messages), (1, []))
        self.assertFalse(self.server.suspension_count)
        self.server.login_check_date -= timedelta(days=2)
        self.env["ir.mail_server"]._cron_health()
        self.assertEqual(self.smtp.connections, 2)

    def test_others_are_not_called(self):
        with patch.object(type(self.server), "_is_oauth", lambda server: False):
            self.env["ir.mail_server"]._cron_health()
            self.assertFalse(self.smtp.connections)
            failure = trouble.from_exception(UserError("x"))
            self.assertEqual(self.server._login_failure(failure), failure)
