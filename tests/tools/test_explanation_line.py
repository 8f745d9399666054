from ...tools.explanation import explain_line, line
from .common import DoctestCase, tagged

# What somebody pastes → the cause that it tells of.
LINES = [
    ("550 5.1.1 <a@dest.test>: User unknown", "user_unknown"),
    ("550-5.1.1 The email account that you tried to reach does not exist. gsmtp", "user_unknown"),
    ("Diagnostic-Code: smtp; 552 5.2.2 Over quota", "mailbox_full"),
    ("Status: 5.1.1", "user_unknown"),
    (
        "relay=mx.dest.test[192.0.2.1]:465, delay=550, dsn=4.2.2, status=deferred (host said: 452 4.2.2 full)",
        "mailbox_full",
    ),
    ("Action: delayed, Status: 4.4.1", "recipient_server_silent"),
]


@tagged("post_install", "-at_install")
class TestExplanationLine(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(line)

    def test_lines(self):
        for text, cause in LINES:
            with self.subTest(text):
                meaning = explain_line(text)
                self.assertEqual((meaning.explanation.cause.value, meaning.is_taken), (cause, False))

    def test_no_reply(self):
        for text in (
            "",
            "port 465 is open",
            "192.0.2.550 ",
            "[192.0.2.1]:587 ",
            "2026-11-28 10:54:01",
            "550",
            "v4.96.1",
        ):
            self.assertEqual(explain_line(text), (False, None), text)

    def test_only_the_beginning_is_read(self):
        self.assertEqual(explain_line("x" * 8_000 + " 550 5.1.1 User unknown"), (False, None))
