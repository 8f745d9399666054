from email.message import EmailMessage
from email.mime.text import MIMEText
from email.policy import SMTP

from ...tools.compose import flatten as flatten_module
from ...tools.compose.flatten import flatten
from ..servers.scripted import ScriptedServer
from .common import DoctestCase


def mail(**headers):
    built = EmailMessage(policy=SMTP)
    for name, value in {"From": "s@odoo.test", "To": "a@dest.test", "Subject": "Zażółć", **headers}.items():
        built[name.replace("_", "-")] = value
    return built


def with_content(built, *args, **kwargs):
    built.set_content(*args, **kwargs)
    return built


MAILS = (
    ("text", with_content(mail(), ".dot\n..two\nline\n.\nend\n")),
    ("bcc", with_content(mail(Bcc="x@dest.test", Resent_Bcc="y@dest.test"), "hello")),
    ("8bit", with_content(mail(), "Zażółć gęślą jaźń\n" * 3, cte="8bit")),
    ("attachment", with_content(mail(), b"\x00\x01.\n.\n" * 50, maintype="application", subtype="pdf")),
    ("long subject", with_content(mail(Subject="ż" * 200), "x")),
    ("no content", mail()),
    ("no line end", with_content(mail(), "x", cte="7bit")),
    ("old kind of message", MIMEText(".ą", _charset="utf-8")),
)


class TestFlatten(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(flatten_module)

    def test_same_bytes_as_smtplib(self):
        with ScriptedServer() as server, server.connect() as connection:
            for name, built in MAILS:
                with self.subTest(name=name):
                    before = built.as_bytes()
                    connection.send_message(built, "s@odoo.test", ["a@dest.test"])
                    sent = server.messages[-1].data
                    flat = flatten(built)
                    self.assertEqual(flat if flat.endswith(b"\r\n") else flat + b"\r\n", sent)
                    self.assertNotIn(b"bcc:", sent.lower())
                    self.assertEqual(built.as_bytes(), before)

    def test_same_bytes_as_smtplib_with_utf8(self):
        built = with_content(mail(To="józef@dest.test"), "x")
        with ScriptedServer() as server, server.connect() as connection:
            connection.send_message(built, "s@odoo.test", ["józef@dest.test"])
            self.assertEqual(flatten(built, utf8=True), server.messages[-1].data)
            self.assertIn("Subject: Zażółć".encode(), server.messages[-1].data)
