from ...tools.smtp import transcript
from ...tools.smtp.reply import Reply
from ...tools.smtp.transcript import MAX_TRANSCRIPT, Transcript, mask
from .common import DoctestCase

SECRET = "AHNhbGVzAHNlY3JldA=="


def reply(line):
    return Reply.parse([line])


class TestTranscript(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(transcript)

    def test_mask(self):
        for line, expected in (
            (f"AUTH PLAIN {SECRET}", "AUTH PLAIN ***"),
            (f"auth plain  {SECRET} more\n{SECRET}", "auth plain ***"),
            (f" AUTH=PLAIN {SECRET}", " AUTH=PLAIN ***"),
            ("AUTH CRAM-MD5", "AUTH CRAM-MD5"),
            ("MAIL FROM:<auth@x> AUTH=<>", "MAIL FROM:<auth@x> AUTH=<>"),
            ("AUTHOR x y", "AUTHOR x y"),
            ("", ""),
        ):
            with self.subTest(line=line):
                self.assertEqual(mask(line), expected)

    def test_answers_to_challenges_are_masked(self):
        talk = Transcript()
        talk.client(b"AUTH LOGIN\r\n")
        talk.server(reply(b"334 VXNlcm5hbWU6"))
        talk.client(b"c2FsZXM=\r\n")
        talk.server(reply(b"334 UGFzc3dvcmQ6"))
        talk.client(b"c2VjcmV0\r\n")
        talk.server(reply(b"535 5.7.8 Error: authentication failed"))
        talk.client(b"QUIT\r\n")
        self.assertEqual(
            str(talk).split("\n"),
            [
                "C: AUTH LOGIN",
                "S: 334 VXNlcm5hbWU6",
                "C: ***",
                "S: 334 UGFzc3dvcmQ6",
                "C: ***",
                "S: 535 5.7.8 Error: authentication failed",
                "C: QUIT",
            ],
        )

    def test_every_line_of_a_reply(self):
        talk = Transcript()
        talk.server(Reply.parse([b"250-a", b"250 b"]))
        talk.note("two\nlines")
        self.assertEqual(str(talk), "S: 250-a\nS: 250 b\n-- two lines")

    def test_keeps_begin_and_end_of_a_long_one(self):
        talk = Transcript()
        for number in range(10_000):
            talk.client(f"RCPT TO:<{number}@dest.test>")
            talk.server(reply(b"250 2.1.5 Ok"))
        talk.server(reply(b"250 2.0.0 Ok: queued as LAST"))
        text = str(talk)
        self.assertLess(len(text), MAX_TRANSCRIPT)
        self.assertGreater(len(text), MAX_TRANSCRIPT * 0.9)
        self.assertTrue(text.startswith("C: RCPT TO:<0@dest.test>\n"))
        self.assertTrue(text.endswith("S: 250 2.0.0 Ok: queued as LAST"))
        left_out = int(text.partition(" lines left out")[0].rpartition(" ")[2])
        self.assertEqual(text.count("\n") + left_out, 20_001)

    def test_long_line_is_cut(self):
        talk = Transcript()
        talk.client("x" * 5000)
        self.assertEqual(len(str(talk)), 3 + 1024)
        self.assertTrue(str(talk).endswith("x…"))
