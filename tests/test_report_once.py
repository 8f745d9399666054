"""A mail that comes in is parsed once and matched at most once, whatever way it takes."""

from unittest.mock import patch

from odoo.tests import tagged

from ..models import mail_report_matcher
from .report_common import ReportCase, auto_reply, delivery_status, receipt, report
from .test_report_watch import ORDINARY, WatchCase


class Counter:
    """Counts the calls of the parser and of the matcher while it is used with `with`."""

    def __init__(self, case):
        self.case, self.parsed, self.matched = case, 0, 0

    def __enter__(self):
        parse, match = mail_report_matcher.parse_report, self.case.registry["mail.report.matcher"]._match

        def counted_parse(source):
            self.parsed += 1
            return parse(source)

        def counted_match(matcher, report):
            self.matched += 1
            return match(matcher, report)

        self._patches = (
            patch.object(mail_report_matcher, "parse_report", counted_parse),
            patch.object(self.case.registry["mail.report.matcher"], "_match", counted_match),
        )
        for one in self._patches:
            one.start()
        return self

    def __exit__(self, *_error):
        for one in self._patches:
            one.stop()


@tagged("post_install", "-at_install")
class TestReportOnce(ReportCase):
    def test_the_gateway(self):
        row = self.send().recipient_status_ids
        unknown = delivery_status("stranger@far.test")
        for name, source, matched in (
            ("bounce", report(delivery_status(row.email), envelope_id=row.envelope_id), 1),
            (
                "bounce that is not proved",
                report(delivery_status(row.email), message_id=row.message_id, own_id="2@x"),
                1,
            ),
            ("bounce of a mail from before", report(unknown, message_id="<old@odoo.test>", own_id="3@x"), 1),
            ("forged", report(unknown, envelope_id="f" * 32, own_id="4@x"), 1),
            ("read receipt", receipt(row.email, row.message_id), 1),
            ("automatic reply", auto_reply(row.email, row.message_id), 1),
            (
                "unreadable",
                b"From: MAILER-DAEMON@x.test\nTo: bounce@odoo.test\nReturn-Path: <>\nMessage-ID: <5@x>\n\nHm.\n",
                1,
            ),
            ("ordinary mail", ORDINARY.format(1).replace("bob@", "catchall@").encode(), 0),
        ):
            with self.subTest(name), Counter(self) as counter:
                self.take_in(source)
                self.assertEqual((counter.parsed, counter.matched), (1, matched))


@tagged("post_install", "-at_install")
class TestReportOnceWatch(WatchCase):
    def test_the_watch(self):
        """Ordinary mail is told by its header alone."""
        row = self.send().recipient_status_ids
        for keep_all in (True, False):
            self.watch.is_report_foreign_kept = keep_all
            self.put(
                ORDINARY.format(1),
                self.bounce(row, own_id=f"1-{keep_all}@x"),
                report(delivery_status("stranger@far.test"), message_id="<x@far.test>", own_id=f"2-{keep_all}@x"),
            )
            with self.subTest(keep_all=keep_all), Counter(self) as counter:
                self.look()
                self.assertEqual((counter.parsed, counter.matched), (2, 2))
