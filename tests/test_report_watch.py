import imaplib
import shutil
import time
import tracemalloc
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.report.mailbox import InvalidUid, ReportMailbox, UnaskedMail
from .report_common import ReportCase, auto_reply, delivery_status, report
from .servers.dovecot import MAIL_USER, PASSWORD
from .servers.process import free_ports

LOGGER = "odoo.addons.mail_delivery_status.models.fetchmail_server"
ACCOUNT = "bob@odoo.test"
ORDINARY = "From: carol{0}@dest.test\r\nTo: bob@odoo.test\r\nSubject: Lunch {0}\r\nMessage-ID: <{0}@dest.test>\r\n\r\nAt noon?\r\n"


class WatchCase(ReportCase):
    """A real Dovecot; the mails lie in the mailbox of a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()
        cls.dovecot = cls.site.dovecot

    def setUp(self):
        super().setUp()
        with self.imap() as imap:  # makes the mailbox
            if imap.select("INBOX")[1] != [b"0"]:
                imap.store("1:*", "+FLAGS", "\\Deleted")
                imap.expunge()
        self.watch = self.create_watch()

    def imap(self, user=ACCOUNT):
        connection = imaplib.IMAP4("127.0.0.1", self.dovecot.imap_port)
        connection.login(user, PASSWORD)
        return connection

    def create_watch(self, user=ACCOUNT, **values):
        return self.env["fetchmail.server"].create(
            {
                "name": f"Mailbox of {user}",
                "server": "127.0.0.1",
                "port": self.dovecot.imap_port,
                "user": user,
                "password": PASSWORD,
                "is_report_watch": True,
                "report_since": False,
                "state": "done",
                **values,
            }
        )

    def put(self, *sources, folder="INBOX"):
        with self.imap() as imap:
            for source in sources:
                source = source if isinstance(source, bytes) else source.encode()
                answer, data = imap.append(folder, None, None, source.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
                self.assertEqual(answer, "OK", data)

    def look(self, watch=None):
        """One run of the watch, as the scheduled action does it.

        :return: the reports that it found
        """
        before = self.reports.search([])
        self.env.flush_all()
        with self.registry.cursor() as cr:
            (watch or self.watch).with_env(api.Environment(cr, SUPERUSER_ID, {}))._watch()
        self.env.invalidate_all()
        return self.reports.search([]) - before

    def bounce(self, row, **values):
        return report(delivery_status(row.email), envelope_id=row.envelope_id, **values)


@tagged("post_install", "-at_install")
class TestReportWatch(WatchCase):
    def test_it_reads_reports_and_changes_nothing(self):
        row = self.send().recipient_status_ids
        self.put(ORDINARY.format(1), self.bounce(row), ORDINARY.format(2))
        names = sorted(path.name for path in self.dovecot.maildir(ACCOUNT).glob("*/*:*"))
        found = self.look()
        self.assertEqual((found.state, found.origin, found.watch_id), ("matched", "watch", self.watch))
        self.assertEqual(row.state, "bounced")
        with self.imap() as imap:
            imap.select("INBOX", readonly=True)
            _answer, [unseen] = imap.search(None, "UNSEEN")
            self.assertEqual(len(unseen.split()), 3)
        self.assertEqual(sorted(path.name for path in self.dovecot.maildir(ACCOUNT).glob("*/*:*")), names)
        self.assertEqual((self.watch.report_seen_count, self.watch.report_found_count), (3, 1))
        self.assertTrue(self.watch.report_run_date)
        self.assertFalse(self.watch.report_error)

    def test_it_goes_on_where_it_ended(self):
        rows = [self.send().recipient_status_ids for _ in range(2)]
        self.put(ORDINARY.format(1), self.bounce(rows[0]))
        self.assertEqual(len(self.look()), 1)
        self.assertFalse(self.look())
        self.assertEqual(self.watch.report_seen_count, 2)
        self.put(self.bounce(rows[1], own_id="2@x"))
        self.assertEqual(self.look().mail_mail_id, rows[1].mail_mail_id)
        self.assertEqual(self.watch.report_seen_count, 3)

    def test_the_mailbox_is_numbered_anew(self):
        """UIDVALIDITY changes: everything is looked at again, and nothing counts twice."""
        row = self.send().recipient_status_ids
        with self.imap() as imap:
            imap.create("Returns")
        self.put(self.bounce(row), folder="Returns")
        self.watch.report_folder = "Returns"
        found = self.look()
        position = self.watch.report_position
        other = self.send().recipient_status_ids
        with self.imap() as imap:
            imap.delete("Returns")
            time.sleep(1.1)  # Dovecot takes the time in seconds for it
            imap.create("Returns")
        self.put(self.bounce(other, own_id="2@x"), self.bounce(row), folder="Returns")
        again = self.look()
        self.assertNotEqual(self.watch.report_position["uidvalidity"], position["uidvalidity"])
        self.assertEqual(again.mail_mail_id, other.mail_mail_id)
        self.assertEqual(found.copy_count, 1)
        with self.imap() as imap:
            imap.delete("Returns")

    def test_one_bad_mail_does_not_stop_the_rest(self):
        rows = [self.send().recipient_status_ids for _ in range(2)]
        self.put(self.bounce(rows[0]), self.bounce(rows[1], own_id="2@x"), ORDINARY.format(1))
        fetch = ReportMailbox.fetch

        def stumble(mailbox, uid, calls=[]):  # noqa: B006
            calls.append(uid)
            if len(calls) == 1:
                raise ValueError("bad mail")
            return fetch(mailbox, uid)

        with patch.object(ReportMailbox, "fetch", stumble), mute_logger(LOGGER):
            found = self.look()
        self.assertEqual(sorted(found.mapped("state")), ["matched", "unmatched"])
        bad = found.filtered(lambda one: one.state == "unmatched")
        self.assertEqual((bad.problem, bad.error), ("error", "ValueError: bad mail"))
        self.assertEqual((rows[0].state, rows[1].state), ("accepted", "bounced"))
        self.assertFalse(self.look(), "the bad mail is not tried for ever")

    def test_a_server_that_refuses_a_list_with_one_bad_mail(self):
        row = self.send().recipient_status_ids
        self.put(ORDINARY.format(1), ORDINARY.format(2), self.bounce(row), ORDINARY.format(3))
        uid = imaplib.IMAP4.uid
        bad = []

        def refuse(connection, command, uids, *items):
            if command == "FETCH":
                if not bad:
                    bad.append(int(uids.partition(":")[0]) + 1)  # the second mail
                numbers = [
                    range(int(a), int(b or a) + 1) for a, _, b in (one.partition(":") for one in uids.split(","))
                ]
                if any(bad[0] in part for part in numbers):
                    return "NO", [b"FETCH failed"]
            return uid(connection, command, uids, *items)

        with patch.object(imaplib.IMAP4, "uid", refuse), mute_logger(LOGGER):
            found = self.look()
        self.assertEqual(row.state, "bounced")
        self.assertEqual(len(found), 2, "the bounce, and the mail that the server does not give")
        self.assertIn("FETCH failed", " ".join(found.mapped(lambda one: one.error or "")))

    def test_a_big_mail_is_read_in_part(self):
        row = self.send().recipient_status_ids
        source = self.bounce(row) + b"x" * 70 + (b"\nA line of the returned mail, which is long." * 60_000)
        self.put(source)
        found = self.look()
        self.assertEqual((found.state, found.is_source_cut), ("matched", True))
        self.assertEqual(len(found.source_id.raw), 2_000_000)
        self.assertEqual(row.state, "bounced")

    def test_ten_thousand_mails_in_bounded_memory(self):
        rows = [self.send().recipient_status_ids for _ in range(3)]
        folder = self.dovecot.maildir(ACCOUNT) / "new"
        for number in range(10_000):
            source = ORDINARY.format(number).encode()
            if number % 4000 == 1:
                source = self.bounce(rows[number // 4000], own_id=f"{number}@x")
            path = folder / f"{1_700_000_000 + number}.M{number}.test"
            path.write_bytes(source)
            shutil.chown(path, MAIL_USER, MAIL_USER)
        fetched = []
        fetch = ReportMailbox.fetch
        spy = patch.object(ReportMailbox, "fetch", lambda box, uid: fetched.append(uid) or fetch(box, uid))
        with spy:
            tracemalloc.start()
            found = self.look()
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        self.assertEqual(len(found), 3)
        self.assertEqual([row.state for row in rows], ["bounced"] * 3)
        self.assertEqual(self.watch.report_seen_count, 10_000)
        self.assertEqual(len(fetched), 3, "ordinary mail is not fetched")
        self.assertLess(peak, 20_000_000)

    def test_from_a_day_on(self):
        row = self.send().recipient_status_ids
        with self.imap() as imap:
            for source, day in ((ORDINARY.format(1).encode(), "01-Jan-2020"), (self.bounce(row), "01-Jan-2026")):
                imap.append("INBOX", None, f'"{day} 10:00:00 +0000"', source.replace(b"\n", b"\r\n"))
        self.watch.report_since = fields.Date.to_date("2025-01-01")
        self.look()
        self.assertEqual((self.watch.report_seen_count, row.state), (1, "bounced"))

    def test_what_is_not_ours(self):
        """Of a person who writes elsewhere too: a bounce that nobody here can know of is left out, if so chosen."""
        foreign = report(delivery_status("stranger@far.test"), message_id="<elsewhere@far.test>", own_id="1@far")
        self.put(foreign)
        found = self.look()
        self.assertEqual((found.state, found.problem), ("unmatched", "unknown_mail"))
        self.put(foreign.replace(b"1@far", b"2@far"))
        self.watch.is_report_foreign_kept = False
        self.assertFalse(self.look())
        self.send()
        self.put(report(delivery_status("alice@dest.test"), own_id="3@far"))
        self.assertEqual(self.look().state, "unmatched", "it may be about the mail to alice")

    def test_forged_in_a_watched_mailbox(self):
        row = self.send().recipient_status_ids
        self.put(report(delivery_status("alice@dest.test"), envelope_id="f" * 32, message_id=row.message_id))
        found = self.look()
        self.assertEqual((found.problem, row.state), ("unknown_token", "accepted"))

    def test_automatic_replies(self):
        row = self.send().recipient_status_ids
        self.put(auto_reply("carol@dest.test", "<unknown@dest.test>"), auto_reply("alice@dest.test", row.message_id))
        found = self.look()
        self.assertEqual((found.kind, found.state, row.state), ("auto_reply", "matched", "accepted"))

    def test_core_leaves_it_alone(self):
        self.put(ORDINARY.format(1))
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.watch.with_env(api.Environment(cr, SUPERUSER_ID, {}))._fetch_mail()
        with self.imap() as imap:
            imap.select("INBOX", readonly=True)
            self.assertEqual(imap.search(None, "UNSEEN")[1], [b"1"])

    def test_errors_in_words(self):
        [port] = free_ports(1)
        cases = (
            ({"password": "wrong"}, "did not accept the login"),
            ({"port": port}, "Nobody answers at this address and port"),
            ({"report_folder": "Nowhere"}, "Mailbox doesn't exist"),
            ({"server": "no-such-host.test"}, "name is not known"),
        )
        for values, words in cases:
            with self.subTest(values), mute_logger(LOGGER):
                watch = self.create_watch(**values)
                self.look(watch)
                self.assertIn(words, watch.report_error)
                self.assertTrue(watch.report_run_date)
        self.assertIn("with something that is no number", self.watch._in_words(InvalidUid()))
        self.assertIn("that it was not asked for", self.watch._in_words(UnaskedMail()))
        self.watch.report_error = "from before"
        self.look()
        self.assertFalse(self.watch.report_error, "a good run clears it")

    def test_the_button(self):
        row = self.send().recipient_status_ids
        self.put(self.bounce(row))
        with self.registry.cursor() as cr:
            self.env.flush_all()
            self.watch.with_env(api.Environment(cr, SUPERUSER_ID, {})).fetch_mail()
        self.env.invalidate_all()
        self.assertEqual(row.state, "bounced")
        self.watch.password = "wrong"
        self.env.flush_all()
        with self.registry.cursor() as cr, mute_logger(LOGGER), self.assertRaisesRegex(UserError, "login"):
            self.watch.with_env(api.Environment(cr, SUPERUSER_ID, {})).fetch_mail()

    def test_the_scheduled_action_looks_into_all(self):
        row = self.send().recipient_status_ids
        self.put(self.bounce(row))
        broken = self.create_watch(password="wrong", priority=1)
        draft = self.create_watch(state="draft")
        self.env.flush_all()
        with mute_logger(LOGGER):
            self.env.ref("mail_delivery_status.ir_cron_mail_report").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(row.state, "bounced", "a mailbox that cannot be opened does not stop the others")
        self.assertTrue(broken.report_error)
        self.assertFalse(draft.report_run_date)

    def test_only_imap(self):
        with self.assertRaises(ValidationError):
            self.create_watch(server_type="pop")
