"""Whatever a parser or an importer is given: it raises nothing but what it declares, and keeps its promises."""

import io
import json
import tempfile
import zipfile
from pathlib import Path

from ...tools import mask
from ...tools.address import address_key, typed_addresses
from ...tools.archive import outlook
from ...tools.archive.container import Archive
from ...tools.archive.mbox import split_mbox
from ...tools.archive.message import header_of, read_mail
from ...tools.archive.model import Dialect
from ...tools.archive.reference import candidates
from ...tools.archive.remote import without_remote_content
from ...tools.doctor import spf
from ...tools.doctor.certificate import read_certificate
from ...tools.imap import answer, folder, name, refusal
from ...tools.presets import Address, AddressError, AutoconfigError, host_name, parse_autoconfig
from ...tools.report import Kind, parse_report
from ...tools.settings_file import SettingsFileError, read_settings, write_settings
from ...tools.smtp.enhanced_status import EnhancedStatus
from ...tools.smtp.receipt import find_receipt
from ...tools.smtp.reply import MAX_TEXT, ConnectionLost, ProtocolError, Reply, read_reply
from ...tools.smtp.secret import Secrets
from ...tools.trace import MOST_NAMES, names_in
from . import fuzzing
from .fuzzing import FuzzCase, data, fuzzed, texts

MAIL = (
    b"From ", b"\nFrom a@b.test Sat Nov 28 10:00:00 2026\n", b"\n\n", b"\r\n", b">From ", b"Subject: ", b"Date: ", b"To: ",
    b"Content-Length: 20\n", b"Content-Type: multipart/mixed; boundary=b\n", b"\n--b\n", b"--b--", b"Message-ID: <1@x>\n",
    b"Content-Type: message/delivery-status\n\n", b"Content-Type: text/html; charset=", b"utf-16", b"idna", b"punycode", b"; name*0*=utf-8''%C5",
    b"Content-Transfer-Encoding: base64\n\n", b"Content-Transfer-Encoding: quoted-printable\n\n", b"QUJD", b"=?utf-8?B?", b"?=",
    b"Final-Recipient: rfc822; a@b.test\n", b"Action: failed\n", b"Status: 5.1.1\n", b"=C5", b"<a@b.test>", b",", b"(", b'"', b"\x00",
)  # fmt: skip
ADDRESS = (
    "a@b.test", "xn--", "@", "<", ">", '"', ",", ";", "\n", "\0", ".", "ü", "ß", "\u0301", "mailto:", "Nowak, Ala", "[192.0.2.1]", "xn--a-ecp.ru",
)  # fmt: skip
REPLY = (
    b"250", b"250-", b"550 ", b"5.1.1", b"2.0.0 ", b" ", b"-", b"\r\n", b"\n", b"\r", b"queued as ", b"ok id=", b"8EF88268011", b"\x00", b"\x1b[0m",
    b"\xff", "ł".encode(), b"421 ", b"<a@b.test>", b"999 ", b"25", b"PLAIN ",
)  # fmt: skip
JSON = (
    b"{", b"}", b"[", b"]", b'"', b":", b",", b'"format": "mail_delivery_status"', b'"version": 1', b'"outgoing": [', b'"settings": {', b'"a": 1',
    b"1e999", b"NaN", b"-", b"null", b"9" * 30, b'"\\ud800"', b'"secrets": {', b"\xef\xbb\xbf", b"<",
)  # fmt: skip
PREFS = (
    b"// Mozilla User Preferences\n", b'user_pref("', b'mail.server.server1.hostname", "', b'mail.smtpserver.smtp1.hostname", "', b'");\n', b'", ',
    b"993", b"true", b"mail.accountmanager.accounts", b'mail.account.account1.server", "server1', b'mail.server.server1.type", "imap', b"\\u00", b"\\x4", b"\\",
    b'mail.smtpservers", "smtp1', b'mail.smtpserver.smtp1.port", ', b"mx.test",
)  # fmt: skip
XML = (
    b"<clientConfig version='1.1'>", b"</clientConfig>", b"<emailProvider id='x'>", b"</emailProvider>", b"<outgoingServer type='smtp'>",
    b"</outgoingServer>", b"<hostname>mx.test</hostname>", b"<port>", b"</port>", b"587", b"<socketType>STARTTLS</socketType>", b"<!DOCTYPE a>", b"&lt;",
    b"<username>%EMAILADDRESS%</username>", b"<a>", b"&#0;", b"<?xml version='1.0' encoding='utf-16'?>", b"encoding='x'", b"<!--", b"<![CDATA[", b"\x00",
)  # fmt: skip
IMAP = (
    b'(\\HasNoChildren \\Sent) "/" ', b'"Sent"', b"{5}", b"NIL", b'"', b"\\", b"INBOX", b"&ZeVnLIqe-", b"&", b"-", b"[TRYCREATE] ", b"[OVERQUOTA]", b"UID 7 ",
    b'(("" "/")) NIL NIL', b"(", b")", b" ", b"\r\n", b"\xff",
)  # fmt: skip
SPF = (
    "v=spf1 ", "v=spf1", "a ", "mx ", "-all", "~all", "ip4:", "192.0.2.1", "/24", "//64 ", "ip6:2001:db8::/32 ", "include:", "a.test ", "b.test ",
    "redirect=", "exists:%{i}.a.test ", "ptr ", " ", "+", "?", ":", "=", "/", "fe80::1%eth0", "a:b.test/33 ",
)  # fmt: skip
HTML = (
    "<img src=",
    '"cid:a"',
    "http://x.test/",
    "url(",
    "'",
    '"',
    ">",
    "<a href=",
    "background=",
    "<",
    "srcset",
    "&#x3a;",
    " ",
)


def things():
    """Whatever JSON can say, as bytes."""
    st = fuzzing.st
    key = st.one_of(
        st.sampled_from(("format", "version", "outgoing", "incoming", "settings", "secrets", "name")),
        st.text(max_size=3),
    )
    leaf = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("mail_delivery_status")
    )
    inner = st.recursive(leaf, lambda one: st.one_of(st.lists(one, max_size=3), st.dictionaries(key, one, max_size=4)))
    head = st.fixed_dictionaries({"format": st.just(FORMAT), "version": st.just(VERSION)}, optional={
        one: inner for one in ("outgoing", "incoming", "settings", "secrets")
    })  # fmt: skip
    return st.one_of(head, inner).map(lambda value: json.dumps(value).encode())


FORMAT, VERSION = (json.loads(write_settings([], [], {}))[one] for one in ("format", "version"))


class TestReturnedMailFuzz(FuzzCase):
    @fuzzed(lambda: data(*MAIL))
    def test_report(self, source):
        found = self.bounded(parse_report, source)
        self.assertTrue(found.kind is not Kind.NONE or not found.recipients)
        for one in found.recipients:
            self.assertNotIn("\n", one.recipient + one.diagnostic)


class TestArchiveFuzz(FuzzCase):
    @fuzzed(lambda: data(*MAIL))
    def test_mail(self, source):
        found = self.bounded(read_mail, source)
        for text in (found.subject, found.sender):
            self.assertNotIn("\n", text)
        self.assertLessEqual(len(self.bounded(header_of, source)), len(source))

    @fuzzed(lambda: data(*MAIL), lambda: fuzzing.st.sampled_from(Dialect))
    def test_mbox(self, source, dialect):
        """An import goes on where it was interrupted: from each mail on the rest is the same."""
        items = self.bounded(lambda one: list(split_mbox(io.BytesIO(one), 0, dialect)), source)
        for place, item in enumerate(items[:3]):
            self.assertEqual(list(split_mbox(io.BytesIO(source), item.offset, dialect))[:2], items[place : place + 2])

    @fuzzed(
        lambda: data(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x00" * 18, *MAIL[:9]),
        lambda: data(*MAIL),
        lambda: fuzzing.st.integers(0),
    )
    def test_archive(self, noise, source, place):
        """A file of any content, and a zip file with something else written into it."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.mbox", source)
            archive.writestr("b/c.eml", source)
        whole = packed.getvalue()
        cut = place % len(whole)
        with tempfile.TemporaryDirectory() as folder:
            for file, content in (
                ("a.eml", noise),
                ("a.zip", whole[:cut] + noise[:50] + whole[cut + len(noise[:50]) :]),
            ):
                path = Path(folder, file)
                path.write_bytes(content)
                items = self.bounded(lambda one: list(Archive(one).items()), path)
                self.assertTrue(all(item.offset <= item.end and not (item.source and item.problem) for item in items))

    @fuzzed(lambda: data(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x00" * 64, b"\xfe\xff", b"\xff" * 8))
    def test_outlook(self, source):
        if outlook.is_available():
            self.bounded(outlook.as_mail, source, errors=outlook.OutlookError)

    @fuzzed(lambda: texts("INV/2026/", "00001", "S00012", "-", "/", " ", *HTML))
    def test_texts_of_mails(self, text):
        self.bounded(candidates, text)
        found = self.bounded(without_remote_content, text, {"a": 1})
        self.assertEqual(without_remote_content(found, {"a": 1}), found)


class TestSettingsFuzz(FuzzCase):
    @fuzzed(lambda: fuzzing.st.one_of(data(*JSON), data(*PREFS), things()))
    def test_settings_file(self, source):
        """What is read can be written, and is the same when it is read again."""
        found = self.bounded(read_settings, source, errors=SettingsFileError)
        if found is not None and not found.is_sealed and source.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            written = write_settings(found.outgoing, found.incoming, found.settings)
            self.assertEqual(read_settings(written).settings, found.settings)

    @fuzzed(lambda: data(*XML))
    def test_autoconfig(self, source):
        self.bounded(parse_autoconfig, source, Address.parse("a@b.test"), errors=AutoconfigError)

    @fuzzed(lambda: texts(*ADDRESS))
    def test_address(self, text):
        found = self.bounded(Address.parse, text, errors=AddressError)
        if found is not None:
            self.assertTrue(found.domain.isascii())
        self.bounded(host_name, text)

    @fuzzed(
        lambda: fuzzing.st.lists(texts(*SPF), min_size=5, max_size=5),
        lambda: fuzzing.st.sampled_from(("192.0.2.1", "2001:db8::1")),
    )
    def test_spf(self, records, address):
        asked = []

        def ask(kind, host):
            asked.append((kind, host))
            number = ("a.test", "b.test").index(host) if host in ("a.test", "b.test") else 2
            return [records[number]] if kind == "TXT" else [records[3][:50], *records[4].split()[:20]]

        found = self.bounded(spf.evaluate, "a.test", address, ask)
        self.assertIsInstance(found.verdict, spf.Verdict)
        # The record, ten terms that ask, and ten hosts of each MX: more questions no record may make us ask.
        self.assertLessEqual(len(asked), 1 + 10 + 10 * 10)

    @fuzzed(lambda: data(b"\x30\x82", b"\x02\x01", b"\x06\x03\x55\x04\x03", b"\x00"))
    def test_certificate(self, source):
        self.assertIsNone(self.bounded(read_certificate, source))


class TestTextFuzz(FuzzCase):
    @fuzzed(lambda: texts(*ADDRESS))
    def test_addresses(self, text):
        key = self.bounded(address_key, text)
        self.assertIsInstance(key, str)
        self.assertTrue(all(0 < len(one) <= 320 for one in self.bounded(typed_addresses, text)))

    @fuzzed(lambda: texts(*ADDRESS, "to=<", "8EF88268011", "queued as "))
    def test_trace(self, text):
        found = self.bounded(names_in, text)
        self.assertLessEqual(max(map(len, found)), MOST_NAMES)
        self.assertNotIn("\0", "".join(map("".join, found)))

    @fuzzed(lambda: texts("jan.kowalski@x.test", " ", *ADDRESS))
    def test_mask(self, text):
        shown = self.bounded(mask.mask_addresses, f"{text} jan.kowalski@x.test")
        self.assertTrue(shown.endswith("@x.test"))
        self.assertNotIn(" jan.kowalski@", shown)


class TestServersFuzz(FuzzCase):
    @fuzzed(lambda: data(*REPLY))
    def test_reply(self, source):
        found = self.bounded(lambda one: read_reply(io.BytesIO(one)), source, errors=(ConnectionLost, ProtocolError))
        if found is not None:
            self.assertLessEqual(len(found.text), MAX_TEXT)
            self.assertTrue(100 <= found.code <= 999)
            self.assertNotIn("\x1b", found.text)
        self.bounded(lambda one: Reply.parse(one.splitlines()), source, errors=ProtocolError)

    @fuzzed(lambda: texts(*(one.decode("latin-1") for one in REPLY)))
    def test_texts_of_replies(self, text):
        self.assertLessEqual(len(self.bounded(find_receipt, text)), 250)
        self.bounded(EnhancedStatus.find, text)
        self.bounded(EnhancedStatus.parse, text)

    @fuzzed(lambda: data(*REPLY, b"hunter2-secret", b"aHVudGVyMi1zZWNyZXQ="))
    def test_secrets(self, source):
        secrets = Secrets()
        secrets.add("hunter2-secret")
        shown = self.bounded(secrets.scrub_bytes, source)
        self.assertNotIn(b"hunter2-secret", shown)
        self.assertNotIn(b"aHVudGVyMi1zZWNyZXQ", shown)

    @fuzzed(lambda: fuzzing.st.lists(fuzzing.st.one_of(
        fuzzing.st.none(), data(*IMAP), fuzzing.st.tuples(data(*IMAP), data(*IMAP))
    ), max_size=4))  # fmt: skip
    def test_imap(self, answers):
        listed = self.bounded(folder.folders, answers)
        self.bounded(folder.sent_folder, listed, "")
        self.bounded(folder.personal_prefix, answers)
        self.bounded(lambda one: list(answer.literals(one)), answers)
        self.assertIsInstance(self.bounded(answer.answer_text, answers), str)
        self.assertIsInstance(self.bounded(refusal.refusal, answers), refusal.Refusal)

    @fuzzed(lambda: data(*IMAP), lambda: texts("&", "-", "/", "Wysłane", "😀"))
    def test_imap_names(self, raw, text):
        self.assertIsInstance(self.bounded(name.decoded, raw), str)
        self.bounded(name.encoded, text)
        self.assertEqual(name.decoded(name.encoded(text[:200])), text[:200])  # longer shifted runs are not read
        quoted = self.bounded(name.quoted, raw, errors=ValueError)
        self.assertFalse(quoted and (b"\r" in quoted or b"\n" in quoted))
