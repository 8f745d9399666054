"""Mails of every shape, built with any policy, and what a receiver reads of them."""

import datetime
import random
from email import policy as standard
from email.message import EmailMessage
from email.parser import BytesParser

IDENTIFICATION = {"message-id", "in-reply-to", "references", "resent-msg-id"}
NO_FOLD = standard.SMTP.clone(max_line_length=None)


class OdooPolicy(standard.EmailPolicy):
    """What Odoo puts in the place of `email.policy.SMTP` (base/models/ir_mail_server.py)."""

    def _fold(self, name, value, *args, **kwargs):
        if name.lower() in IDENTIFICATION:
            return NO_FOLD._fold(name, value, *args, **kwargs)
        return super()._fold(name, value, *args, **kwargs)


CORE = OdooPolicy(linesep="\r\n")
DATE = datetime.datetime(2026, 11, 24, 8, 5, 9)
PDF = bytes(range(256)) * 20
MAIL_ATTACHED = (
    b"From: a@b.example\r\nSubject: =?utf-8?q?Cze=C5=9B=C4=87?=\r\nX-Long: " + b"word " * 40 + b"\r\n\r\n.body\r\n"
)
MAIL_WITH_PARTS = (
    b"Subject: parts\nContent-Type: multipart/mixed; boundary=x\n\npreamble\n--x\nContent-Type: text/plain\n\n"
    b"caf\xe9\n--x\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n--x--\nepilogue\n"
)


def build(chosen, headers, body, subtype="plain", alternative=None, related=(), attachments=()):
    """Build as ir.mail_server does, and a little more."""
    mail = EmailMessage(policy=chosen)
    for name, value in headers:
        mail[name] = value
    if alternative is not None:
        mail["MIME-Version"] = "1.0"
        mail.add_alternative(alternative, subtype="plain", charset="utf-8")
        mail.add_alternative(body, subtype=subtype, charset="utf-8")
    else:
        mail.set_content(body, subtype=subtype, charset="utf-8")
    for data, maintype, subtype_, cid in related:
        mail.add_related(data, maintype, subtype_, cid=cid)
    for name, data, maintype, subtype_ in attachments:
        if (maintype, subtype_) == ("message", "rfc822"):
            mail.add_attachment(BytesParser().parsebytes(data), filename=name)
        else:
            mail.add_attachment(data, maintype, subtype_, filename=name)
    return mail


def read(data):
    """What a receiver sees: fields in order, structure, content."""

    def part(one):
        fields = []
        for name, value in one.items():
            # Where quoted-printable and base64 are nearly as long, either may be chosen.
            if name.lower() == "content-transfer-encoding" and value in ("base64", "quoted-printable"):
                value = "encoded"
            elif name.lower() == "content-type":
                value = (value.content_type, sorted(pair for pair in value.params.items() if pair[0] != "boundary"))
            elif name.lower() in ("to", "cc", "from", "reply-to", "sender"):
                value = [(address.display_name, address.addr_spec) for address in value.addresses]
            else:
                value = str(value)
            fields.append((name, value))
        if one.is_multipart():
            return fields, [part(inner) for inner in one.get_payload()]
        data = one.get_payload(decode=True)
        # Of a text only base64 keeps the line ends of the policy.
        return fields, one.get_filename(), data.splitlines() if one.get_content_maintype() == "text" else data

    return part(BytesParser(policy=standard.default).parsebytes(data))


CHOICE = {("Content-Transfer-Encoding", "base64"), ("Content-Transfer-Encoding", "quoted-printable")}
BASE = [
    ("Message-Id", "<527263436.1764.1764-openerp-12-res.partner@erp.example>"),
    ("Subject", "Invoice"),
    ("From", '"Sales, Poland" <sales@odoo.test>'),
    ("Reply-To", "sales@odoo.test"),
    ("To", ["a@dest.test"]),
    ("Date", DATE),
]


def with_header(name, value):
    kept = [pair for pair in BASE if pair[0].lower() != name.lower()]
    return [*kept, (name, value)]


SUBJECTS = (
    "",
    "x",
    "Re: [Task #12] plain ASCII (with brackets) & more: 100% = all_of_it?",
    "Faktura nr FV/2026/11/0042 z dnia 24 września – zażółć gęślą jaźń",
    "ż",
    "ż" * 200,
    "Ω≈ç√ 漢字かな交じり文 " + "漢" * 60 + " end",
    "😀 " * 30 + "!",
    "word " * 40 + "end",
    "a" * 300,
    "ą" + "a" * 300,
    "short ż " + "word " * 30 + "ż",
    " leading",
    "two  spaces",
    "tab\there",
    "=?utf-8?q?already_encoded_=C5=BC?=",
    "looks like =? one ?=",
    "equals = and ? marks _ under",
    'quotes " and \\ backslash',
    "non\u00a0breaking ż",
    "trailing dot.",
    "C1 \x85x".replace("\x85", "\x9f"),
)
ADDRESSES = (
    ["a@dest.test"],
    ["<a@dest.test>"],
    ['"Jan Kowalski" <jan@dest.test>'],
    ["Jan Kowalski <jan@dest.test>"],
    ['"Kowalski, Jan" <jan@dest.test>'],
    ['"Jan \\"Janek\\" Kowalski" <jan@dest.test>'],
    ["=?utf-8?b?SsOzemVmIMW7w7PFgnc=?= <jozef@dest.test>"],
    ["=?utf-8?q?J=C3=B3zef?= <jozef@dest.test>"],
    ["Józef Żółw <jozef@dest.test>"],
    ['"Józef" <jozef@dest.test>', "b@dest.test"],
    [f'"Recipient number {number}" <recipient.{number}@a-rather-long-domain.example>' for number in range(12)],
    [f"{'a' * 60}@{'b' * 50}.example"],
    [f'"{"n" * 90}" <a@dest.test>'],
    ["a+b_c=d%e@sub-domain.dest.test", "O'Brien <ob@dest.test>", "A B C <abc@dest.test>"],
    ["a@[127.0.0.1]"],
    ["no address at all"],
    ["trailing@dot.", "@nolocal", "two@@ats.test"],
    ["Team: a@dest.test, b@dest.test;"],
    ["a@dest.test (comment)"],
    ["undisclosed-recipients:;"],
    ["jan@bücher.example"],
    "a@dest.test",
    "Jan Kowalski <jan@dest.test>",
    '"Jan Kowalski" <jan@dest.test>',
    '"Kowalski, Jan" <jan@dest.test>',
    '"J. Kowalski" <jan@dest.test>',
    "J. Kowalski <jan@dest.test>",
    "a@dest.test, b@dest.test",
    'a@dest.test, "Jan Kowalski" <jan@dest.test>, J K <jk@dest.test>, "J. K." <jk@dest.test>',
    '"Kowalski, Jan" <jan@dest.test>, b@dest.test',
    '"Jan, b@dest.test" <jan@dest.test>, "a, b, c" <c@dest.test>',
    '"Jan Kowalski" <jan@dest.test>, ',
    "a@dest.test, , b@dest.test, ",
    "a@dest.test, , ",
    ", ",
    "a@dest.test,b@dest.test,  c@dest.test",
    "a@dest.test, =?utf-8?b?SsOzemVm?= <jozef@dest.test>",
    ", ".join(f'"Recipient number {number}" <recipient.{number}@a-rather-long-domain.example>' for number in range(12)),
    "=?utf-8?b?SsOzemVm?= <jozef@dest.test>",
    "Józef <jozef@dest.test>",
    "",
)
BODIES = (
    "",
    "\n",
    "x",
    "no line end",
    ".\n..\n.dot first\n",
    "trailing spaces   \ntabs\t\t\n \n",
    "From the start\nFrom again\n",
    "one\rtwo\rthree",
    "one\r\ntwo\r\n",
    "mixed\nline\r\nends\r",
    "Zażółć gęślą jaźń\n" * 3,
    "Zażółć gęślą jaźń " * 60,
    "漢字" * 400,
    "x" * 5000,
    ("x" * 90 + "   \n") * 12,
    "=equals= and = at the end =\n" + "y" * 100,
    "\x00\x07control\x1f\n",
    "\u2028line separator\u2029 \x85 \x0b\x0c\x1c",
    "lone nbsp \u00a0 \n" * 20 + "z" * 100,
    "tab at the soft break \t" * 20,
    ("é" * 39 + "\n") * 5,
    "\n" * 30 + "x" * 80 + " \n.\n",
    "word " * 500,
    "a" * 77 + "\n" + "b" * 78 + "\n" + "c" * 79 + "\n",
)
HEADERS = (
    ("references", "<1.2.3-openerp-1-res.partner@erp.example> <" + "x" * 200 + "@erp.example>"),
    ("References", " ".join(f"<{number}.abcdefgh@erp.example>" for number in range(40))),
    ("In-Reply-To", "<1@x.example>"),
    ("Message-Id", "<no at sign>"),
    ("Message-Id", "not even brackets"),
    ("X-Odoo-Objects", "account.move-42"),
    ("X-Tag", "zażółć gęślą jaźń"),
    ("X-Tag", "word " * 60),
    ("List-Unsubscribe", f"<https://erp.example/unsubscribe?token={'t' * 120}>"),
    ("List-Unsubscribe", "<https://erp.example/u>, <mailto:unsubscribe@erp.example?subject=unsubscribe-me-please-now>"),
    ("Return-Path", "bounce+42@erp.example"),
    ("Cc", ["c@dest.test", '"D E" <d@dest.test>']),
    ("Bcc", ["secret@dest.test"]),
    ("Sender", "Sales <sales@odoo.test>"),
    ("From", "sales@odoo.test"),
    ("From", "Żaneta <sales@odoo.test>"),
    (
        "From",
        '"Very Long Company Name of the Sender with Many Words, Limited" <sales.department@a-long-domain.example>',
    ),
    ("Auto-Submitted", "auto-generated"),
    ("Content-Language", "pl"),
    ("Date", "Tue, 24 Nov 2026 08:05:09 +0000"),
    ("Date", DATE.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2)))),
    ("Date", "not a date"),
    ("X-Empty", ""),
    ("Disposition-Notification-To", '"Jan" <jan@dest.test>'),
    ("Precedence", "bulk"),
)
FILES = (
    ("a.pdf", PDF, "application", "pdf"),
    ("Faktura 1 (kopia).pdf", PDF, "application", "pdf"),
    ("Faktura_Żółw.pdf", PDF, "application", "pdf"),
    ("漢字" * 30 + ".pdf", PDF, "application", "pdf"),
    ('quo"te\\.txt', b"x", "text", "plain"),
    ("a;b=c'd%e.txt", b"text\r\n.dot\n", "text", "plain"),
    ("n" * 120 + ".pdf", b"", "application", "octet-stream"),
    ("", b"x", "application", "octet-stream"),
    (None, b"x", "application", "octet-stream"),
    (" spaced .pdf", b"x" * 57, "application", "pdf"),
    ("mail.eml", MAIL_ATTACHED, "message", "rfc822"),
    ("parts.eml", MAIL_WITH_PARTS, "message", "rfc822"),
    ("report.csv", bytearray(b"a,b\n" * 30), "text", "csv"),
    ("view.bin", memoryview(PDF), "application", "x-thing"),
)


def shapes():
    """(name, arguments of build)"""
    for subject in SUBJECTS:
        yield f"subject {subject!r}"[:60], {"headers": with_header("Subject", subject), "body": "x"}
    for addresses in ADDRESSES:
        yield f"to {addresses!r}"[:60], {"headers": with_header("To", addresses), "body": "x"}
    for name, value in HEADERS:
        yield f"{name} {value!r}"[:60], {"headers": with_header(name, value), "body": "x"}
    for body in BODIES:
        yield f"plain {body!r}"[:40], {"headers": BASE, "body": body}
        yield f"html {body!r}"[:40], {"headers": BASE, "body": body, "subtype": "html", "alternative": "text\n" + body}
    for file in FILES:
        yield f"file {file[0]!r}"[:40], {"headers": BASE, "body": "x", "attachments": [file]}
    yield (
        "inline image",
        {"headers": BASE, "body": "<img/>", "subtype": "html", "related": [(PDF, "image", "png", "<1@x>")]},
    )
    rnd = random.Random(42)
    for number in range(80):
        headers = {name.lower(): (name, value) for name, value in [*BASE, *rnd.sample(HEADERS, 5)]}
        headers["subject"] = ("Subject", rnd.choice(SUBJECTS))
        headers["to"] = ("To", rnd.choice(ADDRESSES))
        yield (
            f"random {number}",
            {
                "headers": list(headers.values()),
                "body": rnd.choice(BODIES),
                "subtype": "html",
                "alternative": rnd.choice((None, *BODIES)),
                "attachments": rnd.sample(FILES, rnd.choice((0, 0, 1, 3))),
            },
        )
