from ...tools.presets import Address, parse_autoconfig
from ...tools.settings_file import from_preset
from .common import PureCase

SMTP = (
    "<outgoingServer type='smtp'><hostname>smtp.x.test</hostname><port>587</port><socketType>STARTTLS</socketType>"
    "<username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></outgoingServer>"
)
IMAP = (
    "<incomingServer type='imap'><hostname>imap.x.test</hostname><port>993</port><socketType>SSL</socketType>"
    "<username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>"
)


class TestSettingsFileAccounts(PureCase):
    def read(self, servers):
        text = f"<clientConfig version='1.1'><emailProvider id='x.test'>{servers}</emailProvider></clientConfig>"
        return from_preset(parse_autoconfig(text.encode(), Address.parse("anna@x.test")))

    def test_outgoing_alone(self):
        found = self.read(SMTP)
        self.assertFalse(found.incoming)
        values = found.outgoing[0].values
        self.assertEqual(
            (values["smtp_host"], values["smtp_port"], values["smtp_user"], values["from_filter"]),
            ("smtp.x.test", 587, "anna@x.test", "anna@x.test"),
        )
        self.assertTrue(values["smtp_encryption"].startswith("starttls"))

    def test_a_mailbox_is_looked_through(self):
        values = self.read(SMTP + IMAP).incoming[0].values
        self.assertEqual((values["server"], values["port"], values["user"]), ("imap.x.test", 993, "anna"))
        self.assertTrue(values["is_report_watch"] and values["is_ssl"])
        self.assertFalse(values["is_report_foreign_kept"])
