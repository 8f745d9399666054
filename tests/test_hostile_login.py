import base64
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import fetchmail_server, ir_mail_server
from .common import DeliveryCase
from .servers.raw import RawServer, after, drip, endless
from .servers.scripted import ScriptedServer

USER, PASSWORD = "sales@odoo.test", "Geheim+123456/=&"
EHLO = ("AUTH PLAIN LOGIN", "ENHANCEDSTATUSCODES", "PIPELINING")
THREAD_LOG = "odoo.addons.mail_delivery_status.engine.sender"


def forms():
    """The password as a server could write it."""
    whole = f"\0{USER}\0{PASSWORD}"
    return [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), base64.b64encode(whole.encode()).decode()]


class SecretMixin:
    def assertNoSecret(self, *texts):
        for text in texts:
            for form in forms():
                self.assertNotIn(form, str(text))
                self.assertNotIn(form[-14:-4], str(text))


@tagged("post_install", "-at_install")
class TestEchoedLogin(SecretMixin, DeliveryCase):
    """A server that says what it was sent: it shows nowhere."""

    def start(self, script, **values):
        server = self.enterContext(ScriptedServer(script, extensions=EHLO))
        return self.create_mail_server(server.port, smtp_user=USER, smtp_pass=PASSWORD, **values)

    def everything(self, mail, server):
        return [
            mail.read(),
            mail.recipient_status_ids.read(),
            self.transactions(mail),
            server.with_user(self.env.user).read(["suspension_reason", "name"]),
        ]

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_the_login_is_refused(self):
        for form in forms():
            with self.subTest(form=form):
                server = self.start({"AUTH": f"535 5.7.8 I do not like {form}".encode()})
                mail = self.create_mail("alice@odoo.test", server)
                with self.assertLogs("odoo", "DEBUG") as logs:
                    mail.send()
                self.assertEqual(mail.recipient_status_ids.mapped("smtp_code"), [535])
                self.assertNoSecret(logs.output, *self.everything(mail, server))
                with self.assertLogs("odoo", "DEBUG") as logs, self.assertRaises(UserError) as caught:
                    server.smtp_debug = True
                    server.test_smtp_connection()
                self.assertIn("5.7.8", str(caught.exception))
                self.assertNoSecret(logs.output, caught.exception)

    def test_it_is_echoed_later(self):
        for moment in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."):
            for form in forms():
                code = {"CONNECT": "554", "EHLO": "550"}.get(moment, "451")
                server = self.start({moment: [f"{code} 4.3.0 hello {form}".encode()] * 9}, smtp_debug=True)
                mail = self.create_mail("alice@odoo.test", server)
                with (
                    self.subTest(moment, form=form),
                    mute_logger("odoo.addons.mail.models.mail_mail"),
                    self.assertLogs("odoo", "DEBUG") as logs,
                ):
                    mail.send()
                    self.assertIn("deferred", mail.delivery_status)
                    self.assertNoSecret(logs.output, *self.everything(mail, server))
                    if moment in ("MAIL", "RCPT", "DATA", "CONNECT"):
                        with self.assertRaises(UserError) as caught:
                            server.test_smtp_connection()
                        self.assertRegex(str(caught.exception), r"hello .*\*\*\*")
                        self.assertNoSecret(caught.exception)

    def test_what_is_accepted(self):
        server = self.start({".": f"250 2.0.0 Ok: queued as {PASSWORD}".encode()})
        mail = self.create_mail("alice@odoo.test", server)
        mail.send()
        self.assertEqual(mail.delivery_status, "accepted")
        self.assertNoSecret(*self.everything(mail, server))

    def test_fields_of_other_addons(self):
        names = [name for name in self.env["ir.mail_server"]._fields if "token" in name]
        for name in names:
            if self.env["ir.mail_server"]._fields[name].type == "char":
                server = self.create_mail_server(25, **{name: PASSWORD})
                self.assertIn(PASSWORD, server._secrets(server.id))

    def test_endless_and_dripping(self):
        """The whole stage of connecting has an end, and what was wrong is said."""
        greeting, hello = b"220 mx\r\n", b"250-mx\r\n250 AUTH PLAIN\r\n"
        with patch.object(ir_mail_server, "CONNECTING_TIME", 0.5):
            for talk, words in (
                (endless(b"220-welcome\r\n"), "garbled reply"),
                (after([greeting], endless(b"250-x\r\n")), "garbled reply"),
                (drip(b"220-"), "timed out"),
                (after([greeting, hello], drip(b"334-")), "timed out"),
            ):
                with self.subTest(words), RawServer(talk) as raw, mute_logger("odoo.addons.mail.models.mail_mail"):
                    server = self.create_mail_server(raw.port, smtp_user=USER, smtp_pass=PASSWORD)
                    mail = self.create_mail("alice@odoo.test", server)
                    mail.send()
                    self.assertEqual(mail.recipient_status_ids.problem, words)
                    self.assertTrue(mail.retry_date)
                    with self.assertRaises(UserError):
                        server.test_smtp_connection()


@tagged("post_install", "-at_install")
class TestHostileMailbox(SecretMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_values: 60)

    def watch(self, port, **values):
        return self.env["fetchmail.server"].create(
            {
                "name": "hostile",
                "server": "127.0.0.1",
                "port": port,
                "user": USER,
                "password": PASSWORD,
                "is_report_watch": True,
                "state": "done",
                **values,
            }
        )

    def echo(self, sock):
        sock.sendall(b"* OK ready\r\n")
        with sock.makefile("rb") as file:
            for line in file:
                tag = line.split()[0]
                if b"CAPABILITY" in line:
                    sock.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
                else:
                    said = b"login " + line.strip() + b" " + forms()[2].encode()
                    sock.sendall(b"* OK " + said + b"\r\n" + tag + b" NO [AUTHENTICATIONFAILED] " + said + b"\r\n")

    def test_an_echoed_login(self):
        with RawServer(self.echo) as raw:
            server = self.watch(raw.port)
            with self.assertLogs("odoo", "DEBUG") as logs:
                server._watch()
                with self.assertRaises(UserError) as caught:
                    server.button_confirm_login()
            self.assertIn("AUTHENTICATIONFAILED", server.report_error)
            self.assertIn("AUTHENTICATIONFAILED", str(caught.exception))
            self.assertNoSecret(logs.output, server.report_error, caught.exception)
            other = self.watch(raw.port, is_report_watch=False)
            with self.assertLogs("odoo", "DEBUG") as logs, patch.object(self.env.cr, "commit", lambda: None):
                other._fetch_mail()
            self.assertNoSecret(logs.output, other.error_message)

    def test_a_pop_server(self):
        def talk(sock):
            sock.sendall(b"+OK ready\r\n")
            with sock.makefile("rb") as file:
                for line in file:
                    sock.sendall(b"-ERR " + line if line.startswith(b"PASS") else b"+OK\r\n")

        with RawServer(talk) as raw:
            server = self.watch(raw.port, is_report_watch=False, server_type="pop")
            with self.assertLogs("odoo", "DEBUG") as logs, self.assertRaises(UserError) as caught:
                server.button_confirm_login()
            self.assertNoSecret(logs.output, caught.exception)

    def test_endless_and_dripping(self):
        with patch.object(fetchmail_server, "CONNECTING_TIME", 0.5):
            for talk in (endless(b"* 1 EXISTS\r\n"), drip(b"* OK"), after([b"* OK\r\n"], drip(b"* 1 EXISTS\r\n"))):
                with RawServer(talk) as raw, mute_logger("odoo.addons.mail_delivery_status.models.fetchmail_server"):
                    server = self.watch(raw.port)
                    server._watch()
                    self.assertTrue(server.report_error)
                    with self.assertRaises(UserError):
                        server.button_confirm_login()
