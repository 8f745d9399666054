from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .retention_common import RetentionCase


@tagged("post_install", "-at_install")
class TestRetention(RetentionCase):
    """What a mail says goes after the days of its company; what became of it stays, or goes after its own days."""

    def assert_content(self, mail, is_there):
        self.assertEqual(bool(mail.body_html), is_there)
        self.assertEqual(not mail.content_removed_date, is_there)

    # === CONTENT === #

    def test_content_goes_and_evidence_stays(self):
        old, new = self.sent(), self.sent(days=100)
        file = self.file(old)
        self.run_cron()
        self.assert_content(old, False)
        self.assert_content(new, True)
        self.assertFalse(file.exists())
        self.assertFalse(old.body)
        self.assertEqual(old.subject, "Invoice INV/2026/0001")
        self.assertEqual((old.smtp_receipt, old.recipient_status_ids.smtp_receipt), ("R1", "R1"))
        self.assertIn("older than e-mails are kept", old.text_note)
        self.assertEqual(old.readable_subject, old.subject)
        self.assertFalse(old.evidence_note)

    def test_what_was_sent_byte_by_byte_goes_with_the_text(self):
        old, new = self.sent(), self.sent()
        (old_attempt, old_file), (new_attempt, new_file) = map(self.add_sent_message, (old, new))
        self.make_old(new, 100)
        self.run_cron()
        self.assertFalse(old_attempt.has_sent_message or old_file.exists())
        self.assertTrue(old_attempt.exists())
        self.assertTrue(new_attempt.has_sent_message and new_file.exists())

    def test_what_was_sent_of_a_mail_whose_text_is_gone(self):
        """Odoo would have deleted the mail; what it says stands in the conversation, so it was kept till now."""
        old, new = self.document_mail(), self.document_mail()
        (old + new)._remove_texts()
        (old_attempt, old_file), (new_attempt, new_file) = map(self.add_sent_message, (old, new))
        self.make_old(new, 100)
        self.assertEqual(self.env["mail.retention"]._count_left(), 1)
        self.run_cron()
        self.assertFalse(old_attempt.has_sent_message or old_file.exists())
        self.assertTrue(new_attempt.has_sent_message and new_file.exists())
        self.assertFalse(old.content_removed_date)
        self.assertEqual(self.env["mail.retention"]._count_left(), 0)

    def test_sent_again_it_says_that_the_text_is_gone(self):
        mail = self.sent()
        self.run_cron()
        with self.assertRaisesRegex(UserError, "older than e-mails are kept"):
            mail._check_text_is_kept()
        self.assertTrue(mail._is_text_gone())

    def test_the_message_on_the_document_stays(self):
        """Of a notification, and of a mail by a template that Odoo keeps."""
        notification = self.document_mail()
        message = notification.mail_message_id
        by_template = self.sent(model="res.partner", res_id=self.customer.id, body="<p>Text</p>")
        file = self.file(by_template)
        self.run_cron()
        self.assert_content(notification, False)
        self.assert_content(by_template, False)
        self.assertIn("Your invoice", message.body)
        self.assertIn("Text", by_template.mail_message_id.body)
        self.assertTrue(file.exists())
        self.assertFalse(by_template.text_note)
        by_template._check_text_is_kept()
        self.assertIn("Text", by_template._prepare_outgoing_body())

    def test_what_waits_or_is_unknown_stays(self):
        waiting = self.create_mail()
        retried = self.create_mail()
        retried._update_summary(state="exception", retry_date=fields.Datetime.now())
        self.make_old(waiting + retried, 300)
        unsettled = [self.sent(days=300, state=state) for state in ("unknown", "deferred", "queued")]
        half = self.sent(days=300)
        self.add_row(half, "unknown", "b@dest.test")
        self.make_old(half, 300)
        being_sent = self.sent(days=300)
        self.add_attempt(being_sent, "open")
        self.run_cron()
        for mail in (waiting, retried, *unsettled, half, being_sent):
            self.assert_content(mail, True)

    def test_what_failed_or_was_cancelled_goes(self):
        refused, cancelled = self.sent(state="refused"), self.create_mail()
        refused._update_summary(state="exception")
        cancelled.cancel()
        self.make_old(refused + cancelled, 200)
        self.run_cron()
        self.assert_content(refused, False)
        self.assert_content(cancelled, False)

    def test_counted_from_what_became_of_it_last(self):
        mail = self.sent(days=300)
        self.env.cr.execute(
            SQL("UPDATE mail_recipient SET state_date = %s WHERE mail_mail_id = %s", fields.Datetime.now(), mail.id)
        )
        self.run_cron()
        self.assert_content(mail, True)

    # === FILES === #

    def test_only_files_of_the_mail_alone_go(self):
        mail, other = self.sent(), self.sent(days=10)
        template = self.env["mail.template"].create(
            {"name": "T", "model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        own = [
            self.file(mail),
            self.file(mail, res_id=0),
            self.file(mail, res_model=False, res_id=False),
            self.file(mail, res_model="mail.mail", res_id=mail.id),
        ]
        of_document = self.file(mail, res_model="res.partner", res_id=self.customer.id)
        shared, of_template, public = self.file(mail), self.file(mail), self.file(mail, public=True)
        strange = self.file(mail, res_id=other.mail_message_id.id)
        other.mail_message_id.attachment_ids += shared
        template.attachment_ids = of_template
        self.run_cron()
        self.assertFalse(any(file.exists() for file in own))
        kept = of_document + shared + of_template + public + strange
        self.assertEqual(kept.exists(), kept)
        self.assert_content(mail, False)

    def test_a_file_goes_with_the_last_mail_that_has_it(self):
        first, second = self.sent(), self.sent(days=190)
        file = self.file(first)
        second.mail_message_id.attachment_ids += file
        self.batches_of(1)
        self.run_cron()
        self.assertTrue(file.exists(), "a file of one message is no file of the other")
        self.assertTrue(first.content_removed_date and second.content_removed_date)

    def test_mails_that_share_a_message(self):
        """It goes with the last of them."""
        first = self.sent()
        second = self.create_mail(mail_message_id=first.mail_message_id.id, is_notification=False)
        self.add_row(second)
        second._update_summary(state="sent")
        self.make_old(second, 10)
        file = self.file(first)
        self.run_cron()
        self.assert_content(first, False)
        self.assertTrue(second.body_html and file.exists())
        self.make_old(second, 200)
        self.run_cron()
        self.assert_content(second, False)
        self.assertFalse(file.exists())

    # === COMPANIES === #

    def test_a_company_without_days(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.keep(0)
        self.keep(180, company=other)
        ours, theirs, nobodys = self.sent(), self.sent(record_company_id=other.id), self.sent(record_company_id=False)
        self.run_cron()
        self.assert_content(ours, True)
        self.assert_content(theirs, False)
        self.assert_content(nobodys, True)

    def test_of_no_company_as_long_as_the_longest(self):
        self.env["res.company"].create({"name": "Other", "mail_content_days": 300}).mail_retention_date = False
        self.assertEqual(len(self.env["res.company"].search([("mail_content_days", "=", 0)])), 0)
        mails = [self.sent(days=days, record_company_id=False) for days in (200, 301)]
        self.run_cron()
        self.assert_content(mails[0], True)
        self.assert_content(mails[1], False)

    def test_installing_removes_nothing_by_itself(self):
        """Mails that were there count from that day, until somebody decides."""
        self.company.mail_retention_date = fields.Datetime.now() - timedelta(days=10)
        mail = self.sent(days=3000)
        self.run_cron()
        self.assert_content(mail, True)
        text = self.env["res.config.settings"].create({}).mail_retention_text
        self.assertIn("Nothing is removed before", text)
        self.env["res.config.settings"].create({"mail_content_days": 170}).execute()
        self.assertFalse(self.company.mail_retention_date)
        self.run_cron()
        self.assert_content(mail, False)

    def test_days_that_make_no_sense(self):
        for content, evidence in ((-1, 0), (0, -1), (180, 100), (0, 100)):
            with self.subTest(content=content, evidence=evidence), self.assertRaises(ValidationError):
                self.keep(content, evidence)

    # === EVIDENCE === #

    def test_evidence_goes_after_its_own_days(self):
        old, new = self.sent(days=400), self.sent(days=300)
        self.add_attempt(old)
        self.make_old(old, 400)
        before = self.env["mail.statistics"].search_count([])
        self.run_cron()
        self.assertEqual(len(old.recipient_status_ids + new.recipient_status_ids), 2, "evidence is kept for ever")
        self.keep(180, 365)
        self.run_cron()
        self.assertFalse(old.recipient_status_ids or old.transaction_ids)
        self.assertTrue(new.recipient_status_ids)
        self.assertEqual(
            (old.state, old.delivery_status, old.smtp_receipt, old.smtp_code), ("sent", "accepted", False, 0)
        )
        self.assertIn("was removed on", old.evidence_note)
        self.assertEqual(self.env["mail.statistics"].search_count([]), before - 1)

    def test_what_odoo_would_have_deleted_goes_as_a_whole(self):
        mail = self.sent(days=400, auto_delete=True)
        message = mail.mail_message_id
        mail._remove_texts()
        self.keep(180, 365)
        self.run_cron()
        self.assertFalse(mail.exists() or message.exists())

    def test_evidence_of_a_mail_that_is_gone(self):
        mail = self.sent(days=400)
        row = mail.recipient_status_ids
        mail.unlink()
        self.keep(180, 365)
        self.run_cron()
        self.assertFalse(row.exists())

    def test_evidence_of_what_is_unknown_stays(self):
        mail = self.sent(days=400, state="unknown")
        self.keep(180, 365)
        self.run_cron()
        self.assertTrue(mail.recipient_status_ids)

    # === WHAT CAME BACK === #

    def receive(self, days, state=None):
        source = (
            b"From: MAILER-DAEMON@dest.test\r\nTo: bounce@odoo.test\r\nSubject: failure %d\r\n\r\nfailed\r\n" % days
        )
        self.env["mail.report"]._receive(self.env["mail.report.matcher"]._incoming(source), origin="gateway")
        report = self.env["mail.report"].search([], order="id desc", limit=1)
        values = {"state": state} if state else {}
        report._with_evidence_token().write(values)
        self.env.flush_all()
        created = fields.Datetime.now() - timedelta(days=days)
        self.env.cr.execute(SQL("UPDATE mail_report SET create_date = %s WHERE id = %s", created, report.id))
        return report

    def test_old_sources_go(self):
        old, new, pending = self.receive(200), self.receive(100), self.receive(201, state="pending")
        attachment = old.source_id
        self.assertTrue(attachment)
        self.run_cron()
        self.assertFalse(attachment.exists())
        self.assertTrue(old.exists())
        self.assertTrue(old.subject or old.kind, "what it said stays")
        self.assertTrue(new.source_id)
        self.assertTrue(pending.source_id)

    def test_sources_for_ever(self):
        self.env["res.company"].search([]).write({"mail_content_days": 0})
        report = self.receive(2000)
        self.run_cron()
        self.assertTrue(report.source_id)

    def test_returned_mails_go_with_the_evidence(self):
        mail = self.sent(days=400)
        of_mail, unmatched, young = self.receive(400), self.receive(401), self.receive(300)
        of_mail._with_evidence_token().write({**mail._evidence_values(), "state": "matched"})
        self.env.flush_all()
        self.env["res.company"].search([]).write({"mail_evidence_days": 365})
        self.run_cron()
        self.assertFalse(of_mail.exists() or unmatched.exists())
        self.assertTrue(young.exists())

    # === RUNS === #

    def test_a_crash_in_between(self):
        """What a batch has done stays done, the rest is as it was, and the next run goes on."""
        self.batches_of(2)
        mails = self.env["mail.mail"].union(*(self.sent() for _number in range(6)))
        files = {mail: self.file(mail, name=f"{mail.id}.pdf") for mail in mails}
        cron, calls = type(self.env["ir.cron"]), []
        commit = cron._commit_progress

        def crash(records, processed=0, **kwargs):
            if processed:
                calls.append(processed)
            if len(calls) > 1:
                raise RuntimeError("out of power")
            return commit(records, processed, **kwargs)

        with patch.object(cron, "_commit_progress", crash), mute_logger("odoo.addons.base.models.ir_cron"):
            self.run_cron()
        self.assertEqual(calls[:2], [2, 2])
        done = mails.filtered("content_removed_date")
        self.assertEqual(done, mails[:2])
        for mail in mails:
            self.assertEqual(bool(files[mail].exists()), mail not in done)
            self.assertEqual(bool(mail.body_html), mail not in done)
        self.run_cron()
        self.assertEqual(mails.filtered("content_removed_date"), mails)
        self.assertFalse(any(file.exists() for file in files.values()))

    def test_what_another_addon_refuses_stays_alone(self):
        self.batches_of(3)
        mails = self.env["mail.mail"].union(*(self.sent() for _number in range(5)))
        files = {mail: self.file(mail, name=f"{mail.id}.pdf") for mail in mails}
        attachments = type(self.env["ir.attachment"])
        unlink = attachments.unlink

        def refuse(records):
            if files[mails[1]] in records:
                raise UserError("Locked by an add-on")  # pylint: disable=translation-required
            return unlink(records)

        with (
            patch.object(attachments, "unlink", refuse),
            mute_logger("odoo.addons.mail_delivery_status.models.mail_retention"),
        ):
            self.run_cron()
        self.assertEqual(mails - mails.filtered("content_removed_date"), mails[1])
        self.assertTrue(files[mails[1]].exists())

    def test_progress(self):
        self.batches_of(2)
        for _number in range(3):
            self.sent()
        self.assertEqual(self.env["mail.retention"]._count_left(), 3)
        self.assertIn("3", self.env["res.config.settings"].create({}).mail_retention_text)
        self.run_cron()
        last, done, left = self.env["mail.retention"]._progress()
        self.assertEqual((bool(last), done, left), (True, 3, 0))
        text = self.env["res.config.settings"].create({}).mail_retention_text
        self.assertIn("3 removed", text)

    def test_a_run_that_is_out_of_time_goes_on_later(self):
        self.batches_of(1)
        mails = self.env["mail.mail"].union(*(self.sent() for _number in range(3)))
        cron = type(self.env["ir.cron"])
        told = []

        def out_of_time(_cron, processed=0, *, remaining=None, deactivate=False):
            told.append((processed, remaining))
            return 0 if processed else 1

        with patch.object(cron, "_commit_progress", out_of_time):
            self.env["mail.retention"]._cron_run()
        self.assertEqual(told, [(0, 3), (1, 2)])
        self.assertEqual(len(mails.filtered("content_removed_date")), 1)

    def test_nobody_else_removes(self):
        mail = self.sent()
        admin = self.env.ref("base.user_admin")
        for name in ("content_removed_date", "evidence_removed_date", "is_older_than_module"):
            with self.assertRaisesRegex(Exception, "evidence"):
                mail.with_user(admin).write({name: False})
