import base64
import html
import quopri
import random
import re
import smtplib
from time import perf_counter
from urllib.parse import quote, quote_plus

from ...tools.smtp import secret
from ...tools.smtp.secret import Secrets
from .common import DoctestCase

PASSWORD = "Zażółć+gęślą/jaźń=2026 &<>"
ASCII = "Geheim-123456"


def base64_text(text):
    return base64.b64encode(text.encode()).decode()


class TestSecrets(DoctestCase):
    def assertHidden(self, password, text):
        scrubbed = Secrets(password).scrub(f"before {text} after")
        self.assertIn(secret.MASK, scrubbed)
        self.assertTrue(scrubbed.startswith("before ") and scrubbed.endswith("fter"), scrubbed)
        # Whatever is left is shorter than a piece, or stands for what is around the password.
        left = "".join(scrubbed.split(secret.MASK))
        for begin in range(len(left)):
            for twice in (False, True):
                data = left[begin : begin + 64].encode("ascii", "ignore")
                for _ in range(1 + twice):
                    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
                    data = base64.b64decode(data[: len(data) // 4 * 4])
                found = data.decode("utf-8", "ignore")
                for start in range(len(password) - 5):
                    self.assertNotIn(password[start : start + 6], found)
        for start in range(len(password) - 11):
            self.assertNotIn(password[start : start + 12], left)

    def test_doctests(self):
        self.assertDoctests(secret)

    def test_codings(self):
        for password in (PASSWORD, ASCII, "hunter2hunter2", "".join(random.Random(3).choices("abcdefgh", k=300))):
            for text in (
                password,
                password.upper(),
                base64_text(password),
                base64_text(f"\0sales\0{password}"),
                base64_text(f"sales@odoo.test\0sales@odoo.test\0{password}"),
                base64_text(f"user=sales@odoo.test\1auth=Bearer {password}\1\1"),
                base64_text(f"aa{password}bb").lower(),
                base64.urlsafe_b64encode(f"\0sales\0{password}".encode()).decode(),
                base64_text(base64_text(f"\0sales\0{password}")),
                quote(password),
                quote(password, safe=""),
                quote_plus(password).lower(),
                quopri.encodestring(password.encode()).decode(),
                password.encode().hex(),
                password.encode().hex().upper(),
                html.escape(password),
                password[::-1],
                password.encode().decode("latin-1"),
                password.encode("unicode_escape").decode(),
            ):
                with self.subTest(password=password[:20], text=text[:60]):
                    self.assertHidden(password, text)

    def test_split(self):
        encoded = base64_text(f"\0sales\0{ASCII}")
        for between in ("\n", " ", "\r\n535-", "\n5.7.8 ", "\r\n535-5.7.8 ", "=\r\n", "\t"):
            for size in (1, 4, 9):
                with self.subTest(between=between, size=size):
                    for text in (ASCII, encoded):
                        pieces = [text[start : start + size] for start in range(0, len(text), size)]
                        scrubbed = Secrets(ASCII).scrub(between.join(pieces))
                        self.assertIn(secret.MASK, scrubbed)
                        self.assertNotIn("123456", scrubbed.replace(between, ""))

    def test_a_part_of_it(self):
        token = "ya29." + "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyzABCDEF0123456789_-", k=200))
        self.assertNotIn(token[40:80], Secrets(token).scrub(f"535 bad token {token[30:90]}…"))

    def test_what_is_no_secret_stays(self):
        known = Secrets(ASCII, "Sales2026@odoo.test")
        known.add_response(base64_text(f"\0sales@odoo.test\0{ASCII}"))
        for text in (
            "250 2.0.0 Ok: queued as 8EF88268011",
            "550 5.1.1 <sales@odoo.test>: User unknown in virtual mailbox table",
            "535 5.7.8 Username and Password not accepted",
            "",
        ):
            self.assertEqual(known.scrub(text), text)
            self.assertEqual(known.scrub_bytes(text.encode()), text.encode())

    def test_what_was_sent_at_the_login(self):
        for sent, hidden in (
            (base64_text("\0sales\0topsecret-1"), "topsecret-1"),
            (base64_text("user=sales\1auth=Bearer ya29.token-of-length\1\1"), "ya29.token-of-length"),
            (base64_text("sales 0123456789abcdef0123456789abcdef"), "0123456789abcdef0123456789abcdef"),
            ("not*base64*but*sent", "not*base64*but*sent"),
        ):
            known = Secrets()
            known.add_response(sent)
            self.assertEqual(known.scrub(f"you said {hidden}!"), "you said ***!")
            self.assertNotIn(sent[8:], known.scrub(f"you said {sent}"))
            self.assertEqual(known.scrub("hello sales, user=sales"), "hello sales, user=sales")

    def test_a_short_one(self):
        self.assertEqual(Secrets("abc").scrub("abc is not abcd"), "*** is not abcd")
        self.assertEqual(Secrets("demo").scrub("the password demo"), "the password ***")
        self.assertEqual(Secrets("", None, " ").scrub("nothing"), "nothing")

    def test_exceptions(self):
        known = Secrets(ASCII)
        behind = ValueError(f"bad {ASCII}", [ASCII, 7], {"a": ASCII})
        error = smtplib.SMTPAuthenticationError(535, f"no: {ASCII}".encode())
        error.__cause__ = behind
        behind.__context__ = error  # a loop
        known.scrub_error(error)
        self.assertNotIn(ASCII, f"{error} {error.smtp_error} {error.args} {behind}")
        known = Secrets(PASSWORD)
        try:
            PASSWORD.encode("ascii")
        except UnicodeEncodeError as coding:
            known.scrub_error(coding)
            self.assertNotIn("ż", f"{coding} {coding.args} {coding.object}")
        known = Secrets(ASCII)
        refused = smtplib.SMTPRecipientsRefused({"a@odoo.test": (550, ASCII.encode())})
        known.scrub_error(refused)
        self.assertNotIn(ASCII, str(refused))

    def test_no_text_makes_it_hang(self):
        known = Secrets(PASSWORD, "t" * 2000, "".join(random.Random(2).choices("abcdef0123456789", k=3000)))
        begin = perf_counter()
        for text in ("t" * 1_000_000, base64_text(PASSWORD) * 20_000, "=\n" * 500_000, "\n535 " * 200_000):
            known.scrub(text)
        self.assertLess(perf_counter() - begin, 20)

    def test_a_short_one_beside_a_letter_that_grows(self):
        """The small form of a Turkish capital is two characters long, which would shift all places behind it."""
        self.assertEqual(Secrets("abc").scrub("İİ abc, abcd"), "İİ ***, abcd")
