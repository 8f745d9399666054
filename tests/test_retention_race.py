from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.orm.environments import Transaction
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import mail_retention
from ..models.mail_mail_retention import MailMail
from ..models.mail_retention import MailRetention

MAILS = 6


@tagged("post_install", "-at_install")
class TestRetentionRace(TransactionCase):
    """Real database sessions: people work with mails while old ones are removed, and nobody waits for the other."""

    def setUp(self):
        super().setUp()
        self.patch(mail_retention, "BATCH", 2)
        with self.session() as env:
            self.company_id = env["res.company"].create({"name": "Retention race", "mail_content_days": 30}).id
            env["res.company"].browse(self.company_id).mail_content_days = 31  # decided by somebody: from now on
            values = {"subject": "x", "body_html": "<p>x</p>", "record_company_id": self.company_id, "state": "sent"}
            self.ids = env["mail.mail"].create([values] * MAILS).ids
            old = fields.Datetime.now() - timedelta(days=100)
            env.cr.execute("UPDATE mail_mail SET create_date = %s WHERE id = ANY(%s)", (old, self.ids))
            env.cr.commit()
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.session() as env:
            env["mail.retention.hold"].search([("res_id", "in", self.ids), ("model", "=", "mail.mail")]).unlink()
            env["mail.mail"].browse(self.ids).unlink()
            env["res.company"].browse(self.company_id).unlink()
            env.cr.commit()
            env.registry.clear_cache()

    @contextmanager
    def session(self, lock_timeout="2s"):
        """A database session of its own, in which nobody may wait for long."""
        with self.registry.cursor() as cr:
            cr.transaction = Transaction(self.registry)
            cr.execute("SET lock_timeout TO %s", (lock_timeout,))
            cr.commit()  # pylint: disable=invalid-commit
            yield api.Environment(cr, SUPERUSER_ID, {})

    def removed(self):
        with self.session() as env:
            mails = env["mail.mail"].browse(self.ids)
            return [bool(mail.content_removed_date) and not mail.body_html for mail in mails]

    def run_all(self):
        with self.session() as env:
            env["mail.retention"]._cron_run()

    def during_first_batch(self, do):
        """Run retention, and do something in another session when its first batch is removed and not committed yet."""
        remove, seen = MailMail._remove_old_content, []

        def watched(records, ids):
            if not seen:
                seen.append(ids)
                remove(records, ids)
                records.env.flush_all()
                do(ids)
            else:
                remove(records, ids)

        with patch.object(MailMail, "_remove_old_content", watched):
            self.run_all()
        self.assertTrue(seen)

    def test_whoever_writes_another_mail_does_not_wait(self):
        def write(ids):
            with self.session("100ms") as env:
                others = env["mail.mail"].browse(self.ids) - env["mail.mail"].browse(ids)
                self.assertEqual(len(others), MAILS - 2)
                others.write({"sending_priority": 1})
                others.mail_message_id.write({"subject": "y"})
                env.cr.commit()

        self.during_first_batch(write)
        self.assertEqual(self.removed(), [True] * MAILS)

    def test_what_somebody_is_at_work_with_is_passed_over(self):
        with self.session() as env:
            env["mail.mail"].browse(self.ids[1]).write({"sending_priority": 1})
            env["mail.mail"].browse(self.ids[4]).mail_message_id.write({"subject": "y"})
            env.flush_all()
            self.run_all()
            env.cr.rollback()
        self.assertEqual(self.removed(), [True, False, True, True, False, True])
        self.run_all()
        self.assertEqual(self.removed(), [True] * MAILS)

    @mute_logger("odoo.sql_db")
    def test_what_was_changed_meanwhile_is_begun_again(self):
        """The batch sees the database as it was when it began: PostgreSQL refuses to go on."""
        begin, find, refused = MailRetention._begin, MailMail._find_old_content, []

        def watched(records, work, after, size):
            self.is_running = True
            try:
                return begin(records, work, after, size)
            except SerializationFailure:
                refused.append(after)
                raise

        def changed_before(records, company_id, *how):
            if self.is_running and company_id == self.company_id and not refused:
                with self.session() as env:
                    env["mail.mail"].browse(self.ids[0]).write({"sending_priority": 1})
                    env.cr.commit()
            return find(records, company_id, *how)

        self.is_running = False  # what is left is counted before
        with (
            patch.object(MailRetention, "_begin", watched),
            patch.object(MailMail, "_find_old_content", changed_before),
        ):
            self.run_all()
        self.assertEqual(refused, [0])
        self.assertEqual(self.removed(), [True] * MAILS)

    @mute_logger("odoo.sql_db")
    def test_a_legal_hold_waits_for_the_batch_and_counts_then(self):
        def hold(_ids):
            with self.session("100ms") as env, self.assertRaises(LockNotAvailable):
                env["mail.retention.hold"]._set("mail.mail", self.ids, "Dispute")

        self.during_first_batch(hold)
        self.assertEqual(self.removed(), [True] * MAILS)

    def test_a_legal_hold_between_two_batches(self):
        remove, seen = MailMail._remove_old_content, []

        def hold_after_first(records, ids):
            remove(records, ids)
            seen.append(ids)
            if len(seen) == 1:
                records.env.flush_all()
                records.env.cr.commit()
                with self.session() as env:
                    env["mail.retention.hold"]._set("mail.mail", self.ids[3:], "Dispute")
                    env.cr.commit()

        with patch.object(MailMail, "_remove_old_content", hold_after_first):
            self.run_all()
        self.assertEqual(self.removed(), [True] * 3 + [False] * 3)
