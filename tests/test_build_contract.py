"""Our fast build of a message makes what core's `_build_email__()` makes, whatever core's has become in an update."""

import inspect
import re
from email.message import EmailMessage
from unittest.mock import patch

from odoo.tests import TransactionCase, freeze_time, tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..engine.route import Route
from ..tools.context_key import ROUTE
from .tools.mails import ADDRESSES, CHOICE, MAIL_ATTACHED, MAIL_WITH_PARTS, PDF, SUBJECTS, read

MESSAGE_ID = "<527263436.1764.1764-openerp-12-res.partner@erp.example>"
USUAL = {
    "email_from": '"Sales, Poland" <sales@odoo.test>',
    "email_to": ["a@dest.test"],
    "subject": "Invoice",
    "body": "<p>Zażółć <b>gęślą</b> jaźń</p>",
    "subtype": "html",
    "body_alternative": "Zażółć *gęślą* jaźń",
    "subtype_alternative": "plain",
    "message_id": MESSAGE_ID,
}
MANY = [f'"Recipient {number}" <recipient.{number}@a-rather-long-domain.example>' for number in range(60)]
FILES = {
    "pdf": ("Faktura 1 (kopia).pdf", PDF, "application/pdf"),
    "text": ("terms.txt", b"text\r\n.dot\nza\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87\n", "text/plain"),
    "table": ("report.csv", b"a,b\n" * 30, "text/csv"),
    "picture": ("logo.png", b"\x89PNG\r\n\x1a\n" + PDF, "image/png"),
    "calendar": ("invite.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar"),
    "mail": ("mail.eml", MAIL_ATTACHED, "message/rfc822"),
    "mail with parts": ("parts.eml", MAIL_WITH_PARTS, "message/rfc822"),
    "non-ASCII name": ("Faktura_Żółw.pdf", PDF, "application/pdf"),
    "long name": ("漢字" * 30 + ".pdf", PDF, "application/pdf"),
    "odd name": ("quo\"te\\;a=b'c%d.txt", b"x", "text/plain"),
    "empty": ("empty.bin", b"", "application/octet-stream"),
    "empty text": ("empty.txt", b"", "text/plain"),
    "no name": (None, b"x", "application/octet-stream"),
    "no type": ("unknown", b"x", None),
    "half a type": ("unknown", b"x", "pdf"),
}
# What core refuses, and we with the same words.
REFUSED = {
    **{f"a second {name}": {"headers": {name: "b@dest.test"}} for name in ("Subject", "Reply-To", "To", "Message-Id")},
    "a second Date": {"headers": {"Date": "Tue, 24 Nov 2026 08:05:09 +0000"}},
    "a header with a line break": {"headers": {"X-Tag": "one\nBcc: two@dest.test"}},
    "a subject with a line break": {"subject": "one\nBcc: two@dest.test"},
    "an address with a line break": {"email_to": "a@dest.test\nBcc: b@dest.test"},
}
# What differs from USUAL; None leaves the argument out, so that core's own default counts.
CASES = {
    **REFUSED,
    "as usual": {},
    "no alternative": {"body_alternative": None},
    "no alternative, plain": {"body_alternative": None, "subtype": None, "body": "Zażółć"},
    "no body": {"body": ""},
    "no body, False": {"body": False},
    "nothing in it": {"body": "", "body_alternative": None, "subtype": None},
    "subtypes left out": {"subtype": None, "subtype_alternative": None},
    "subtypes the other way round": {"subtype": "plain", "subtype_alternative": "html"},
    "subtypes of others": {"subtype": "markdown", "subtype_alternative": "enriched"},
    "no sender": {"email_from": False},
    "sender's name non-ASCII": {"email_from": '"Żaneta z firmy" <sales@odoo.test>'},
    "no recipient": {"email_to": []},
    "no recipient, empty text": {"email_to": ""},
    "long list of recipients": {"email_to": MANY},
    "cc": {"email_cc": ["c@dest.test", '"D, E" <d@dest.test>']},
    "bcc": {"email_bcc": ["secret@dest.test"]},
    "long lists of copies": {"email_cc": MANY, "email_bcc": MANY},
    "reply to": {"reply_to": '"Żółw" <answers@odoo.test>'},
    "reply to, long": {"reply_to": f'"{"n" * 90} Ltd" <answers@odoo.test>'},
    "no Message-ID": {"message_id": None},
    "no Message-ID, of a document": {"message_id": None, "object_id": "12-res.partner"},
    "Message-ID and document": {"object_id": "12-res.partner"},
    "references": {"references": "<1.2.3-openerp-1-res.partner@erp.example> <" + "x" * 200 + "@erp.example>"},
    "references, many": {"references": " ".join(f"<{number}.abcdefgh@erp.example>" for number in range(40))},
    "no subject": {"subject": False},
    "long lines": {"body": "<p>" + "word " * 500 + "</p>", "body_alternative": "y" * 3000},
    "line ends": {"body": "one\rtwo\r\nthree\n.\n..dots\n", "body_alternative": "mixed\nline\r\nends\r"},
    "mostly non-ASCII": {"body": "漢字" * 400, "body_alternative": "漢字 " * 40},
    "headers": {
        "headers": {
            "X-Odoo-Objects": "account.move-42",
            "X-Tag": "zażółć gęślą jaźń " + "word " * 40,
            "X-Empty": "",
            "Return-Path": "bounce+42@erp.example",
            "Auto-Submitted": "auto-generated",
            "List-Id": "<channel-1.odoo.test>",
            "In-Reply-To": "<1@x.example>",
        }
    },
    "structured headers": {
        "headers": {
            "Sender": '"Żaneta" <sales@odoo.test>',
            "Disposition-Notification-To": '"Jan" <jan@dest.test>',
            "Resent-To": "a@dest.test, b@dest.test",
            "X-Forge-To": '"Żółw" <z@dest.test>',
        }
    },
    "a header that is a list": {"headers": {"X-Msg-To-Add": "a@dest.test,b@dest.test", "Resent-Cc": MANY[:3]}},
    "copies that are given as headers": {"headers": {"Cc": "c@dest.test", "Bcc": "b@dest.test, d@dest.test"}},
    "a header that is False": {"headers": {"X-Nothing": False}},
    "headers of the same name": {"headers": {"X-Tag": "one", "x-tag": "two"}},
    "no files": {"attachments": []},
    "all files": {"attachments": list(FILES.values())},
    **{f"file: {name}": {"attachments": [file]} for name, file in FILES.items()},
    **{f"subject {subject!r}"[:60]: {"subject": subject} for subject in SUBJECTS},
    **{f"address {address!r}"[:60]: {"email_to": address, "email_cc": address} for address in ADDRESSES},
}
# Where we differ on purpose. What is no reason to refuse a mail: (what differs, what core takes in its place)
BEARABLE = {
    "a name with a line break": (
        {"email_to": ['"Jan\nKowalski" <jan@dest.test>'], "reply_to": '"Jan\r\nKowalski" <jan@dest.test>'},
        {"email_to": ['"Jan Kowalski" <jan@dest.test>'], "reply_to": '"Jan Kowalski" <jan@dest.test>'},
    ),
    "a file's name with a line break": (
        {"attachments": [("Invoice\r\n2026.pdf", PDF, "application/pdf")]},
        {"attachments": [("Invoice 2026.pdf", PDF, "application/pdf")]},
    ),
    "a file of a type that cannot be attached": (
        {"attachments": [("a", b"x", "multipart/mixed"), ("b", b"x", "a/b/c"), ("c", b"x", "message/partial")]},
        {"attachments": [(name, b"x", "application/octet-stream") for name in "abc"]},
    ),
}

# What core lets through: a field of its own that somebody writes into another one, to send a copy to himself.
SMUGGLED = {
    "a line break in a list": {"email_to": ["a@dest.test\nBcc: b@dest.test"]},
    "a line break in the name of a header": {"headers": {"X-Tag\nBcc": "b@dest.test"}},
}


@tagged("post_install", "-at_install")
class TestBuildContract(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.servers = cls.env["ir.mail_server"].with_context(domain_notifications_email="default@odoo.test")
        route = Route(cls.servers, "sales@odoo.test", cls.env["mail.alias.domain"], None)
        cls.ours = cls.servers.with_context(**ROUTE.put(route))
        cls.startClassPatcher(freeze_time("2026-11-24 08:05:09"))

    def build(self, build, changes):
        """What a method makes of USUAL with these changes: the message, or the exception."""
        arguments = {name: value for name, value in {**USUAL, **changes}.items() if value is not None}
        try:
            return build(**arguments)
        except Exception as error:
            return error

    def by_core(self, changes):
        return self.build(lambda **arguments: IrMail_Server._build_email__(self.servers, **arguments), changes)

    def by_us(self, changes):
        return self.build(self.ours._build_email__, changes)

    def seen(self, message):
        """What add-ons see of a message before it leaves, and a receiver after: all of it, in order."""
        if isinstance(message, Exception):
            return type(message), str(message)
        identifier = re.compile(r"\d+")  # chosen at random where none is given

        def without_chance(name, value):
            return (name, identifier.sub("0", str(value)) if name.lower() == "message-id" else value)

        fields = [
            without_chance(name, (str(value), repr(getattr(value, "addresses", ""))))
            for name, value in message.items()
            if (name, value) not in CHOICE
        ]
        received, *content = read(message.as_bytes())
        return fields, [without_chance(*pair) for pair in received], content

    def assertSame(self, ours, core):
        self.assertEqual(self.seen(ours), self.seen(core))

    def test_same_message(self):
        self.assertGreater(len(CASES), 100)
        for name, changes in CASES.items():
            with self.subTest(name):
                ours, core = self.by_us(changes), self.by_core(changes)
                self.assertSame(ours, core)
                if isinstance(ours, EmailMessage) and changes.get("body_alternative", True):
                    self.assertNotEqual(type(ours.policy), type(core.policy), "it was core that built it")
                self.assertEqual(isinstance(core, Exception), name in REFUSED)

    def test_what_only_we_refuse(self):
        for name, changes in SMUGGLED.items():
            with self.subTest(name):
                self.assertIsInstance(self.by_us(changes), ValueError)
                self.assertIsInstance(self.by_core(changes), EmailMessage)

    def test_what_only_core_refuses(self):
        for name, (changes, in_its_place) in BEARABLE.items():
            with self.subTest(name):
                self.assertSame(self.by_us(changes), self.by_core(in_its_place))

    def test_every_argument_is_tried(self):
        tried = set(USUAL).union(*CASES.values())
        self.assertEqual({"self", *tried}, set(inspect.signature(IrMail_Server._build_email__).parameters))

    def test_a_change_of_core_is_noticed(self):
        build = IrMail_Server._build_email__

        def one_header_more(server, *args, **kwargs):
            message = build(server, *args, **kwargs)
            message["X-New"] = "in 19.0"
            return message

        def another_charset(server, *args, **kwargs):
            message = build(server, *args, **kwargs)
            message.get_body("plain").set_param("charset", "iso-8859-2")
            return message

        def another_order(server, *args, **kwargs):
            message = build(server, *args, **kwargs)
            message._headers.reverse()
            return message

        ours = self.by_us({})
        for changed in (one_header_more, another_charset, another_order):
            with self.subTest(changed.__name__), patch.object(IrMail_Server, "_build_email__", changed):
                with self.assertRaises(AssertionError):
                    self.assertSame(ours, self.by_core({}))
                self.assertSame(self.by_us({}), self.by_core({}))  # what is put in core's place is met
