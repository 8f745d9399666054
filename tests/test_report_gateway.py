from time import process_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import REPORT_KINDS, REPORT_RESULTS
from ..tools.report import Kind, Result
from .report_common import ReportCase, auto_reply, delivery_status, receipt, report

NOTICE = "odoo.addons.mail_delivery_status.models.mail_report_notice"


@tagged("post_install", "-at_install")
class TestReportGateway(ReportCase):
    """What comes back to the gateway is told apart, matched and recorded."""

    def test_all_that_a_report_can_say_has_a_label(self):
        self.assertEqual([word for word, _label in REPORT_RESULTS], [result.value for result in Result])
        self.assertEqual([word for word, _label in REPORT_KINDS], [kind.value for kind in Kind])

    def test_bounce_by_envelope_id(self):
        mail = self.send()
        row = mail.recipient_status_ids
        found = self.take_in(report(delivery_status("alice@dest.test"), envelope_id=row.envelope_id))
        self.assertEqual((found.state, found.kind, found.result, found.problem), ("matched", "dsn", "failed", False))
        self.assertEqual((row.state, mail.delivery_status), ("bounced", "bounced"))
        self.assertEqual((row.bounce_type, row.bounce_code), ("hard", "5.1.1"))
        self.assertIn("User unknown", row.bounce_reason)
        self.assertIn("no such mailbox", row.bounce_meaning)
        self.assertEqual(str(row.bounce_date), "2026-06-15 13:41:06", "when the report was written, in UTC")
        self.assertEqual((mail.bounce_type, mail.bounce_code), ("hard", "5.1.1"))
        self.assertEqual(mail.state, "sent", "core's word stays")
        self.assertEqual((found.mail_mail_id, found.message_id), (mail, mail.message_id))
        self.assertEqual(row.report_line_ids.report_id, found)
        self.assertIn(b"Reporting-MTA", found.source_id.raw)
        self.assertEqual(found.source_id.mimetype, "message/rfc822")
        self.assertEqual(found.origin, "gateway")

    def test_the_ways_to_name_a_mail(self):
        """Returned header, VERP address, Message-ID and recipient, receipt and recipient."""
        block = delivery_status("alice@dest.test")
        ways = {
            "returned header": lambda row: report(block, token=row.envelope_id, own_id="1@x"),
            "VERP": lambda row: report(block, to=f"bounce+{row.envelope_id}@odoo.test", own_id="2@x"),
            "Message-ID": lambda row: report(block, message_id=row.message_id, own_id="3@x"),
            "receipt": lambda row: report(block, queue_id=row.smtp_receipt, own_id="4@x"),
        }
        for number, (name, make) in enumerate(ways.items()):
            with self.subTest(name):
                self.smtp.script = {".": f"250 2.0.0 Ok: queued as 4F2A31B0C{number}\r\n".encode()}
                row = self.send().recipient_status_ids
                self.assertEqual(self.take_in(make(row)).state, "matched")
                self.assertEqual(row.state, "bounced")

    def test_ids_that_a_provider_gave(self):
        """Microsoft 365 and SES replace the Message-ID; their reply names the new one."""
        replies = {
            b"250 2.0.0 OK <AM0PR01@eurprd01.prod.outlook.com> [Hostname=AM0PR01.prod.outlook.com]": "<AM0PR01@eurprd01.prod.outlook.com>",
            b"250 Ok 0100018f-aa-000000": "<0100018f-aa-000000@eu-west-1.amazonses.com>",
        }
        for reply, message_id in replies.items():
            with self.subTest(reply=reply):
                self.smtp.script = {".": reply}
                row = self.send().recipient_status_ids
                self.assertTrue(row.smtp_receipt, row.smtp_reply)
                self.take_in(report(delivery_status("alice@dest.test"), message_id=message_id, own_id=message_id[1:9]))
                self.assertEqual(row.state, "bounced")

    def test_original_recipient_goes_before_final(self):
        mail = self.send("alice@dest.test, bob@dest.test")
        alice, bob = mail.recipient_status_ids.sorted("email")
        block = delivery_status("bob@dest.test", original="alice@dest.test")
        self.take_in(report(block, token=alice.envelope_id, message_id=mail.message_id))
        self.assertEqual((alice.state, bob.state), ("bounced", "accepted"), "alice forwards to bob")

    def test_two_recipients_one_bounced(self):
        mail = self.send("alice@dest.test, bob@dest.test")
        found = self.take_in(
            report(delivery_status("bob@dest.test"), envelope_id=mail.recipient_status_ids[0].envelope_id)
        )
        self.assertEqual(self.states(mail), {"alice@dest.test": "accepted", "bob@dest.test": "bounced"})
        self.assertEqual(mail.delivery_status, "partial")
        self.assertEqual(found.emails, "bob@dest.test")

    def test_two_recipients_both_failed(self):
        mail = self.send("alice@dest.test, bob@dest.test")
        blocks = [
            delivery_status("alice@dest.test"),
            delivery_status("bob@dest.test", status="5.2.2", diagnostic="552 5.2.2 full"),
        ]
        self.take_in(report(*blocks, envelope_id=mail.recipient_status_ids[0].envelope_id))
        self.assertEqual(self.states(mail), {"alice@dest.test": "bounced", "bob@dest.test": "bounced"})
        rows = {row.email: row for row in mail.recipient_status_ids}
        self.assertEqual((rows["bob@dest.test"].bounce_type, rows["bob@dest.test"].bounce_code), ("soft", "5.2.2"))

    def test_what_is_no_bounce_is_not_booked_as_one(self):
        partner = self.create_partners("alice@dest.test")
        document, mail = self.send_document(partner)
        row = mail.recipient_status_ids
        token = row.envelope_id
        notification = mail.mail_message_id.notification_ids
        steps = (
            (
                report(delivery_status("alice@dest.test", "delayed", "4.4.1"), envelope_id=token, own_id="1@x"),
                "delayed",
            ),
            (
                report(delivery_status("alice@dest.test", "relayed", "2.0.0"), envelope_id=token, own_id="2@x"),
                "relayed",
            ),
            (
                report(delivery_status("alice@dest.test", "delivered", "2.0.0"), envelope_id=token, own_id="3@x"),
                "delivered",
            ),
            (receipt("alice@dest.test", mail.message_id, "deleted", own_id="4@x"), "delivered"),
            (receipt("alice@dest.test", mail.message_id, own_id="5@x"), "read"),
        )
        for source, state in steps:
            found = self.take_in(source)
            self.assertEqual((found.state, row.state), ("matched", state))
            self.assertEqual(partner.message_bounce, 0)
            self.assertEqual(notification.notification_status, "sent")
            self.assertFalse(row.bounce_date)
        self.assertEqual(str(row.read_date), "2026-06-15 14:00:00")
        self.assertEqual((mail.delivery_status, mail.read_date), ("read", row.read_date))
        self.assertFalse(document.message_ids.filtered(lambda message: "came back" in message.body))

    def test_how_long_a_delayed_mail_is_tried(self):
        """RFC 3464 §2.3.9."""
        row = self.send().recipient_status_ids
        until = "Will-Retry-Until: Sat, 20 Jun 2026 15:41:06 +0200\n"
        delayed = delivery_status("alice@dest.test", "delayed", "4.4.1") + until
        line = self.take_in(report(delayed, envelope_id=row.envelope_id, own_id="1@x")).line_ids
        self.assertEqual((str(line.retry_until), row.state), ("2026-06-20 13:41:06", "delayed"))
        self.assertEqual(row.report_line_ids, line)
        failed = delivery_status("alice@dest.test") + until
        line = self.take_in(report(failed, envelope_id=row.envelope_id, own_id="2@x")).line_ids
        self.assertEqual((line.retry_until, row.state), (False, "bounced"), "it is not tried any more")

    def test_late_and_contradicting_reports_follow_the_state_table(self):
        row = self.send().recipient_status_ids
        token = row.envelope_id
        self.take_in(report(delivery_status("alice@dest.test", "delivered", "2.0.0"), envelope_id=token, own_id="1@x"))
        late = self.take_in(
            report(delivery_status("alice@dest.test", "delayed", "4.4.1"), envelope_id=token, own_id="2@x")
        )
        self.assertEqual((row.state, late.state, late.line_ids.state), ("delivered", "matched", "known"))
        self.take_in(report(delivery_status("alice@dest.test"), envelope_id=token, own_id="3@x"))
        self.assertEqual(row.state, "bounced", "delivered to one system, it can come back from the next")

    def test_the_same_report_twice(self):
        partner = self.create_partners("alice@dest.test")
        document, mail = self.send_document(partner)
        source = report(delivery_status("alice@dest.test"), envelope_id=mail.recipient_status_ids.envelope_id)
        found = self.take_in(source)
        self.assertFalse(self.take_in(source))
        postmaster = source.replace(b"report-1@", b"double-bounce-2@").replace(
            b"Undelivered", b"Postmaster Copy: Undelivered"
        )
        self.assertFalse(self.take_in(postmaster.replace(b"To: bounce@", b"To: postmaster@")))
        self.assertEqual(found.copy_count, 2)
        self.assertEqual(partner.message_bounce, 1)
        notes = document.message_ids.filtered(lambda message: "came back" in message.body)
        self.assertEqual(len(notes), 1)

    def test_an_unmatched_report_twice(self):
        source = report(delivery_status("alice@dest.test"), envelope_id="0" * 32)
        self.assertEqual(len(self.take_in(source)), 1)
        self.assertFalse(self.take_in(source))

    def test_an_unknown_outcome_is_settled_by_a_report(self):
        self.smtp.script = {".": [None]}
        mail = self.send()
        row = mail.recipient_status_ids
        row._with_evidence_token().write({"state": "unknown"})
        mail._update_summary(state="exception")
        self.take_in(report(delivery_status("alice@dest.test", "delivered", "2.0.0"), envelope_id=row.envelope_id))
        self.assertEqual((row.state, mail.delivery_status, mail.state), ("delivered", "delivered", "sent"))

    def test_the_mail_is_gone(self):
        """The evidence outlives the mail."""
        mail = self.send()
        row = mail.recipient_status_ids
        mail.unlink()
        found = self.take_in(report(delivery_status("alice@dest.test"), envelope_id=row.envelope_id))
        self.assertEqual((found.state, row.state), ("matched", "bounced"))

    def test_an_address_in_other_spelling(self):
        row = self.send("Alice@Dest.test").recipient_status_ids
        block = delivery_status("aLICE@DEST.TEST")
        self.take_in(report(block, envelope_id=row.envelope_id))
        self.assertEqual(row.state, "bounced")

    def test_complaint(self):
        partner = self.create_partners("alice@dest.test")
        document, mail = self.send_document(partner)
        source = (
            "Return-Path: <>\nFrom: fbl@dest.test\nTo: bounce@odoo.test\nSubject: complaint\nMessage-ID: <fbl@x>\n"
            "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=B\n\n"
            "--B\nContent-Type: text/plain\n\nA complaint.\n\n--B\nContent-Type: message/feedback-report\n\n"
            "Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\nOriginal-Rcpt-To: alice@dest.test\n\n"
            f"--B\nContent-Type: message/rfc822\n\nFrom: sales@odoo.test\nMessage-ID: {mail.message_id}\nSubject: x\n\nx\n--B--\n"
        ).encode()
        found = self.take_in(source)
        self.assertEqual((found.state, found.kind, found.result), ("matched", "feedback", "complaint"))
        self.assertEqual(mail.recipient_status_ids.state, "accepted")
        self.assertEqual(partner.message_bounce, 0)
        self.assertIn("marked this e-mail as spam", document.message_ids[0].body)

    def test_auto_reply_to_the_bounce_address(self):
        """RFC 3834 §4 sends it there. Core would book it as a bounce of the only recipient."""
        partner = self.create_partners("alice@dest.test")
        _document, mail = self.send_document(partner)
        found = self.take_in(auto_reply("alice@dest.test", mail.message_id))
        self.assertEqual((found.kind, found.state), ("auto_reply", "matched"))
        self.assertEqual((mail.recipient_status_ids.state, partner.message_bounce), ("accepted", 0))
        self.assertEqual(mail.mail_message_id.notification_ids.notification_status, "sent")

    def test_auto_reply_to_an_ordinary_address_goes_its_way(self):
        partner = self.create_partners("alice@dest.test")
        document, mail = self.send_document(partner)
        self.assertFalse(self.take_in(auto_reply("alice@dest.test", mail.message_id, to="catchall@odoo.test")))
        self.assertIn("I am away", document.message_ids[0].body)

    def test_ordinary_mail_goes_its_way(self):
        partner = self.create_partners("alice@dest.test")
        document, mail = self.send_document(partner)
        source = (
            f"From: alice@dest.test\nTo: catchall@odoo.test\nSubject: Re: Invoice\nMessage-ID: <reply@dest.test>\n"
            f"In-Reply-To: {mail.message_id}\n\nDelivery has failed? No, thank you.\n"
        ).encode()
        self.assertFalse(self.take_in(source))
        self.assertIn("thank you", document.message_ids[0].body)

    def test_what_cannot_be_read_is_kept(self):
        unreadable = {
            "to the bounce address": b"From: bob@dest.test\nTo: bounce@odoo.test\nSubject: Huh\nMessage-ID: <1@x>\n\nWhat?\n",
            "from a mail system": b"From: MAILER-DAEMON@mx.test\nTo: x@odoo.test\nReturn-Path: <>\nMessage-ID: <2@x>\n\nHm.\n",
        }
        for name, source in unreadable.items():
            with self.subTest(name):
                found = self.take_in(source)
                self.assertEqual((found.state, found.problem, found.kind), ("unmatched", "unreadable", "none"))
                self.assertEqual(found.source_id.raw, source)

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_thread")
    def test_a_real_report_that_core_stumbles_over_is_kept(self):
        """Core's own parser ends with "string index out of range"."""
        source = b"From: a@mx.test\nTo: x@odoo.test\nMessage-ID: <3@x>\nContent-Type: multipart/report; boundary=B\n\n--B--\n"
        found = self.take_in(source)
        self.assertEqual((found.state, found.problem, found.kind), ("unmatched", "error", "none"))

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_thread")
    def test_what_core_stumbles_over_is_kept(self):
        source = b"From: MAILER-DAEMON@mx.test\nTo: bounce@odoo.test\nReturn-Path: <>\nMessage-ID: <2@x>\n\nHm.\n"

        def stumble(*_args, **_kwargs):
            raise ValueError("core cannot read this")

        self.patch(self.registry["mail.thread"], "message_parse", stumble)
        found = self.take_in(source)
        self.assertEqual((found.state, found.problem), ("unmatched", "error"))
        self.assertEqual(found.error, "core cannot read this")

    @mute_logger(NOTICE)
    def test_what_is_recorded_stays_if_nobody_can_be_told(self):
        partner = self.create_partners("alice@dest.test")
        _document, mail = self.send_document(partner)

        def stumble(*_args, **_kwargs):
            raise ValueError("no note today")

        self.patch(self.registry["mail.report.notice"], "_tell_document", stumble)
        self.take_in(report(delivery_status("alice@dest.test"), envelope_id=mail.recipient_status_ids.envelope_id))
        self.assertEqual(mail.recipient_status_ids.state, "bounced")

    def test_a_report_of_a_hundred_thousand_parts(self):
        """Core would take hours; what comes of a report, with all that is told of it, takes no half second."""
        partner = self.create_partners("alice@dest.test")
        _document, mail = self.send_document(partner)
        row = mail.recipient_status_ids
        source = report(delivery_status("alice@dest.test"), envelope_id=row.envelope_id)
        source = source.replace(b"\n--B--\n", b"\n--B\nContent-Type: text/plain\n\nhello\n" * 100_000 + b"\n--B--\n")
        start = process_time()
        self.take_in(source)
        self.assertLess(process_time() - start, 0.5)
        self.assertEqual((row.state, partner.message_bounce), ("bounced", 1))

    def test_bytes_that_no_database_takes(self):
        row = self.send().recipient_status_ids
        source = report(
            delivery_status("alice@dest.test", diagnostic="550 5.1.1 a\0b \xff".strip()), envelope_id=row.envelope_id
        )
        self.take_in(source.replace(b"Subject: Undelivered", b"Subject: \0\xff Undelivered"))
        self.assertEqual(row.state, "bounced")

    def test_the_note_the_notification_and_the_counter(self):
        alice, bob = self.create_partners("alice@dest.test", "bob@dest.test")
        document, mail = self.send_document(alice + bob)
        rows = {row.partner_id: row for row in mail.recipient_status_ids}
        sent = len(self.smtp.messages)
        self.take_in(report(delivery_status("bob@dest.test"), envelope_id=rows[bob].envelope_id))
        self.assertEqual((rows[alice].state, rows[bob].state), ("accepted", "bounced"))
        self.assertEqual((alice.message_bounce, bob.message_bounce), (0, 1))
        notifications = {one.res_partner_id: one for one in mail.mail_message_id.notification_ids}
        self.assertEqual(notifications[alice].notification_status, "sent")
        self.assertEqual(notifications[bob].notification_status, "bounce")
        self.assertEqual(notifications[bob].failure_type, "mail_bounce")
        self.assertIn("no such mailbox", notifications[bob].failure_reason)
        self.assertIn("User unknown", notifications[bob].failure_reason)
        note = document.message_ids[0]
        self.assertIn("This e-mail came back: Invoice", note.body)
        self.assertIn("bob@dest.test", note.body)
        self.assertNotIn("alice@dest.test", note.body)
        self.assertTrue(note.is_internal)
        self.assertFalse(note.notification_ids)
        self.assertFalse(note.attachment_ids, "the report holds the token of the envelope")
        self.env.cr.postcommit.run()
        self.assertEqual(len(self.smtp.messages), sent, "no mail was sent out")

    def test_markup_in_a_report_is_text(self):
        partner = self.create_partners("alice@dest.test")
        document, mail = self.send_document(partner)
        block = delivery_status(
            "alice@dest.test", diagnostic="550 5.1.1 <img src=//evil.test/x.png><script>alert(1)</script>"
        )
        self.take_in(report(block, envelope_id=mail.recipient_status_ids.envelope_id))
        body = document.message_ids[0].body
        self.assertIn("&lt;img", body)
        self.assertNotIn("<script", body)

    def test_the_author_is_told_as_the_settings_say(self):
        partner = self.create_partners("alice@dest.test")
        parameter = "mail_delivery_status.bounce_notice"
        user = self.env["res.users"].create({"name": "Author", "login": "author", "email": "author@odoo.test"})
        told = []
        bus = self.registry["res.partner"]
        self.patch(bus, "_bus_send", lambda partner, kind, *_args, **_kwargs: told.append((partner, kind)))
        for number, (how, activities) in enumerate((("notification", 0), ("activity", 1), ("nothing", 0))):
            with self.subTest(how):
                self.env["ir.config_parameter"].set_param(parameter, how)
                document, mail = self.send_document(partner, author=user.partner_id)
                token = mail.recipient_status_ids.envelope_id
                told.clear()
                self.take_in(report(delivery_status("alice@dest.test"), envelope_id=token, own_id=f"{number}@x"))
                self.assertEqual(len(document.activity_ids.filtered(lambda one: one.user_id == user)), activities)
                self.assertEqual((user.partner_id, "simple_notification") in told, how == "notification")

    def test_a_late_word_about_an_earlier_attempt(self):
        """The mail was sent again meanwhile, and that went well."""
        mail = self.send()
        row = mail.recipient_status_ids
        first = row.envelope_id
        row._with_evidence_token().write({"state": "queued"})
        mail.state = "outgoing"
        mail.send()
        self.assertNotEqual(row.envelope_id, first)
        found = self.take_in(report(delivery_status("alice@dest.test"), envelope_id=first))
        self.assertEqual((found.state, found.line_ids.state, row.state), ("matched", "known", "accepted"))

    def test_what_cannot_be_recorded_is_kept_as_unmatched(self):
        row = self.send().recipient_status_ids

        def stumble(*_args, **_kwargs):
            raise ValueError("no state today")

        self.patch(self.registry["mail.recipient"], "_apply_event", stumble)
        with mute_logger("odoo.addons.mail_delivery_status.models.mail_report"):
            found = self.take_in(report(delivery_status("alice@dest.test"), envelope_id=row.envelope_id))
        self.assertEqual((found.state, found.problem, found.error), ("unmatched", "error", "no state today"))
        self.assertEqual((found.line_ids.state, row.state), ("unmatched", "accepted"))
