from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DeliveryCase
from .servers.process import free_ports
from .servers.smtp_sink import smtp_sink

PASSWORD = "not-the-password-9c1f"


@tagged("post_install", "-at_install")
class TestSendPostfix(DeliveryCase):
    """Mails sent to a real Postfix: what the Sent tab shows is what the server said."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()
        cls.server = cls.create_mail_server(cls.postfix.ports.smtp)

    def test_accepted_with_the_receipt_from_the_servers_own_log(self):
        mail = self.create_mail("sales@odoo.test", self.server)
        mail.send()
        self.assertEqual(mail.state, "sent")
        self.assertEqual(mail.delivery_status, "accepted")
        row = mail.recipient_status_ids
        self.assertEqual((row.email, row.state, row.kind), ("sales@odoo.test", "accepted", "to"))
        self.assertEqual((row.smtp_code, row.smtp_enhanced_code), (250, "2.0.0"))
        self.assertIn(row.smtp_receipt, row.smtp_reply)
        log = self.postfix.find_in_log(f"{row.smtp_receipt}: message-id={mail.message_id}")
        self.assertTrue(log, "the receipt is the queue id under which Postfix logged this Message-ID")
        self.assertEqual(mail.smtp_receipt, row.smtp_receipt)
        self.assertTrue(mail.accepted_date)

        [transaction] = self.transactions(mail)
        self.assertEqual(transaction["outcome"], "accepted")
        self.assertEqual(transaction["smtp_receipt"], row.smtp_receipt)
        self.assertEqual(transaction["sender"], "bounce@odoo.test")
        self.assertEqual(transaction["smtp_server_name"], f"127.0.0.1:{self.postfix.ports.smtp}")
        self.assertFalse(transaction["tls_version"])
        self.assertTrue(transaction["data_date"] and transaction["end_date"] and transaction["size"])
        self.assertIn(f"ENVID={transaction['envelope_id']}", transaction["transcript"])
        self.assertNotIn("Please find your invoice", transaction["transcript"])

    def test_the_mail_carries_its_envelope_id(self):
        mail = self.create_mail("bounce@odoo.test", self.server)
        mail.send()
        envelope_id = mail.recipient_status_ids.envelope_id
        self.postfix.find_in_log(f"{mail.smtp_receipt}: removed")
        texts = [str(message["X-Envelope-Id"]) for message in self.site.dovecot.messages("bounce@odoo.test")]
        self.assertIn(envelope_id, texts)

    def test_tls_is_recorded(self):
        server = self.create_mail_server(
            self.postfix.ports.submission, smtp_encryption="starttls", smtp_user="sales@odoo.test", smtp_pass="secret"
        )
        mail = self.create_mail("sales@odoo.test", server)
        mail.send()
        self.assertEqual(mail.delivery_status, "accepted")
        [transaction] = self.transactions(mail)
        self.assertEqual(transaction["tls_version"], "TLSv1.3")
        self.assertTrue(transaction["tls_cipher"])
        self.assertNotIn("secret", transaction["transcript"])

    def test_refused_recipient(self):
        mail = self.create_mail("nobody@odoo.test", self.server)
        mail.send()
        self.assertEqual(mail.state, "exception")
        self.assertEqual(mail.failure_type, "mail_email_invalid")
        self.assertIn("nobody@odoo.test: 550 5.1.1 <nobody@odoo.test>: Recipient address rejected", mail.failure_reason)
        self.assertEqual(mail.delivery_status, "refused")
        row = mail.recipient_status_ids
        self.assertEqual((row.smtp_code, row.smtp_enhanced_code, row.phase), (550, "5.1.1", "rcpt"))
        self.assertFalse(row.smtp_receipt)
        self.assertIn("User unknown", row.smtp_reply)

    def test_partly_refused_is_shown_as_such(self):
        mail = self.create_mail(
            "sales@odoo.test, nobody@odoo.test", self.server, email_cc="bounce@odoo.test, policy@odoo.test"
        )
        mail.send()
        self.assertEqual(mail.state, "sent", "core's word: at least one recipient has it")
        self.assertEqual(mail.delivery_status, "partial")
        self.assertEqual(
            self.states(mail),
            {
                "sales@odoo.test": "accepted",
                "nobody@odoo.test": "refused",
                "bounce@odoo.test": "accepted",
                "policy@odoo.test": "refused",
            },
        )
        kinds = {row.email: row.kind for row in mail.recipient_status_ids}
        self.assertEqual((kinds["sales@odoo.test"], kinds["policy@odoo.test"]), ("to", "cc"))
        codes = {row.email: (row.smtp_code, row.smtp_enhanced_code) for row in mail.recipient_status_ids}
        self.assertEqual(codes["policy@odoo.test"], (554, "5.7.1"))
        self.assertEqual(mail.smtp_code, 550, "the summary shows the reply that needs a person")
        [transaction] = self.transactions(mail)
        self.assertEqual(transaction["outcome"], "partial")
        self.assertEqual(len(transaction["recipient_replies"]), 4)

    def test_each_partner_gets_an_email_and_a_row(self):
        partners = self.env["res.partner"].create(
            [
                {"name": "Good", "email": "sales@odoo.test"},
                {"name": "Bad", "email": "nobody@odoo.test"},
                {"name": "None", "email": False},
            ]
        )
        mail = self.create_mail(False, self.server, recipient_ids=[(6, 0, partners.ids)])
        mail.send()
        self.assertEqual(mail.state, "sent")
        self.assertEqual(
            {row.partner_id: row.state for row in mail.recipient_status_ids},
            {partners[0]: "accepted", partners[1]: "refused", partners[2]: "refused"},
        )
        self.assertEqual(len(self.transactions(mail)), 2, "nothing was asked for the partner without an address")

    def test_retry_goes_to_those_who_have_not_got_it(self):
        mail = self.create_mail("sales@odoo.test, overquota@odoo.test", self.server)
        mail.send()
        self.assertEqual(self.states(mail), {"sales@odoo.test": "accepted", "overquota@odoo.test": "deferred"})
        self.assertEqual(mail.state, "outgoing", "it waits in the buffer")
        self.assertGreater(mail.retry_date, mail.first_attempt_date)
        mail.send()
        first, second = self.transactions(mail)
        self.assertEqual(first["recipients"].split(), ["sales@odoo.test", "overquota@odoo.test"])
        self.assertEqual(second["recipients"].split(), ["overquota@odoo.test"])
        deferred = mail.recipient_status_ids.filtered(lambda row: row.state == "deferred")
        self.assertEqual(deferred.envelope_id, second["envelope_id"], "the line shows the last attempt")
        self.assertEqual(mail.attempt_count, 2)

    def test_a_persons_retry_does_not_double(self):
        mail = self.create_mail("sales@odoo.test, nobody@odoo.test", self.server)
        mail.send()
        mail.mark_outgoing()
        self.assertEqual(self.states(mail), {"sales@odoo.test": "accepted", "nobody@odoo.test": "queued"})
        mail.send()
        self.assertEqual(self.transactions(mail)[-1]["recipients"], "nobody@odoo.test")
        self.assertEqual(mail.delivery_status, "partial")

    def test_too_big(self):
        server = self.create_mail_server(self.postfix.ports.size_limit)
        mail = self.create_mail("sales@odoo.test", server, body_html=f"<p>{'x ' * 150_000}</p>")
        mail.send()
        self.assertEqual(mail.state, "exception")
        row = mail.recipient_status_ids
        self.assertEqual((row.smtp_code, row.smtp_enhanced_code, row.phase), (552, "5.3.4", "mail"))
        self.assertIn("Message size exceeds fixed limit", mail.failure_reason)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_wrong_password_is_the_servers_trouble(self):
        server = self.create_mail_server(
            self.postfix.ports.submission, smtp_encryption="starttls", smtp_user="sales@odoo.test", smtp_pass=PASSWORD
        )
        mail = self.create_mail("sales@odoo.test", server)
        with self.assertLogs("odoo", "DEBUG") as logs:
            mail.send()
        row = mail.recipient_status_ids
        self.assertEqual(
            (row.state, row.phase, row.smtp_code, row.smtp_enhanced_code), ("deferred", "auth", 535, "5.7.8")
        )
        self.assertEqual(mail.state, "exception", "core's word for an attempt that found no connection")
        self.assertTrue(mail.retry_date, "the mail stays and is tried again")
        self.assertNotIn(PASSWORD, str(mail.read() + row.read()) + "\n".join(logs.output))

    def test_starttls_required(self):
        server = self.create_mail_server(self.postfix.ports.submission)
        mail = self.create_mail("sales@odoo.test", server)
        mail.send()
        row = mail.recipient_status_ids
        self.assertEqual((row.smtp_code, row.smtp_enhanced_code, row.phase), (530, "5.7.0", "mail"))
        self.assertIn("Must issue a STARTTLS command first", row.smtp_reply)
        self.assertEqual(row.state, "deferred", "the server's settings are at fault, the mail waits")
        self.assertTrue(mail.retry_date)

    def test_greylisted_then_taken(self):
        greylisting = self.create_mail_server(self.postfix.ports.greylist)
        mail = self.create_mail("sales@odoo.test", greylisting)
        mail.send()
        row = mail.recipient_status_ids
        self.assertEqual((row.state, row.smtp_code, row.smtp_enhanced_code), ("deferred", 450, "4.7.1"))
        self.assertEqual((mail.state, mail.delivery_status), ("outgoing", "deferred"))
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(mail.attempt_count, 1, "its next attempt is not due yet")
        mail.mail_server_id = self.server
        mail._update_summary(retry_date=mail.first_attempt_date)
        self.env["mail.mail"].process_email_queue()
        self.assertEqual((mail.state, mail.delivery_status), ("sent", "accepted"))
        self.assertFalse(mail.retry_date)
        self.assertEqual(mail.recipient_status_ids, row, "one line for one address")

    def test_lost_reply_is_unknown_and_not_sent_again(self):
        with smtp_sink("-q", ".") as port:
            mail = self.create_mail("sales@odoo.test", self.create_mail_server(port))
            mail.send()
        row = mail.recipient_status_ids
        self.assertEqual((row.state, row.phase, row.smtp_code), ("unknown", "content", 0))
        self.assertEqual((mail.state, mail.delivery_status), ("exception", "unknown"))
        mail.mail_server_id = self.server
        with self.assertRaisesRegex(UserError, "Try again"):
            mail.action_retry()
        mail.state = "outgoing"
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(len(self.transactions(mail)), 1)
        self.assertEqual((mail.state, mail.delivery_status, mail.attempt_count), ("exception", "unknown", 1))
        self.assertEqual(row.state, "unknown")

        row.action_send_again()
        self.assertEqual((row.state, mail.state), ("queued", "outgoing"))
        mail.send()
        self.assertEqual(row.state, "accepted")

    def test_a_person_settles_an_unknown_outcome(self):
        with smtp_sink("-q", ".") as port:
            mail = self.create_mail("sales@odoo.test", self.create_mail_server(port))
            mail.send()
        mail.recipient_status_ids.action_settle()
        self.assertEqual(mail.recipient_status_ids.state, "accepted")
        self.assertEqual((mail.state, mail.delivery_status), ("sent", "accepted"))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_server_down_then_up(self):
        [port] = free_ports(1)
        server = self.create_mail_server(port)
        mail = self.create_mail("sales@odoo.test", server, email_cc="bounce@odoo.test")
        other = self.create_mail("sales@odoo.test", self.server)
        (mail + other).send()
        self.assertEqual(other.delivery_status, "accepted", "other servers go on")
        self.assertEqual(self.states(mail), {"sales@odoo.test": "deferred", "bounce@odoo.test": "deferred"})
        self.assertEqual(set(mail.recipient_status_ids.mapped("problem")), {"connection refused"})
        self.assertEqual(mail.delivery_status, "deferred")
        server.smtp_port = self.postfix.ports.smtp
        mail._update_summary(retry_date=mail.first_attempt_date)
        self.env["mail.mail"].process_email_queue()
        self.assertEqual((mail.state, mail.delivery_status), ("sent", "accepted"))

    def test_a_dead_connection_does_not_stop_the_others(self):
        """The server closes after the mail for shutdown@: the next mail goes over a new connection."""
        mails = self.env["mail.mail"].union(
            *(self.create_mail(to, self.server) for to in ("sales@odoo.test", "shutdown@odoo.test", "bounce@odoo.test"))
        )
        mails.send()
        self.assertEqual(mails.mapped("delivery_status"), ["accepted", "deferred", "accepted"])

    def test_notifications_and_auto_delete(self):
        """A mail that informs followers: its notifications are written as core would, and it stays."""
        partners = self.env["res.partner"].create(
            [{"name": "Good", "email": "sales@odoo.test"}, {"name": "Bad", "email": "nobody@odoo.test"}]
        )
        record = self.env["res.partner"].create({"name": "Document"})
        message = record.message_post(
            body="Hello", partner_ids=partners.ids, message_type="comment", mail_server_id=self.server.id
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertTrue(mail.auto_delete, "core would have deleted it")
        self.assertEqual(mail.delivery_status, "partial")
        status = {notification.res_partner_id: notification for notification in message.notification_ids}
        self.assertEqual(status[partners[0]].notification_status, "sent")
        self.assertEqual(status[partners[1]].notification_status, "exception")
        self.assertIn("550", status[partners[1]].failure_reason)
        rows = mail.recipient_status_ids
        self.assertEqual(rows.mapped("model"), ["res.partner"] * 2)

        mail.unlink()
        self.assertTrue(rows.exists(), "the evidence outlives the mail")
        self.assertEqual(rows[0].mail_message_id, message)
