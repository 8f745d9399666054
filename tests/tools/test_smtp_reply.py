import io

from ...tools.smtp import reply as reply_module
from ...tools.smtp.reply import MAX_LINE, MAX_REPLY, MAX_TEXT, ConnectionLost, ProtocolError, Reply, read_reply
from .common import DoctestCase


class TestReply(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(reply_module)

    def test_text_keeps_what_the_server_wrote(self):
        for lines, code, enhanced, text, whole in (
            ([b"250 2.0.0 Ok: queued as 8E\r\n"], 250, "2.0.0", "2.0.0 Ok: queued as 8E", "250 2.0.0 Ok: queued as 8E"),
            ([b"250 OK id=1xV\n"], 250, None, "OK id=1xV", "250 OK id=1xV"),
            ([b"250"], 250, None, "", "250"),
            ([b"250 "], 250, None, "", "250"),
            ([b"250Ok"], 250, None, "Ok", "250 Ok"),
            # Gmail: both lines carry the enhanced code
            (
                [b"534-5.7.9 Application-specific password required.\r\n", b"534 5.7.9 https://x - gsmtp\r\n"],
                534,
                "5.7.9",
                "5.7.9 Application-specific password required.\n5.7.9 https://x - gsmtp",
                "534-5.7.9 Application-specific password required.\n534 5.7.9 https://x - gsmtp",
            ),
            ([b"250-", b"250 x"], 250, None, "\nx", "250-\n250 x"),
            # The lines contradict each other: the last one counts
            ([b"250-Wait", b"450 4.3.0 No"], 450, None, "Wait\n4.3.0 No", "450-Wait\n450 4.3.0 No"),
        ):
            with self.subTest(lines=lines):
                reply = Reply.parse(lines)
                self.assertEqual((reply.code, reply.text, str(reply)), (code, text, whole))
                self.assertEqual(reply.enhanced and str(reply.enhanced), enhanced)

    def test_enhanced_code_only_at_the_start_and_of_the_same_class(self):
        for line, expected in (
            (b"550 5.1.1 No such user", "5.1.1"),
            (b"550 5.1.1", "5.1.1"),
            (b"550 5.1.1: No such user", "5.1.1"),
            (b"550 #5.1.0 Address rejected.", "5.1.0"),  # IronPort
            (b"550 Unknown user 5.1.1", None),
            (b"550 4.1.1 Wrong class", None),
            (b"250 5.1.1 Wrong class", None),
            (b"550 5.1.1.7 is an address", None),
            (b"550 5.1.1x", None),
            (b"550 3.1.1 No such class", None),
            (b"354 3.0.0 No such class", None),
        ):
            with self.subTest(line=line):
                found = Reply.parse([line]).enhanced
                self.assertEqual(found and str(found), expected)

    def test_garbage_is_no_reply(self):
        for lines in ([], [b""], [b"hello"], [b"2500 x"], [b"150 x"], [b"650 x"], [b"\xff\xfe"], [b"250-a", b"b"]):
            with self.subTest(lines=lines), self.assertRaises(ProtocolError):
                Reply.parse(lines)

    def test_text_is_fit_to_be_stored_and_shown(self):
        for line, text in (
            (b"550 Bo\xc3\xaete pleine", "Boîte pleine"),
            (b"550 Bo\xeete pleine", "Boîte pleine"),
            (b"550 a\x00b\x1b[31mc\x7f", "a\ufffdb\ufffd[31mc\ufffd"),
            (b"550 a\tb", "a b"),
            (b"550 a\rb", "a\ufffdb"),
            (b"550 \x85\xff", "\ufffdÿ"),
        ):
            with self.subTest(line=line):
                self.assertEqual(Reply.parse([line]).text, text)
        self.assertEqual(Reply.of(550, "half \ud800").text, "half ?")

    def test_text_is_cut_with_a_mark(self):
        whole = Reply.parse([b"250 " + b"x" * MAX_TEXT]).text
        self.assertEqual(whole, "x" * MAX_TEXT)
        cut = Reply.parse([b"250 " + b"x" * (MAX_TEXT + 1)]).text
        self.assertEqual(len(cut), MAX_TEXT)
        self.assertTrue(cut.endswith("x…"))

    def test_class_of_the_code(self):
        for code, expected in ((250, "2"), (354, "3"), (421, "4"), (554, "5"), (-1, "")):
            with self.subTest(code=code):
                reply = Reply.of(code, b"")
                flags = (reply.is_positive, reply.is_intermediate, reply.is_transient, reply.is_permanent)
                self.assertEqual("".join(digit for digit, flag in zip("2345", flags, strict=True) if flag), expected)


class TestReadReply(DoctestCase):
    def read(self, data):
        return read_reply(io.BytesIO(data))

    def test_reads_one_reply_and_no_more(self):
        file = io.BytesIO(b"250-a\r\n250 b\r\n354 go\r\n")
        self.assertEqual(str(read_reply(file)), "250-a\n250 b")
        self.assertEqual(str(read_reply(file)), "354 go")

    def test_end_of_the_stream(self):
        for data in (b"", b"250 no line end", b"250-first\r\n", b"250 " + b"x" * (MAX_LINE - 4)):
            with self.subTest(data=data[:20]), self.assertRaises(ConnectionLost):
                self.read(data)

    def test_garbage(self):
        for data in (b"\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"\x16\x03\x01\x02\n", b"250-a\r\nb\r\n250 c\r\n"):
            with self.subTest(data=data), self.assertRaises(ProtocolError):
                self.read(data)

    def test_long_line_is_read_to_its_end(self):
        for length in (MAX_LINE - 6, MAX_LINE - 5, MAX_LINE, 100_000):
            with self.subTest(length=length):
                file = io.BytesIO(b"550 " + b"x" * length + b"\r\n250 next\r\n")
                self.assertEqual(read_reply(file).text, Reply.of(550, b"x" * min(length, MAX_LINE - 4)).text)
                self.assertEqual(read_reply(file).text, "next")

    def test_many_lines_end_with_the_last(self):
        reply = self.read(b"250-line\r\n" * 5000 + b"450 4.3.0 last\r\n")
        self.assertEqual(reply.code, 450)
        self.assertEqual(len(reply.text), MAX_TEXT)

    def test_endless_reply(self):
        for data in (b"250-" + b"x" * (MAX_REPLY + MAX_LINE), b"250-x\r\n" * (MAX_REPLY // 7 + 1)):
            with self.subTest(data=data[:10]), self.assertRaisesRegex(ProtocolError, "endless"):
                self.read(data)
