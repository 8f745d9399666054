from ...tools.smtp import envelope as envelope_module
from ...tools.smtp import extension
from ...tools.smtp.envelope import Envelope, EnvelopeError, mail_command, needs_smtputf8, rcpt_command, xtext
from ...tools.smtp.extension import Extensions
from .common import DoctestCase

ALL = Extensions.from_esmtp(
    {"size": "1000", "8bitmime": "", "smtputf8": "", "dsn": "", "pipelining": "", "chunking": ""}
)
NONE = Extensions()


class TestExtensions(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(extension)

    def test_each_keyword(self):
        for keyword, name in (
            ("dsn", "dsn"),
            ("pipelining", "pipelining"),
            ("chunking", "chunking"),
            ("smtputf8", "smtputf8"),
            ("8bitmime", "eightbitmime"),
            ("enhancedstatuscodes", "enhanced_status_codes"),
        ):
            with self.subTest(keyword=keyword):
                self.assertTrue(getattr(Extensions.from_esmtp({keyword.upper(): ""}), name))
                self.assertFalse(getattr(NONE, name))

    def test_is_a_copy(self):
        features = {"dsn": ""}
        offered = Extensions.from_esmtp(features)
        features.clear()
        self.assertTrue(offered.dsn)


class TestEnvelope(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(envelope_module)

    def test_what_no_server_could_take(self):
        for values, message in (
            ({"recipients": ()}, "the mail has no recipient"),
            ({"recipients": ("",)}, "the recipient address is empty"),
            (
                {"recipients": ("ok@b", "a@b\r\nDATA")},
                r"the recipient address contains a line break \('a@b\\r\\nDATA'\)",
            ),
            ({"recipients": ("a b@c",)}, r"the recipient address contains a space \('a b@c'\)"),
            ({"recipients": ("a\u2028@c",)}, "contains a space"),
            ({"recipients": ("a@b> SIZE=1",)}, "contains an angle bracket"),
            ({"recipients": ("<a@b>",)}, "contains an angle bracket"),
            ({"recipients": ("a\x00@b",)}, "contains a control character"),
            ({"recipients": ("a\ud800@b",)}, "contains half a character"),
            ({"recipients": ("a@b\uff1ec.example",)}, "has a domain that cannot exist"),
            ({"recipients": ("a@b\uff20c.example",)}, "has a domain that cannot exist"),
            ({"recipients": (f"a@{'ż' * 64}.example",)}, "has a domain that cannot exist"),
            ({"recipients": (f"a@{'٠' * 200_000}.example",)}, "has a domain that cannot exist"),
            ({"recipients": ("a@ż..example",)}, "has a domain that cannot exist"),
            ({"recipients": ("a@-ż.example",)}, "has a domain that cannot exist"),
            ({"sender": "a\n@b"}, "the sender address contains a line break"),
            ({"envelope_id": "a+b"}, "the envelope id may hold"),
            ({"envelope_id": "x" * 101}, "the envelope id may hold"),
            ({"envelope_id": "a\n"}, "the envelope id may hold"),
            ({"notify": frozenset({"FAIL"})}, "SUCCESS, FAILURE or DELAY only"),
            ({"notify": frozenset({"NEVER", "DELAY"})}, "NEVER cannot be combined"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(EnvelopeError, message):
                Envelope(**{"sender": "s@odoo.test", "recipients": ("a@dest.test",), **values})

    def test_mail_command(self):
        plain = Envelope("s@odoo.test", ("a@dest.test",), "T.1_x-y")
        for envelope, extensions, eight_bit, expected in (
            (plain, NONE, True, "MAIL FROM:<s@odoo.test>"),
            (plain, ALL, False, "MAIL FROM:<s@odoo.test> SIZE=7 RET=HDRS ENVID=T.1_x-y"),
            (plain, ALL, True, "MAIL FROM:<s@odoo.test> SIZE=7 BODY=8BITMIME RET=HDRS ENVID=T.1_x-y"),
            (plain, Extensions.from_esmtp({"size": ""}), False, "MAIL FROM:<s@odoo.test> SIZE=7"),
            (Envelope("", ("a@b",)), ALL, False, "MAIL FROM:<> SIZE=7 RET=HDRS"),
            (Envelope("s@x", ("a@b",), return_headers_only=False), ALL, False, "MAIL FROM:<s@x> SIZE=7 RET=FULL"),
            (
                Envelope("s@x", ("a@b", "józef@b")),
                ALL,
                False,
                "MAIL FROM:<s@x> SIZE=7 BODY=8BITMIME SMTPUTF8 RET=HDRS",
            ),
            (Envelope("s@x", ("józef@b",)), Extensions.from_esmtp({"smtputf8": ""}), False, "MAIL FROM:<s@x> SMTPUTF8"),
            (Envelope("s@x", ("józef@b",)), NONE, False, "MAIL FROM:<s@x>"),
            (Envelope("s@bücher.example", ("a@b",)), NONE, False, "MAIL FROM:<s@xn--bcher-kva.example>"),
        ):
            with self.subTest(expected=expected):
                self.assertEqual(mail_command(envelope, extensions, 7, eight_bit), f"{expected}\r\n".encode())

    def test_rcpt_command(self):
        for address, notify, extensions, expected in (
            ("a@b", {"FAILURE"}, NONE, "RCPT TO:<a@b>"),
            ("a@b", set(), ALL, "RCPT TO:<a@b> ORCPT=rfc822;a@b"),
            (
                "a@b",
                {"DELAY", "FAILURE", "SUCCESS"},
                ALL,
                "RCPT TO:<a@b> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a@b",
            ),
            ("a@b", {"NEVER"}, ALL, "RCPT TO:<a@b> NOTIFY=NEVER ORCPT=rfc822;a@b"),
            ("a+x=y@b", set(), ALL, "RCPT TO:<a+x=y@b> ORCPT=rfc822;a+2Bx+3Dy@b"),
            ("a@Bücher.example", set(), ALL, "RCPT TO:<a@xn--bcher-kva.example> ORCPT=rfc822;a@xn--bcher-kva.example"),
            ("a@żółw。pl", set(), NONE, "RCPT TO:<a@xn--w-uga1v8h.pl>"),
            ("a@z\u0307o\u0301łw.pl", set(), NONE, "RCPT TO:<a@xn--w-uga1v8h.pl>"),  # composed first
            ("a@xn--w-uga1v8h.pl", set(), NONE, "RCPT TO:<a@xn--w-uga1v8h.pl>"),
            # IDNA 2003 would send this to strasse.example
            ("a@Straße.example", set(), NONE, "RCPT TO:<a@xn--strae-oqa.example>"),
            ("józef@bücher.example", {"DELAY"}, ALL, "RCPT TO:<józef@bücher.example> NOTIFY=DELAY"),
            ("postmaster", set(), NONE, "RCPT TO:<postmaster>"),
        ):
            with self.subTest(expected=expected):
                envelope = Envelope("s@x", (address,), notify=frozenset(notify))
                self.assertEqual(rcpt_command(envelope, address, extensions), f"{expected}\r\n".encode())

    def test_needs_smtputf8(self):
        for address, expected in (
            ("a@b", False),
            ("ą@b", True),
            ("a@ą", False),
            ("ą", True),
            ("", False),
            ("a@ą@b", True),
        ):
            with self.subTest(address=address):
                self.assertEqual(needs_smtputf8(address), expected)

    def test_xtext(self):
        for text, expected in (("abc", "abc"), ("a b", "a+20b"), ("+=", "+2B+3D"), ("a\n", "a+0A"), ("~!", "~!")):
            with self.subTest(text=text):
                self.assertEqual(xtext(text), expected)
