from ...tools.compose import build, display_name, header_field
from ...tools.compose.build import build_message, sanitized_arguments
from ...tools.compose.policy import POLICY
from .common import DoctestCase
from .mails import DATE, MAIL_ATTACHED, PDF

ARGUMENTS = {"body_alternative": "Hello", "subtype": "html", "message_id": "<1@erp.example>", "date": DATE}


def built(**values):
    return build_message("s@odoo.test", ["a@dest.test"], "Invoice", "<p>Hello</p>", **ARGUMENTS, **values)


class TestBuild(DoctestCase):
    """What core builds of the same arguments is compared in a test of its own, with Odoo."""

    def test_doctests(self):
        self.assertDoctests(build, display_name)

    def test_fields_in_core_s_order(self):
        mail = built(email_cc=["c@dest.test"], email_bcc=["b@dest.test"], references="<0@erp.example>")
        names = ["Message-Id", "references", "Subject", "From", "Reply-To", "To", "Cc", "Bcc", "Date", "MIME-Version"]
        self.assertEqual([name for name in mail.keys() if name != "Content-Type"], names)  # noqa: SIM118
        self.assertIs(mail.policy, POLICY)

    def test_empty_values(self):
        mail = build_message("s@odoo.test", [], "", None, headers={"X-Empty": ""}, **ARGUMENTS)
        self.assertEqual((mail["Subject"], mail["To"], mail["X-Empty"], mail["Cc"]), ("", "", "", None))
        self.assertEqual(mail.get_body(("html",)).get_content().strip(), "")

    def test_attachments(self):
        files = [("a.pdf", PDF, "application/pdf"), ("b.eml", MAIL_ATTACHED, "message/rfc822")]
        mail = built(**sanitized_arguments({"attachments": files}))
        pdf, attached = mail.iter_attachments()
        self.assertEqual((pdf.get_filename(), pdf.get_content()), ("a.pdf", PDF))
        self.assertEqual((attached.get_content_type(), attached.get_filename()), ("message/rfc822", "b.eml"))

    def test_sanitized_arguments(self):
        given = {
            "email_cc": ['"C\nD" <c@dest.test>'],
            "reply_to": False,
            "headers": {"X-Msg-To-Add": '"E\nF" <e@dest.test>', "X-Tag": "kept"},
            "attachments": [("a\nb.txt", b"x", "no type"), (None, b"y", "text/csv")],
        }
        before = repr(given)
        self.assertEqual(
            sanitized_arguments(given),
            {
                "email_cc": ['"C D" <c@dest.test>'],
                "reply_to": False,
                "headers": {"X-Msg-To-Add": '"E F" <e@dest.test>', "X-Tag": "kept"},
                "attachments": [("a b.txt", b"x", "application/octet-stream"), (None, b"y", "text/csv")],
            },
        )
        self.assertEqual(repr(given), before, "the caller's arguments are not changed")
        self.assertEqual(sanitized_arguments({"headers": {"X-Tag": "kept"}}), {"headers": {"X-Tag": "kept"}})

    def test_types_that_cannot_be_attached(self):
        for mimetype in (None, "", "a", "a/b/c", "multipart/mixed", "message/partial"):
            with self.subTest(mimetype=mimetype):
                self.assertEqual(build.attachment_type(mimetype), ("application", "octet-stream"))
        self.assertEqual(build.attachment_type("Message/RFC822"), ("message", "rfc822"))

    def test_names_in_one_line(self):
        for given, expected in (
            (["a@x.test", '"A\nB" <a@x.test>'], ["a@x.test", '"A B" <a@x.test>']),
            (("a@x.test",), ("a@x.test",)),
            (['"A\u2028B" <a@x.test>', None], ['"A B" <a@x.test>', None]),
            (7, 7),
        ):
            self.assertEqual(display_name.in_one_line(given), expected)

    def test_a_name_that_would_begin_another_header(self):
        for name in ("X:Y", "X\nBcc", "", "X ", "é"):
            with self.subTest(name), self.assertRaises(header_field.HeaderNameError):
                header_field.check_name(name)
        header_field.check_name("X-Tag")
