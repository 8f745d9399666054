"""Mails of Outlook, through a stand-in for `extract-msg`: what that library (0.57) made of files written for this test."""

from email.message import EmailMessage
from enum import IntEnum
from unittest.mock import patch

from ...tools.archive import outlook
from ...tools.archive.message import read_mail
from .common import DoctestCase


class Kind(IntEnum):
    TO, CC, BCC = 1, 2, 3


class Row:
    def __init__(self, kind, name, email):
        self.type, self.name, self.email = kind, name, email


class File:
    """What `openMsg` returns.

    :param headers: as the library makes them: those of the internet, or its own
    :param recipients: their table, (kind, name, address); who is of the same Exchange may have no address of the internet
    :param streams: what is kept of the sender, by its tag
    """

    def __init__(self, headers, recipients=(), streams=None, subject=None):
        self.headers, self.streams, self.subject = headers, streams or {}, subject
        self.recipients = [Row(*one) for one in recipients]

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.recipients = None

    def asEmailMessage(self):  # noqa: N802 (its name)
        mail = EmailMessage()
        for name, value in self.headers.items():
            mail[name] = value
        mail.set_content("Hi")
        return mail

    def getStringStream(self, name):  # noqa: N802 (its name)
        return self.streams.get(name.removeprefix("__substg1.0_"))


class Library:
    def __init__(self, file):
        self.file = file

    def openMsg(self, source):  # noqa: N802 (its name)
        return self.file


INTERNET = {
    "From": "Ala <ala@example.com>",
    "Message-ID": "<1@example.com>",
    "Date": "Mon, 15 Jun 2026 15:41:06 +0200",
    "To": "Bob <bob@example.com>",
}
OWN = {"From": "", "Message-Id": "", "Authentication-Results": "", "To": "", "Cc": "", "Bcc": ""}


class TestArchiveOutlook(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(outlook)

    def read(self, *args, **options):
        with patch.object(outlook, "extract_msg", Library(File(*args, **options))):
            self.assertTrue(outlook.is_available())
            return read_mail(outlook.as_mail(b"a file"))

    def test_headers_of_the_internet(self):
        """They stay; what they do not say is in the file."""
        rows = [(Kind.TO, "Bob, B.", "bob@example.com"), (Kind.BCC, "Secret, S.", "bcc@example.com")]
        found = self.read(INTERNET, rows, {"5D02": "other@example.com"}, "Faktura")
        self.assertEqual((found.email_from, found.message_id), ("Ala <ala@example.com>", "<1@example.com>"))
        self.assertEqual(found.recipients, [("to", "bob@example.com"), ("bcc", "bcc@example.com")])
        self.assertEqual((found.subject, found.text), ("Faktura", "Hi\n"))

    def test_a_subject_of_the_internet(self):
        self.assertEqual(self.read({**INTERNET, "Subject": "y"}, subject="x").subject, "y")

    def test_a_mail_that_outlook_has_sent(self):
        """It has names and a table. The older library gives numbers for the kinds."""
        headers = {**OWN, "From": '"Ala Sprzedaż"', "To": "Bob; ada", "Cc": "Cc One"}
        for kinds in (Kind, int):
            rows = [
                (kinds(Kind.TO), "Bob", "bob@example.com"),
                (kinds(Kind.TO), "ada", "/o=x/cn=ada"),
                (kinds(Kind.TO), "Nobody", None),
                (kinds(Kind.TO), "Kowalska, Ola", "ola@example.com"),
                (kinds(Kind.CC), None, "cc@example.com"),
            ]
            streams = {"5D02": "ala@example.com", "0C1F": "/o=x/cn=ala"}
            found = self.read(headers, rows, streams, "Faktura\r\n żółta")
            self.assertEqual(
                found.recipients, [("to", "bob@example.com"), ("to", "ola@example.com"), ("cc", "cc@example.com")]
            )
            self.assertEqual((found.sender, found.email_from), ("ala@example.com", "Ala Sprzedaż <ala@example.com>"))
            self.assertEqual(found.subject, "Faktura żółta")

    def test_where_the_senders_address_is(self):
        for streams, expected in (
            ({"5D02": "on.behalf@example.com", "5D01": "ala@example.com"}, "on.behalf@example.com"),
            ({"5D01": "ala@example.com", "0C1F": "/o=x/cn=ala"}, "ala@example.com"),
            ({"0C1F": "ala@example.com"}, "ala@example.com"),
            ({"0C1F": "/o=x/cn=ala"}, ""),
        ):
            with self.subTest(streams=streams):
                self.assertEqual(self.read({**OWN, "From": "Ala"}, streams=streams).sender, expected)

    def test_a_draft_of_nothing(self):
        found = self.read(OWN)
        self.assertEqual((found.sender, found.recipients, found.subject), ("", [], ""))

    def test_what_the_library_raises(self):
        with self.assertRaises(outlook.OutlookError), patch.object(outlook, "extract_msg", Library(None)):
            outlook.as_mail(b"a file")
