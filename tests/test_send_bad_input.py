from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DeliveryCase
from .servers.scripted import ScriptedServer, Step

BASIC = ("SIZE 10240000", "8BITMIME", "ENHANCEDSTATUSCODES")


@tagged("post_install", "-at_install")
class TestSendBadInput(DeliveryCase):
    """What is wrong with one mail, or with a server, is said on that mail; the others go on."""

    def start_server(self, script=None, **options):
        server = self.enterContext(ScriptedServer(script, **options))
        return server, self.create_mail_server(server.port)

    def assertOthersGoOn(self, server, mail, **values):
        """Send the mail between two good ones in one batch."""
        before, after = (self.create_mail("sales@odoo.test", server) for _ in range(2))
        (before + mail + after).send()
        self.assertEqual((before + after).mapped("delivery_status"), ["accepted", "accepted"])
        self.assertEqual((before + after).mapped("state"), ["sent", "sent"])

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
    def test_header_injection(self):
        server, record = self.start_server()
        for name, values in {
            "subject": {"subject": "Hello\r\nBcc: victim@odoo.test"},
            "reply_to": {"reply_to": "a@odoo.test\r\nBcc: victim@odoo.test"},
            "headers": {"headers": repr({"X-Custom": "a\r\nBcc: victim@odoo.test"})},
            "message_id": {"message_id": "<a@odoo.test>\r\nBcc: victim@odoo.test"},
        }.items():
            with self.subTest(name):
                mail = self.create_mail("alice@odoo.test", record, **values)
                self.assertOthersGoOn(record, mail)
                self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
                self.assertTrue(mail.failure_reason)
                self.assertEqual(mail.recipient_status_ids.phase, "local")
                self.assertIn("Header values may not contain linefeed", mail.recipient_status_ids.problem)
        self.assertNotIn(b"victim", b"".join(received.data for received in server.messages))

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
    def test_a_newline_in_an_address_reaches_nobody_else(self):
        server, record = self.start_server()
        mail = self.create_mail("alice@odoo.test\r\nRCPT TO:<victim@odoo.test>", record, email_cc="bob\n@odoo.test")
        self.assertOthersGoOn(record, mail)
        commands = "\n".join(map(str, server.commands))
        self.assertNotIn("victim@odoo.test\r\n", commands)
        for command in server.commands:
            self.assertNotIn("RCPT TO:<victim@odoo.test>\r\nRCPT", str(command))

    def test_non_ascii_address_without_smtputf8(self):
        _server, record = self.start_server(extensions=BASIC)
        mail = self.create_mail("józef@odoo.test", record)
        self.assertOthersGoOn(record, mail)
        self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
        self.assertEqual(mail.recipient_status_ids.mapped("phase"), ["local"])
        self.assertTrue(mail.failure_reason)

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
    def test_no_recipient(self):
        _server, record = self.start_server()
        for email_to in (False, "", " ", "no address at all"):
            with self.subTest(email_to=email_to):
                mail = self.create_mail(email_to, record)
                self.assertOthersGoOn(record, mail)
                self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
                self.assertIn(mail.failure_type, ("mail_email_missing", "mail_email_invalid"))
                self.assertRegex(mail.failure_reason, "(?i)valid (recipient|e-mail) address")

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
    def test_no_valid_sender(self):
        _server, record = self.start_server()
        self.env.company.alias_domain_id = False
        mail = self.create_mail("alice@odoo.test", record, email_from="nonsense")
        mail.send()
        self.assertEqual((mail.state, mail.failure_type), ("exception", "mail_from_invalid"))

    def test_a_reply_of_100_kb(self):
        long = b"250 2.0.0 Ok: queued as ABCDEF0123 " + b"x" * 100_000 + b"\r\n"
        _server, record = self.start_server({".": [None, long]})
        mail = self.create_mail("alice@odoo.test", record)
        self.assertOthersGoOn(record, mail)
        self.assertEqual(mail.delivery_status, "accepted")
        self.assertEqual(mail.smtp_receipt, "ABCDEF0123")
        self.assertLess(len(mail.smtp_reply), 5000)

    def test_garbage_before_and_after_the_content(self):
        server, record = self.start_server({"RCPT alice@odoo.test": b"\xff\xfe\x00 what?\r\n"})
        mail = self.create_mail("alice@odoo.test", record)
        self.assertOthersGoOn(record, mail)
        self.assertEqual((mail.state, mail.delivery_status), ("outgoing", "deferred"), "nothing was sent: tried again")
        server, record = self.start_server({".": [None, b"\xff\xfe\x00 what?\r\n"]})
        mail = self.create_mail("alice@odoo.test", record)
        self.assertOthersGoOn(record, mail)
        self.assertEqual((mail.state, mail.delivery_status), ("exception", "unknown"), "it may have been taken")

    def test_eight_bit_and_null_in_a_reply(self):
        _server, record = self.start_server({"RCPT": b"550 5.1.1 Nie ma takiego u\xc5\xbcytkownika\x00 \x1b[31m\r\n"})
        mail = self.create_mail("alice@odoo.test", record)
        mail.send()
        self.assertIn("Nie ma takiego użytkownika", mail.recipient_status_ids.smtp_reply)
        self.assertNotIn("\x1b", mail.recipient_status_ids.smtp_reply)

    def test_connection_lost_before_the_data_is_no_loss(self):
        _server, record = self.start_server({"DATA": [None, Step(drop=True)]})
        mail = self.create_mail("alice@odoo.test", record)
        self.assertOthersGoOn(record, mail)
        self.assertEqual((mail.state, mail.delivery_status), ("outgoing", "deferred"))
        self.assertEqual(mail.recipient_status_ids.problem, "connection lost")

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
    def test_a_mail_that_cannot_be_rendered(self):
        server, record = self.start_server()
        mail = self.create_mail("alice@odoo.test", record)
        original = type(mail)._prepare_outgoing_body

        def fail(self):
            if self == mail:
                raise KeyError("no such field")
            return original(self)

        self.patch(type(mail), "_prepare_outgoing_body", fail)
        self.assertOthersGoOn(record, mail)
        self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
        self.assertIn("no such field", mail.failure_reason)
        self.assertEqual(len(server.messages), 2)

    def test_the_server_goes_away_in_the_middle(self):
        """The first mail is taken, then nobody listens any more: the rest waits, the reason is said once and for all."""
        _server, record = self.start_server(stop_after=1)
        mails = self.env["mail.mail"].union(*(self.create_mail("alice@odoo.test", record) for _ in range(3)))
        mails.send()
        self.assertEqual(mails.mapped("delivery_status"), ["accepted", "deferred", "deferred"])
        self.assertEqual(mails.mapped("state"), ["sent", "outgoing", "outgoing"])
        self.assertIn(mails[2].recipient_status_ids.problem, ("connection refused", "connection lost"))
        self.assertTrue(all(mails[1:].mapped("retry_date")))
