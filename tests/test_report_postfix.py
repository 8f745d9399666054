import time
import unittest

from odoo.tests import tagged

from .report_common import report  # noqa: F401
from .servers import exim
from .servers.exim import Exim
from .test_report_watch import WatchCase

BOUNCES = "bounce@odoo.test"


@tagged("post_install", "-at_install", "slow")
class TestReportPostfix(WatchCase):
    """From the mail to the real server and its report, through Dovecot and the watch, back to the Sent tab."""

    def setUp(self):
        super().setUp()
        self.dovecot.clear(BOUNCES)
        self.server = self.create_mail_server(self.postfix.ports.smtp)
        self.watch = self.create_watch(BOUNCES)

    def wait_for(self, row, *states, seconds=30):
        """Look into the mailbox until the recipient is in one of the states.

        :return: the states that it went through
        """
        seen, end = [row.state], time.monotonic() + seconds
        while seen[-1] not in states and time.monotonic() < end:
            time.sleep(0.3)
            self.look()
            if row.state != seen[-1]:
                seen.append(row.state)
        self.assertFalse(self.watch.report_error)
        self.assertIn(seen[-1], states, f"{row.email} went through {seen}")
        return seen

    def test_unknown_user(self):
        document, mail = self.send_document(self.create_partners("nobody@dest.test"))
        row = mail.recipient_status_ids
        self.assertEqual(row.state, "accepted")
        self.wait_for(row, "bounced")
        self.assertEqual((row.bounce_type, row.bounce_code, mail.delivery_status), ("hard", "5.1.1", "bounced"))
        self.assertIn("nobody@dest.test", row.bounce_reason)
        self.assertIn("no such mailbox", row.bounce_meaning)
        found = row.report_line_ids.report_id
        self.assertEqual(found.envelope_id, row.envelope_id, "Postfix brought the ENVID back")
        self.assertIn(row.smtp_receipt, found.queue_ids)
        self.assertIn("came back", document.message_ids[0].body)
        self.assertEqual(mail.mail_message_id.notification_ids.notification_status, "bounce")

    def test_mailbox_full(self):
        mail = self.send("full@dest.test", body_html=f"<p>{'x ' * 15_000}</p>")
        row = mail.recipient_status_ids
        self.wait_for(row, "bounced")
        self.assertEqual((row.bounce_type, row.bounce_code), ("soft", "5.2.2"))
        self.assertIn("full", row.bounce_meaning)

    def test_delayed_then_failed(self):
        row = self.send("x@refused.test").recipient_status_ids
        seen = self.wait_for(row, "bounced")
        self.assertEqual(seen, ["accepted", "delayed", "bounced"])
        self.assertEqual(row.bounce_type, "soft")

    def test_success_is_reported_if_asked_for(self):
        self.server.is_dsn_success = True
        row = self.send("alice@dest.test").recipient_status_ids
        self.wait_for(row, "relayed", "delivered")
        self.assertFalse(row.bounce_date)

    def test_two_recipients_one_bounced(self):
        mail = self.send("alice@dest.test, nobody@dest.test")
        row = mail.recipient_status_ids.filtered(lambda row: row.email == "nobody@dest.test")
        self.wait_for(row, "bounced")
        self.assertEqual(self.states(mail), {"alice@dest.test": "accepted", "nobody@dest.test": "bounced"})
        self.assertEqual(mail.delivery_status, "partial")

    def test_own_return_address(self):
        self.server.is_verp = True
        row = self.send("nobody@dest.test").recipient_status_ids
        self.assertEqual(row.transaction_id.sender, f"bounce+{row.envelope_id}@odoo.test")
        self.wait_for(row, "bounced")
        self.assertIn(f"bounce+{row.envelope_id}".encode(), row.report_line_ids.report_id.source_id.raw)

    @unittest.skipIf(exim.available(), "Exim cannot run here")
    def test_exim(self):
        """Other habits: 5.0.0 for everything, its reason in the diagnostic alone."""
        with Exim(self.site.folder / "report-exim", self.dovecot.lmtp_port, self.site.authority) as server:
            self.server = self.create_mail_server(server.port)
            unknown = self.send("nobody@dest.test").recipient_status_ids
            full = self.send("full@dest.test", body_html=f"<p>{'x ' * 15_000}</p>").recipient_status_ids
            refused = self.send("x@refused.test").recipient_status_ids
            self.server.is_dsn_success = True
            good = self.send("alice@dest.test").recipient_status_ids
            self.wait_for(unknown, "bounced")
            self.assertEqual((unknown.bounce_type, unknown.bounce_code), ("hard", "5.1.1"))
            self.wait_for(good, "delivered", "relayed")
            self.assertIn("delayed", self.wait_for(refused, "bounced"))
            self.wait_for(full, "bounced")
            self.assertEqual(full.bounce_type, "soft")
