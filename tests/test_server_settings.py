"""Settings of one server: the least TLS version, its own addresses, read receipts, and what is used of the limits."""

import base64
import ssl
from email import message_from_bytes
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import DeliveryCase, MailServerMixin
from .drain_common import DrainCase
from .servers.scripted import EXTENSIONS, ScriptedServer


def tls_context(certificate, least=None, most=None):
    """The TLS of a server with this certificate, of these versions alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    context.minimum_version = least or ssl.TLSVersion.TLSv1_2
    context.maximum_version = most or ssl.TLSVersion.MAXIMUM_SUPPORTED
    return context


@tagged("post_install", "-at_install")
class TestLeastTls(DeliveryCase):
    """A server that speaks only an older TLS than is asked for gets no mail, and none is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()
        cls.authority = cls.postfix.authority

    def send(self, port, **values):
        server = self.create_mail_server(port, **values)
        mail = self.create_mail("sales@odoo.test", server)
        mail.send()
        return server, mail

    def test_real_servers(self):
        for listener, encryption, least, version in (
            ("tls12", "starttls", "1.2", "TLSv1.2"),
            ("tls13", "starttls", "1.2", "TLSv1.3"),
            ("tls13", "starttls", "1.3", "TLSv1.3"),
            ("tls12", "starttls", False, "TLSv1.2"),
            ("smtps", "ssl", "1.3", "TLSv1.3"),
        ):
            with self.subTest(listener=listener, least=least):
                port = getattr(self.postfix.ports, listener)
                server, mail = self.send(port, smtp_encryption=encryption, least_tls=least)
                self.assertEqual(mail.state, "sent")
                self.assertEqual(self.transactions(mail)[0]["tls_version"], version)
                self.assertFalse(server.suspension_count)

    def assert_left_alone(self, server, mail):
        self.assertEqual(mail.delivery_status, "deferred", "no mail is lost")
        self.assertTrue(mail.retry_date)
        self.assertTrue(server.suspended_until)
        self.assertEqual(server.suspension_reason, "no TLS version or cipher in common")
        self.assertIn("the least version in the settings", server._suspension_words())

    def test_a_server_that_speaks_less(self):
        for encryption in ("starttls", "starttls_strict"):
            with self.subTest(encryption=encryption):
                server, mail = self.send(self.postfix.ports.tls12, smtp_encryption=encryption, least_tls="1.3")
                self.assert_left_alone(server, mail)
                server.least_tls = "1.2"
                server.action_resume()
                if encryption == "starttls":
                    mail._put_back()
                    mail.action_send_now()
                    self.assertEqual(mail.delivery_status, "accepted", "it waited")

    def test_a_server_from_another_time(self):
        """It speaks TLS 1.0 and 1.1 alone."""
        server, mail = self.send(self.postfix.ports.old_tls, smtp_encryption="starttls")
        self.assertEqual(server.least_tls, "1.2")
        self.assert_left_alone(server, mail)

    def test_tls_from_the_start(self):
        for encryption in ("ssl", "ssl_strict"):
            context = tls_context(self.authority.good(), most=ssl.TLSVersion.TLSv1_2)
            with self.subTest(encryption=encryption), ScriptedServer(context=context, implicit_tls=True) as smtp:
                server, mail = self.send(smtp.port, smtp_encryption=encryption, least_tls="1.3")
                self.assert_left_alone(server, mail)
                self.assertFalse(smtp.messages)

    def test_with_a_client_certificate(self):
        """Core makes another kind of context then: pyOpenSSL's."""
        good = self.authority.good()
        own = {
            "smtp_authentication": "certificate",
            "smtp_ssl_certificate": base64.b64encode(good.certificate.read_bytes()),
            "smtp_ssl_private_key": base64.b64encode(good.key.read_bytes()),
        }
        for encryption, implicit in (("starttls", False), ("ssl", True)):
            context = tls_context(good, most=ssl.TLSVersion.TLSv1_2)
            with self.subTest(encryption=encryption), ScriptedServer(context=context, implicit_tls=implicit) as smtp:
                server, mail = self.send(smtp.port, smtp_encryption=encryption, least_tls="1.3", **own)
                self.assert_left_alone(server, mail)
                server, mail = self.send(smtp.port, smtp_encryption=encryption, least_tls="1.2", **own)
                self.assertEqual(mail.state, "sent")
                self.assertEqual(self.transactions(mail)[0]["tls_version"], "TLSv1.2")

    def test_a_server_that_core_looks_for(self):
        """Where a mail names no server, core chooses one while it connects."""
        server = self.create_mail_server(self.postfix.ports.tls12, smtp_encryption="starttls", least_tls="1.3")
        with self.assertRaises(ssl.SSLError):
            self.env["ir.mail_server"]._connect__(smtp_from="sales@odoo.test")
        server.least_tls = "1.2"
        self.env["ir.mail_server"]._connect__(smtp_from="sales@odoo.test").close()

    def test_new_servers_ask_for_1_2_and_the_others_stay_as_they_are(self):
        server = self.create_mail_server(25)
        self.assertEqual(server.least_tls, "1.2")
        self.env.cr.execute("UPDATE ir_mail_server SET least_tls = NULL WHERE id = %s", [server.id])
        self.env["ir.mail_server"]._init_column("least_tls")
        server.invalidate_recordset()
        self.assertFalse(server.least_tls)

    def test_the_end_of_the_servers_certificate_is_kept(self):
        server, _mail = self.send(self.postfix.ports.smtp, smtp_encryption="starttls")
        self.assertGreater(server.certificate_end, fields.Datetime.now())
        plain, _mail = self.send(self.postfix.ports.smtp)
        self.assertFalse(plain.certificate_end)


@tagged("post_install", "-at_install")
class TestSettingsInTheBuffer(MailServerMixin, DrainCase):
    """The threads that empty the buffer: really committed mails, over several connections."""

    def test_all_connections_keep_them(self):
        self.require_site()
        seen = []

        def look(_line):
            with self.registry.cursor() as cr:
                server = api.Environment(cr, SUPERUSER_ID, {})["ir.mail_server"].browse(server_id)
                seen.append(server._count_connections())

        context = tls_context(self.postfix.authority.good())
        smtp = self.enterContext(ScriptedServer({"MAIL": look}, context=context))
        server_id = self.create_server(
            smtp.port, smtp_encryption="starttls", least_tls="1.3", return_address="back@mailer.test"
        )
        mails = self.create_mails(60, server_id)
        self.drain()
        self.assertEachOnce(smtp, 60)
        self.assertEqual(set(self.values_of(mails, "delivery_status")), {"accepted"})
        self.assertEqual({one.sender for one in smtp.messages}, {"back@mailer.test"})
        self.assertTrue(1 <= max(seen) <= 3, seen)
        with self.registry.cursor() as cr:
            server = api.Environment(cr, SUPERUSER_ID, {})["ir.mail_server"].browse(server_id)
            self.assertGreater(server.certificate_end, fields.Datetime.now())
            self.assertEqual(server._count_connections(), 0, "the threads are gone")
            self.assertTrue(server.last_accepted_date)
            server.return_address = False
            [finding] = server._health()
            self.assertIn("took the last e-mail", finding.text)
            cr.rollback()

    def test_a_server_that_speaks_less(self):
        self.require_site()
        context = tls_context(self.postfix.authority.good(), most=ssl.TLSVersion.TLSv1_2)
        smtp = self.enterContext(ScriptedServer(context=context))
        server_id = self.create_server(smtp.port, smtp_encryption="starttls", least_tls="1.3")
        mails = self.create_mails(5, server_id)
        self.drain()
        self.assertFalse(smtp.messages)
        self.assertEqual(set(self.values_of(mails, "state")), {"outgoing"}, "they wait")
        with self.env_committed() as env:
            server = env["ir.mail_server"].browse(server_id)
            self.assertTrue(server.waiting_text.startswith("5, the oldest"))
            server.least_tls = "1.2"  # corrected: they go on
            self.assertFalse(server.suspension_count)
        self.due_now(mails)
        self.drain()
        self.assertEachOnce(smtp, 5)


@tagged("post_install", "-at_install")
class TestOwnAddresses(DeliveryCase):
    """A return address and a Reply-To of a server's own."""

    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(ScriptedServer(extensions=EXTENSIONS))
        self.server = self.create_mail_server(
            self.smtp.port, return_address="Back@Mailer.test", reply_to="Office <office@mailer.test>"
        )

    def headers(self, number=-1):
        return message_from_bytes(self.smtp.messages[number].data)

    def test_both_ways_of_sending(self):
        mail = self.create_mail("a@dest.test", self.server, reply_to="catchall@odoo.test")
        mail.send()
        mails = self.create_mail("b@dest.test", self.server) + self.create_mail("c@dest.test", self.server)
        mails.send()
        message = self.env["ir.mail_server"]._build_email__("sales@odoo.test", ["d@dest.test"], "Direct", "text")
        self.env["ir.mail_server"].send_email(message, mail_server_id=self.server.id)
        self.assertEqual([one.sender for one in self.smtp.messages], ["back@mailer.test"] * 4)
        for number in range(4):
            self.assertEqual(self.headers(number)["Reply-To"], "Office <office@mailer.test>")
            self.assertIn(self.headers(number)["Return-Path"], ("back@mailer.test", None))
        self.assertEqual(self.transactions(mail)[0]["sender"], "back@mailer.test")

    def test_an_address_that_somebody_chose_stays(self):
        for reply_to in ("jan@odoo.test", "Project <project-alias@odoo.test>", "a@odoo.test, b@odoo.test"):
            with self.subTest(reply_to=reply_to):
                self.create_mail("a@dest.test", self.server, reply_to=reply_to).send()
                self.assertEqual(self.headers()["Reply-To"], reply_to)

    def test_what_nobody_chose_is_replaced(self):
        for reply_to in (False, "sales@odoo.test", "Company <CatchAll@odoo.test>"):
            with self.subTest(reply_to=reply_to):
                self.create_mail("a@dest.test", self.server, reply_to=reply_to).send()
                self.assertEqual(self.headers()["Reply-To"], "Office <office@mailer.test>")

    def test_without_them_all_is_as_in_core(self):
        self.server.write({"return_address": False, "reply_to": False})
        self.create_mail("a@dest.test", self.server, reply_to="catchall@odoo.test").send()
        self.assertEqual(self.smtp.messages[0].sender, "bounce@odoo.test")
        self.assertEqual(self.headers()["Reply-To"], "catchall@odoo.test")

    def test_an_own_return_address_for_each_mail(self):
        self.server.is_verp = True
        mail = self.create_mail("a@dest.test", self.server)
        mail.send()
        envelope_id = self.transactions(mail)[0]["envelope_id"]
        self.assertEqual(self.smtp.messages[0].sender, f"back+{envelope_id}@mailer.test")

    def test_the_filter_of_senders_does_not_matter(self):
        self.server.from_filter = "odoo.test"
        self.create_mail("a@dest.test", self.server).send()
        self.assertEqual(self.smtp.messages[0].sender, "back@mailer.test")
        self.assertIn("may refuse it as a sender", self.server.return_address_warning)

    def test_the_read_receipt_comes_back_there(self):
        self.create_mail("a@dest.test", self.server, is_receipt_requested=True).send()
        self.assertEqual(self.headers()["Disposition-Notification-To"], "back@mailer.test")

    def test_a_mailbox_that_nobody_reads(self):
        self.assertIn("Nobody in Odoo reads", self.server.return_address_warning)
        self.env["fetchmail.server"].create(
            {"name": "Watch", "server_type": "imap", "is_report_watch": True, "user": "back@mailer.test"}
        )
        self.server.invalidate_recordset()
        self.assertFalse(self.server.return_address_warning)
        self.server.return_address = "bounce@odoo.test"
        self.assertFalse(self.server.return_address_warning, "Odoo's own gateway reads it")

    def test_what_is_no_address(self):
        for name, value in (
            ("return_address", "nobody"),
            ("return_address", "a@x.test, b@x.test"),
            ("return_address", "żaba@x.test"),
            ("return_address", "a@x.test\r\nRCPT TO:<b@x.test>, b@x.test"),
            ("reply_to", "office"),
            ("reply_to", "a@x.test, b@x.test"),
        ):
            with self.subTest(value=value), self.assertRaises(ValidationError):
                self.server[name] = value

    def test_an_international_domain(self):
        self.server.return_address = "zwroty@żaba.example"
        self.create_mail("a@dest.test", self.server).send()
        self.assertEqual(self.smtp.messages[0].sender, "zwroty@xn--aba-22a.example")


@tagged("post_install", "-at_install")
class TestReceiptDefault(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(ScriptedServer())
        self.server = self.create_mail_server(self.smtp.port)
        self.partner = self.env["res.partner"].create({"name": "Customer", "email": "customer@dest.test"})

    def post(self, **values):
        """The mail of a message that somebody writes to the customer."""
        message = self.partner.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner.ids,
            **values,
        )
        return self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])

    def test_the_server_decides_where_nobody_chose(self):
        parameters = self.env["ir.config_parameter"].sudo()
        for setting, wish, expected in (
            ("False", False, False),
            ("False", "yes", True),
            ("True", "no", False),
            ("True", False, True),
        ):
            with self.subTest(setting=setting, wish=wish):
                parameters.set_param("mail_delivery_status.receipt_default", setting)
                self.server.receipt_default = wish
                self.assertEqual(self.env["mail.mail"]._is_receipt_default(), expected)
                with patch.object(type(self.env["mail.mail"]), "send_after_commit", lambda mails: None):
                    self.assertEqual(self.post().is_receipt_requested, expected)
                    self.assertEqual(self.post(is_receipt_requested=not expected).is_receipt_requested, not expected)

    def test_only_mails_over_that_server(self):
        other = self.create_mail_server(self.smtp.port, from_filter="elsewhere.test", receipt_default="yes")
        for email_from, server, expected in (
            ("sales@odoo.test", self.env["ir.mail_server"], False),
            ("anna@elsewhere.test", self.env["ir.mail_server"], True),
            ("sales@odoo.test", other, True),
            ("anna@elsewhere.test", self.server, False),
        ):
            with self.subTest(email_from=email_from, server=server.name):
                message = self.env["mail.message"].create({"email_from": email_from, "mail_server_id": server.id})
                self.assertEqual(self.env["mail.mail"]._is_receipt_default(message), expected)

    def test_it_is_asked_without_a_query(self):
        mails, message = self.env["mail.mail"], self.env["mail.message"].create({"email_from": "sales@odoo.test"})
        mails._is_receipt_default()
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            mails._is_receipt_default()
            mails._is_receipt_default(message)


@tagged("post_install", "-at_install")
class TestUse(DeliveryCase):
    def test_use_of_the_limits(self):
        with ScriptedServer() as smtp:
            server = self.create_mail_server(smtp.port, limit_hour=5)
            other = self.create_mail_server(smtp.port)
            for number in range(3):
                self.create_mail(f"a{number}@dest.test", server).send()
            self.create_mail("other@dest.test", other).send()
        server.invalidate_recordset()
        self.assertEqual(server.use_minute, "3 (no limit)")
        self.assertEqual(server.use_hour, "3 of 5, 2 left")
        self.assertEqual(server.use_day, "3 (no limit)")
        self.assertEqual(server._room(fields.Datetime.now())[0], 2, "the gate counts the same")

    def test_the_settings_are_for_administrators(self):
        clerk = new_test_user(self.env, "settings_clerk", "base.group_user,mail_delivery_status.group_manager")
        server = self.create_mail_server(25, return_address="back@mailer.test")
        for name in ("least_tls", "return_address", "health_text", "use_day", "last_fault"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                server.with_user(clerk).read([name])
