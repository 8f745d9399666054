import time

from ...tools.trace import MOST_NAMES, names_in
from .common import PureCase, tagged

# What somebody pastes → what it must find: receipt, Message-ID, address ("" where there is none).
PASTED = [
    ("F11AB1C6006", "F11AB1C6006", "", ""),
    ("4FZ3kK2yPZz9rxB", "4FZ3kK2yPZz9rxB", "", ""),
    ("<0100-a@eu-west-1.amazonses.com>", "0100-a@eu-west-1.amazonses.com", "<0100-a@eu-west-1.amazonses.com>", ""),
    ("Bob@X.test", "", "", "bob@x.test"),
    ("Bob Example <Bob@X.test>", "", "", "bob@x.test"),
    ("mailto:bob@x.test", "", "", "bob@x.test"),
    (
        "<bob@x.test>: host mx.x.test[192.0.2.1] said: 550 5.1.1 <bob@x.test>: Recipient address rejected: User unknown"
        " (in reply to RCPT TO command)",
        "",
        "",
        "bob@x.test",
    ),
    (
        "Nov 28 10:54:01 mail postfix/smtp[12]: F11AB1C6006: to=<bob@x.test>, relay=mx.x.test[192.0.2.1]:25, delay=0.5,"
        " delays=0.1/0/0.2/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9C1D2E)",
        "F11AB1C6006",
        "",
        "bob@x.test",
    ),
    ("Nov 28 mail postfix/cleanup[9]: F11AB1C6006: message-id=<17.4@odoo.test>", "F11AB1C6006", "<17.4@odoo.test>", ""),
    ("250 2.0.0 Ok: queued as F11AB1C6006", "F11AB1C6006", "", ""),
    ("2026-11-28 10:54:01 1xVaWQ-0004RC-3C => bob@x.test R=dnslookup", "1xVaWQ-0004RC-3C", "", "bob@x.test"),
    ("250 OK id=1xVaWQ-0004RC-3C", "1xVaWQ-0004RC-3C", "", ""),
    ("250 2.0.0 OK  1571601091 d44si1315748ede.149 - gsmtp", "d44si1315748ede.149", "", ""),
    ("ok 1446233056 qp 26062", "1446233056 qp 26062", "", ""),
    ("Message-ID: <1764.42@odoo.test>", "", "<1764.42@odoo.test>", ""),
    ("Final-Recipient: rfc822;bob@x.test", "", "", "bob@x.test"),
    ("ANNA.ŻÓŁKIEWSKA@róża.test", "", "", "anna.żółkiewska@róża.test"),
]


@tagged("post_install", "-at_install")
class TestTrace(PureCase):
    def test_what_is_pasted(self):
        for text, receipt, message_id, address in PASTED:
            names = names_in(text)
            with self.subTest(text):
                self.assertTrue(not receipt or receipt in names.receipts, names)
                self.assertTrue(not message_id or message_id in names.message_ids, names)
                self.assertTrue(not address or address in names.addresses, names)

    def test_plain_words_name_nothing(self):
        for text in ("", "  ", "invoice for you", "Dzień dobry", "a = b", "to you @ home"):
            with self.subTest(text):
                self.assertEqual(names_in(text), ((), (), ()))
        for text in ("@", "a@", "@b", "<>", "<@>"):
            with self.subTest(text):
                self.assertEqual(names_in(text)[1:], ((), ()))

    def test_bounds(self):
        """However much is pasted, little is looked up, and soon."""
        for text in (
            "a1b2c@x.test " * 100_000,
            "<" * 500_000,
            "=" * 500_000,
            "a@" * 500_000,
            "ż" * 500_000,
            "\0" * 9000,
        ):
            began = time.process_time()
            names = names_in(text)
            self.assertLess(time.process_time() - began, 0.1)
            self.assertLessEqual(max(map(len, names)), MOST_NAMES)
            for word in (*names.receipts, *names.message_ids, *names.addresses):
                self.assertLess(len(word), 400)
        many = " ".join(f"{number}@x.test" for number in range(1000))
        self.assertEqual(len(names_in(many).addresses), MOST_NAMES)
