"""The accounts in a `prefs.js` of Thunderbird."""

from ...tools.settings_file import MOST_BYTES, Reason, SettingsFileError, read_settings
from .common import PureCase

PREFS = r"""// Mozilla User Preferences

user_pref("app.update.lastUpdateTime.x", 1795000000);
user_pref("mail.account.account1.identities", "id1,id2");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.identity.id1.fullName", "Zo\u00eb \"Office\"");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id1.useremail", "office@example.com");
user_pref("mail.identity.id2.useremail", "sales@example.com");
user_pref("mail.identity.id3.useremail", "no address");
user_pref("mail.server.server1.hostname", "imap.example.com");
user_pref("mail.server.server1.name", "office@example.com");
user_pref("mail.server.server1.port", 993);
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.type", "imap");
user_pref("mail.server.server1.userName", "office@example.com");
user_pref("mail.server.server2.hostname", "Local Folders");
user_pref("mail.server.server2.type", "none");
user_pref("mail.server.server3.hostname", "pop.example.com");
user_pref("mail.server.server3.type", "pop3");
user_pref("mail.server.server4.hostname", "old.example.com");
user_pref("mail.server.server4.socketType", 2);
user_pref("mail.server.server4.type", "imap");
user_pref("mail.smtp.defaultserver", "smtp1");
user_pref("mail.smtpserver.smtp1.authMethod", 3);
user_pref("mail.smtpserver.smtp1.description", "Za\u017c\xf3\u0142\u0107 \\ \"1\"");
user_pref("mail.smtpserver.smtp1.hostname", "smtp.example.com");
user_pref("mail.smtpserver.smtp1.port", 465);
user_pref("mail.smtpserver.smtp1.try_ssl", 3);
user_pref("mail.smtpserver.smtp1.username", "office@example.com");
user_pref("mail.smtpserver.smtp2.hostname", "relay.example.com");
user_pref("mail.smtpserver.smtp2.try_ssl", 2);
user_pref("mail.smtpserver.smtp3.authMethod", 5);
user_pref("mail.smtpserver.smtp3.hostname", "kerberos.example.com");
user_pref("mail.smtpservers", "smtp1,smtp2,smtp3");
"""


def prefs(*lines):
    return "".join(f'user_pref("mail.{name}", {value});\n' for name, value in lines).encode()


class TestSettingsFileThunderbird(PureCase):
    def assertRefused(self, data, reason):
        with self.assertRaises(SettingsFileError) as caught:
            read_settings(data)
        self.assertEqual(caught.exception.reason, reason)

    def test_outgoing(self):
        office, relay = read_settings(PREFS.encode()).outgoing
        self.assertEqual(
            office.values,
            {
                "name": 'Zażółć \\ "1"',
                "smtp_host": "smtp.example.com",
                "smtp_port": 465,
                "smtp_encryption": "ssl_strict",
                "smtp_authentication": "login",
                "smtp_user": "office@example.com",
                "from_filter": "office@example.com,sales@example.com",
            },
        )
        self.assertEqual(
            (relay.values["name"], relay.values["smtp_port"], relay.values["smtp_encryption"]),
            ("relay.example.com", 587, "starttls_strict"),
        )
        self.assertIsNone(relay.values["smtp_user"])
        self.assertNotIn("from_filter", relay.values)

    def test_a_mailbox_is_only_watched(self):
        found = read_settings(PREFS.encode())
        [mailbox] = found.incoming
        self.assertEqual(
            mailbox.values,
            {
                "name": "office@example.com",
                "server_type": "imap",
                "server": "imap.example.com",
                "port": 993,
                "is_ssl": True,
                "user": "office@example.com",
                "is_report_watch": True,
                "is_report_foreign_kept": False,
            },
        )
        self.assertEqual(
            set(found.left_out),
            {
                ("pop.example.com", Reason.POP),
                ("old.example.com", Reason.IMAP_STARTTLS),
                ("kerberos.example.com", Reason.LOGIN_KIND),
            },
        )

    def test_windows_lines_and_a_later_line(self):
        data = PREFS.replace("\n", "\r\n") + 'user_pref("mail.smtpserver.smtp1.port", 587);\r\n'
        self.assertEqual(read_settings(data.encode()).outgoing[0].values["smtp_port"], 587)

    def test_defaults(self):
        data = prefs(("smtpserver.a.hostname", '"a.example.com"'))
        self.assertEqual(read_settings(data).outgoing[0].values["smtp_encryption"], "none")
        self.assertEqual(read_settings(data).outgoing[0].values["smtp_port"], 25)

    def test_values_of_another_kind(self):
        data = prefs(
            ("smtpserver.a.hostname", "true"),
            ("smtpserver.b.hostname", '"b.example.com"'),
            ("smtpserver.b.try_ssl", '"3"'),
            ("smtpserver.c.hostname", '"c.example.com"'),
            ("smtpserver.c.try_ssl", "9"),
            ("server.d.type", '"imap"'),
        )
        found = read_settings(data)
        self.assertFalse(found.outgoing or found.incoming)
        self.assertEqual([reason for _name, reason in found.left_out], [Reason.NO_SERVER] * 4)

    def test_it_is_not_run(self):
        data = (
            b'user_pref("mail.smtpserver.a.hostname", "a.example.com" + evil());\n'
            b'user_pref("mail.smtpserver.b.hostname", String.fromCharCode(97));\n'
            b'/* user_pref("mail.smtpserver.c.hostname", "c.example.com"); */\n'
            b'user_pref("mail.smtpserver.d.hostname", "d.example.com"); evil();\n'
            b'user_pref("mail.smtpserver.../../e.hostname", "e.example.com");\n'
        )
        self.assertRefused(data, Reason.NO_ACCOUNT)

    def test_characters(self):
        found = read_settings(prefs(("smtpserver.a.hostname", r'"a\u0000\ud800\n\x1b.example.com"')))
        self.assertEqual(found.outgoing[0].values["smtp_host"], "a.example.com")
        self.assertRefused(prefs(("smtpserver.a.hostname", '"x"')) + b"\xff", Reason.NO_TEXT)

    def test_no_account(self):
        self.assertRefused(b'user_pref("browser.startup.page", 3);\n', Reason.NO_ACCOUNT)

    def test_too_many(self):
        for branch in ("smtpserver", "server", "identity"):
            data = prefs(*[(f"{branch}.x{number}.hostname", '"a.example.com"') for number in range(500)])
            self.assertRefused(data, Reason.TOO_MANY)
        data = prefs(*[(f"smtpserver.x{number}.hostname", '"a.example.com"') for number in range(201)])
        self.assertRefused(data, Reason.TOO_MANY)

    def test_big_and_hostile(self):
        """Five megabytes of what might take long: it is read line by line, and a long line is passed over."""
        account = prefs(("smtpserver.a.hostname", '"a.example.com"'))
        for filler in (
            b'user_pref("mail.' + b"\\" * 4_000_000,
            b'user_pref("mail.x", "' * 200_000,
            b'user_pref("\n' * 300_000,
        ):
            self.assertLess(len(filler), MOST_BYTES)
            self.assertEqual(len(read_settings(account + filler + b"\n" + account).outgoing), 1)

    def test_one_address_of_two_identities(self):
        server = ("smtpserver.a.hostname", '"a.example.com"')
        identities = [(f"identity.id{one}.{key}", value) for one in (1, 2) for key, value in (
            ("useremail", '"me@example.com"'), ("smtpServer", '"a"'))]  # fmt: skip
        found = read_settings(prefs(server, *identities))
        self.assertEqual(found.outgoing[0].values["from_filter"], "me@example.com")

    def test_a_mailbox_with_another_login(self):
        rows = (("type", '"imap"'), ("hostname", '"i.example.com"'), ("authMethod", "5"), ("socketType", "3"))
        found = read_settings(prefs(*((f"server.s.{key}", value) for key, value in rows)))
        self.assertEqual(list(found.left_out), [("i.example.com", Reason.LOGIN_KIND)])
