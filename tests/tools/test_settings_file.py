"""The file that settings are moved with: what it says, what it hides, and what nobody gets into here with one."""

import json
import tracemalloc

from ...tools import settings_file
from ...tools.settings_file import (
    MOST_BYTES,
    Entry,
    Kind,
    Misfit,
    Reason,
    Setting,
    SettingsFileError,
    encryption,
    fitting,
    is_autoconfig,
    json_text,
    plan,
    read_settings,
    thunderbird,
    write_settings,
)
from ...tools.settings_file.reading import MOST_JSON_BYTES
from .common import DoctestCase

PASSPHRASE = "four words in a row"
OFFICE = Entry({"smtp_host": "mail.example.com", "name": "Office", "max_email_size": 10.5}, {"smtp_pass": "pa:ss wörd"})
HOME = Entry({"name": "Home", "smtp_host": "home.example.com", "smtp_user": None})
MAILBOX = Entry({"name": "Box", "server": "imap.example.com"}, {"password": "s3cret"})


def written(passphrase="", **settings):
    return write_settings([OFFICE, HOME], [MAILBOX], settings, passphrase)


def changed(data, **values):
    return json.dumps({**json.loads(data), **values}).encode()


class SettingsFileCase(DoctestCase):
    def assertRefused(self, data, reason, passphrase=""):
        with self.assertRaises(SettingsFileError) as caught:
            read_settings(data, passphrase)
        self.assertEqual(caught.exception.reason, reason)
        return caught.exception


class TestSettingsFile(SettingsFileCase):
    def test_examples(self):
        self.assertDoctests(settings_file, encryption, fitting, json_text, plan, thunderbird)

    # === WHAT IT SAYS === #

    def test_there_and_back(self):
        data = written(mail_workers=2)
        found = read_settings(data)
        self.assertEqual([entry.values for entry in found.outgoing], [OFFICE.values, HOME.values])
        self.assertEqual([entry.values for entry in found.incoming], [MAILBOX.values])
        self.assertEqual((found.settings, found.is_sealed), ({"mail_workers": 2}, False))
        self.assertFalse(any(entry.secrets for entry in (*found.outgoing, *found.incoming)))

    def test_readable_and_stable(self):
        data = written(b=1, a=2)
        self.assertEqual(data, written(a=2, b=1))
        self.assertNotIn(b"s3cret", data)
        self.assertEqual(
            data.decode().splitlines()[:8],
            [
                "{",
                '  "format": "mail_delivery_status.settings",',
                '  "version": 1,',
                '  "outgoing": [',
                "    {",
                '      "name": "Office",',
                '      "max_email_size": 10.5,',
                '      "smtp_host": "mail.example.com"',
            ],
        )

    def test_a_byte_order_mark(self):
        self.assertEqual(len(read_settings(b"\xef\xbb\xbf" + written()).outgoing), 2)

    def test_a_newer_format(self):
        self.assertEqual(self.assertRefused(changed(written(), version=2), Reason.NEWER).detail, "2")
        for version in (None, "1", 1.0, True, 0, -1):
            self.assertRefused(changed(written(), version=version), Reason.WRONG_SHAPE)

    # === SECRETS === #

    def test_secrets(self):
        data = written(PASSPHRASE, mail_workers=2)
        for secret in ("s3cret", "pa:ss", PASSPHRASE):
            self.assertNotIn(secret, data.decode())
        found = read_settings(data, PASSPHRASE)
        self.assertEqual([entry.secrets for entry in found.outgoing], [OFFICE.secrets, {}])
        self.assertEqual(found.incoming[0].secrets, MAILBOX.secrets)
        sealed = read_settings(data)
        self.assertTrue(sealed.is_sealed)
        self.assertFalse(any(entry.secrets for entry in (*sealed.outgoing, *sealed.incoming)))

    def test_never_the_same_twice(self):
        one, other = (json.loads(written(PASSPHRASE))["secrets"] for _time in (1, 2))
        for name in ("salt", "nonce", "data"):
            self.assertNotEqual(one[name], other[name])

    def test_layout_does_not_count(self):
        data = json.dumps(json.loads(written(PASSPHRASE)), sort_keys=True).encode()
        self.assertEqual(read_settings(data, PASSPHRASE).outgoing[0].secrets, OFFICE.secrets)

    def test_passphrase_in_two_ways_of_writing(self):
        data = written("zażółć gęślą jaźń")
        decomposed = "za\u017co\u0301\u0142c\u0301 ge\u0328s\u0301la\u0328 jaz\u0301n\u0301"
        self.assertEqual(read_settings(data, decomposed).outgoing[0].secrets, OFFICE.secrets)

    def test_wrong_passphrase(self):
        for passphrase in ("Four words in a row", "x", PASSPHRASE * 1000, "\udcff" * 20):
            self.assertRefused(written(PASSPHRASE), Reason.WRONG_PASSPHRASE, passphrase)

    def test_what_stands_beside_the_secrets_is_bound_to_them(self):
        """Else a password would go to whatever host somebody has written into the file."""
        data = written(PASSPHRASE, mail_workers=2)
        content = json.loads(data)
        hosts = [{**content["outgoing"][0], "smtp_host": "evil.example"}, content["outgoing"][1]]
        for values in (
            {"outgoing": hosts},
            {"outgoing": content["outgoing"][::-1]},
            {"incoming": []},
            {"settings": {"mail_workers": 3}},
            {"secrets": {**content["secrets"], "n": content["secrets"]["n"] * 2}},
            {"secrets": {**content["secrets"], "data": content["secrets"]["data"][4:]}},
        ):
            self.assertRefused(changed(data, **values), Reason.WRONG_PASSPHRASE, PASSPHRASE)

    def test_what_is_autoconfig(self):
        self.assertTrue(is_autoconfig(b"\xef\xbb\xbf\r\n <clientConfig/>"))
        self.assertFalse(is_autoconfig(b"{}") or is_autoconfig(b"x <a>") or is_autoconfig(b""))

    def test_weak_passphrases(self):
        for passphrase, reason in (
            ("short", Reason.SHORT_PASSPHRASE),
            ("a" * 1001, Reason.SHORT_PASSPHRASE),
            ("abababababababab", Reason.PLAIN_PASSPHRASE),
        ):
            with self.assertRaises(SettingsFileError) as caught:
                written(passphrase)
            self.assertEqual(caught.exception.reason, reason)

    def test_what_a_file_may_not_ask_for(self):
        """Memory and time of scrypt are what its numbers say: nothing is derived for these."""
        block = json.loads(written(PASSPHRASE))["secrets"]
        tracemalloc.start()
        for values in (
            {"n": 2**23},
            {"n": 2**18},
            {"n": 2**13},
            {"n": 3 * 2**14},
            {"n": "32768"},
            {"n": True},
            {"r": 64},
            {"p": 5},
            {"p": 0},
            {"p": 10**17},
            {"salt": ""},
            {"salt": "AAAA"},
            {"nonce": "ß"},
            {"nonce": None},
            {"data": ""},
            {"data": ["x"]},
            {"kdf": "pbkdf2"},
            {"cipher": "none"},
            {"more": 1},
        ):
            self.assertRefused(changed(written(), secrets={**block, **values}), Reason.BAD_SEAL, PASSPHRASE)
        for secrets in (None, [], "x", {}, 0):
            self.assertRefused(changed(written(), secrets=secrets), Reason.BAD_SEAL)
        self.assertLess(tracemalloc.get_traced_memory()[1], 5_000_000)
        tracemalloc.stop()

    def test_sealed_by_somebody_who_knows_the_passphrase(self):
        beside = {name: value for name, value in json.loads(written()).items()}
        for hidden in (
            None,
            [],
            {},
            {"outgoing": [{}, {}], "incoming": []},
            {"outgoing": [{}], "incoming": [{}]},
            {"outgoing": [{"smtp_pass": 3}, {}], "incoming": [{}]},
            {"outgoing": [{"smtp_pass": ["x"]}, {}], "incoming": [{}]},
        ):
            block = encryption.seal(hidden, beside, PASSPHRASE)
            self.assertRefused(changed(written(), secrets=block), Reason.WRONG_SHAPE, PASSPHRASE)

    def test_nothing_shows_a_secret(self):
        found = read_settings(written(PASSPHRASE), PASSPHRASE)
        self.assertNotIn("s3cret", repr(found))

    # === HOSTILE FILES === #

    def test_hostile_json(self):
        for data, reason in (
            (b"", Reason.UNKNOWN),
            (b"\0\1\2", Reason.UNKNOWN),
            (b"hello", Reason.UNKNOWN),
            (b"\xff\xfe{\0}\0", Reason.UNKNOWN),
            (written()[:-20], Reason.BROKEN),
            (written() + b"x", Reason.BROKEN),
            (b"[" * 500_000, Reason.TOO_DEEP),
            (b'{"a":' * 100_000, Reason.TOO_DEEP),
            (b"[" * 20 + b"]" * 20, Reason.TOO_DEEP),
            (b'{"format": "x", "format": "y"}', Reason.TWICE),
            (b'{"a": NaN}', Reason.BAD_NUMBER),
            (b'{"a": -Infinity}', Reason.BAD_NUMBER),
            (b'{"a": 1e999}', Reason.BAD_NUMBER),
            (b'{"a": 1' + b"0" * 100_000 + b"}", Reason.BAD_NUMBER),
            (b'{"a": 0.' + b"1" * 100_000 + b"}", Reason.BAD_NUMBER),
            (b'{"a": "\\ud800"}', Reason.BAD_TEXT),
            (b'{"\\udfff": 1}', Reason.BAD_TEXT),
            (b'{"a": "\\u0000"}', Reason.BAD_TEXT),
            (b'{"a": "\xff"}', Reason.NO_TEXT),
            (b"[]", Reason.NOT_OURS),
            (b"{}", Reason.NOT_OURS),
            (b'{"format": "another", "version": 1}', Reason.NOT_OURS),
            (b"{" + b" " * MOST_JSON_BYTES, Reason.TOO_BIG),
        ):
            with self.subTest(data[:40]):
                self.assertRefused(data, reason)

    def test_wrong_shapes(self):
        for values in (
            {"outgoing": {}},
            {"outgoing": "x"},
            {"outgoing": [1]},
            {"outgoing": [None]},
            {"incoming": [[]]},
            {"settings": []},
            {"settings": {"a": {}}},
            {"settings": {"a": [1]}},
            {"settings": {"__class__": 1}},
            {"outgoing": [{"../../etc/passwd": "x"}]},
            {"outgoing": [{"": "x"}]},
            {"outgoing": [{"smtp_host": {"$ne": 1}}]},
            {"more": 1},
        ):
            with self.subTest(values):
                self.assertRefused(changed(written(), **values), Reason.WRONG_SHAPE)

    def test_too_many(self):
        self.assertRefused(changed(written(), outgoing=[{}] * 201), Reason.TOO_MANY)
        self.assertRefused(changed(written(), settings={f"a{number}": 1 for number in range(201)}), Reason.TOO_MANY)

    def test_50_megabytes(self):
        for data in (b"{" * 50_000_000, b" " * 50_000_000, b'user_pref("' * 4_600_000):
            self.assertGreater(len(data), MOST_BYTES)
            tracemalloc.start()
            self.assertRefused(data, Reason.TOO_BIG)
            self.assertLess(tracemalloc.get_traced_memory()[1], 100_000)
            tracemalloc.stop()


class TestSettingsFitting(DoctestCase):
    def misfit(self, setting, value):
        with self.assertRaises(fitting.MisfitError) as caught:
            fitting.fitted(setting, value)
        return caught.exception.misfit

    def test_what_fits(self):
        for kind, value, kept in (
            (Kind.LINE, " Office ", "Office"),
            (Kind.LINE, "", None),
            (Kind.LINE, None, None),
            (Kind.LINES, "a\n\tb", "a\n\tb"),
            (Kind.SECRET, " pass ", " pass "),
            (Kind.HOST, "mail.example.com", "mail.example.com"),
            (Kind.HOST, "127.0.0.1", "127.0.0.1"),
            (Kind.HOST, "::1", "::1"),
            (Kind.HOST, "localhost", "localhost"),
            (Kind.BOOLEAN, False, False),
            (Kind.INTEGER, 0, 0),
            (Kind.FLOAT, 3, 3.0),
            (Kind.CHOICE, "a", "a"),
            (Kind.DATE, "2026-02-28", "2026-02-28"),
            (Kind.FILE, "QUJD", "QUJD"),
            (Kind.RECORD, "base", "base"),
        ):
            self.assertEqual(fitting.fitted(Setting("x", kind, frozenset("ab")), value), kept)

    def test_what_does_not(self):
        long = "x" * 1_000_000
        for kind, value, misfit in (
            (Kind.LINE, 1, Misfit.TYPE),
            (Kind.LINE, True, Misfit.TYPE),
            (Kind.LINE, "a\nBcc: b", Misfit.CONTROL),
            (Kind.LINE, long, Misfit.LONG),
            (Kind.LINES, "\x1b[31m", Misfit.CONTROL),
            (Kind.LINES, long, Misfit.LONG),
            (Kind.SECRET, long, Misfit.LONG),
            (Kind.SECRET, "a\r\nQUIT", Misfit.CONTROL),
            (Kind.HOST, "../../etc/passwd", Misfit.HOST),
            (Kind.HOST, "http://mail.example.com", Misfit.HOST),
            (Kind.HOST, "a b", Misfit.HOST),
            (Kind.BOOLEAN, 1, Misfit.TYPE),
            (Kind.BOOLEAN, None, Misfit.TYPE),
            (Kind.BOOLEAN, "false", Misfit.TYPE),
            (Kind.INTEGER, "1", Misfit.TYPE),
            (Kind.INTEGER, 1.0, Misfit.TYPE),
            (Kind.INTEGER, True, Misfit.TYPE),
            (Kind.INTEGER, 10**17, Misfit.RANGE),
            (Kind.FLOAT, "1", Misfit.TYPE),
            (Kind.FLOAT, 1e300, Misfit.RANGE),
            (Kind.CHOICE, "gmail", Misfit.CHOICE),
            (Kind.DATE, "2026-02-30", Misfit.TYPE),
            (Kind.DATE, "yesterday", Misfit.TYPE),
            (Kind.FILE, "no base64", Misfit.TYPE),
            (Kind.FILE, "A" * 1_000_000, Misfit.LONG),
        ):
            with self.subTest(kind=kind, value=str(value)[:30]):
                self.assertEqual(self.misfit(Setting("x", kind, frozenset("ab")), value), misfit)
        self.assertEqual(self.misfit(Setting("x", Kind.RECORD, is_known=lambda _name: False), "x"), Misfit.RECORD)
