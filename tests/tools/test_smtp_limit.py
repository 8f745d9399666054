from ...tools.smtp import limit
from ...tools.smtp.limit import server_limit
from ...tools.smtp.reply import Reply
from .common import DoctestCase

HOUR, DAY = 3600, 86400


class TestServerLimit(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(limit)

    def test_replies_of_providers(self):
        for line, expected in (
            ("550 5.4.5 Daily user sending limit exceeded. For more information on Gmail", DAY),
            ("550 5.1.90 Your message can't be sent because you've reached your daily limit", DAY),
            ("454 Throttling failure: Daily message quota exceeded.", DAY),
            ("454 Throttling failure: Maximum sending rate exceeded.", 60),
            ("432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending", 60),
            ("421 4.7.0 mx.odoo.test Error: too many connections from 127.0.0.1", 60),
            ("450 4.7.1 Error: too much mail from 127.0.0.1", 60),
            ("550 5.4.6 Unusual sending activity detected", HOUR),
            ("550 Hourly sending limit reached", HOUR),
            ("550 5.1.1 <nobody@odoo.test>: User unknown", None),
            ("452 4.2.2 Over quota", None),
            ("452 4.5.3 Error: too many recipients", None),
            ("450 4.2.1 The user you are trying to contact is receiving email too quickly", None),
            ("552 5.3.4 Message size exceeds fixed limit", None),
            ("250 2.0.0 Ok: daily limit 500 per day", None),
        ):
            with self.subTest(line=line):
                self.assertEqual(server_limit(Reply.parse([line.encode()])), expected)
