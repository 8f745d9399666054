from ...tools.smtp import receipt
from ...tools.smtp.receipt import find_receipt
from ...tools.smtp.reply import Reply
from .common import DoctestCase

# (server, final reply, receipt)
REPLIES = (
    ("Postfix, short id", "250 2.0.0 Ok: queued as 8EF88268011", "8EF88268011"),
    ("Postfix, long id", "250 2.0.0 Ok: queued as 4jYHrm2Gb9zR1pX", "4jYHrm2Gb9zR1pX"),
    ("Exim to 4.96", "250 OK id=1xVaWQ-0004RC-3C", "1xVaWQ-0004RC-3C"),
    ("Exim from 4.97", "250 OK id=1xVatW-000000003Zu-1W9r", "1xVatW-000000003Zu-1W9r"),
    ("OpenSMTPD", "250 2.0.0 22976b7d Message accepted for delivery", "22976b7d"),
    ("Sendmail", "250 2.0.0 6ANKcLKa008919 Message accepted for delivery", "6ANKcLKa008919"),
    ("Courier", "250 Ok. 000000006B04AA68.00001A77", "000000006B04AA68.00001A77"),
    (
        "Haraka",
        "250 Message Queued (38497F22-21D1-4590-A154-473F44E829EF.3)",
        "38497F22-21D1-4590-A154-473F44E829EF.3",
    ),
    ("smtp-server", "250 Message queued as abc123", "abc123"),
    ("maildev", "250 Message queued as raxo2qaz", "raxo2qaz"),
    ("Dovecot LMTP", "250 2.0.0 <sales@odoo.test> 50xlCU6cBGsCWQAAg+zDdQ Saved", "50xlCU6cBGsCWQAAg+zDdQ"),
    ("Gmail", "250 2.0.0 OK  1571601091 d44si1315748ede.149 - gsmtp", "d44si1315748ede.149"),
    (
        "Exchange Online, MX",
        "250 2.6.0 <1@odoo.test> [InternalId=95992519094146, Hostname=HE1EUR04HT112.eop-eur04.prod.protection.outlook"
        ".com] 13478 bytes in 0.277, 47.373 KB/sec Queued mail for delivery",
        "<1@odoo.test>",
    ),
    (
        "Microsoft 365, submission",
        "250 2.0.0 OK <DB9PR01MB1@DB9PR01MB1.eurprd01.prod.exchangelabs.com> [Hostname=DB9PR01MB1.eurprd01.prod.outlook"
        ".com]",
        "<DB9PR01MB1@DB9PR01MB1.eurprd01.prod.exchangelabs.com>",
    ),
    ("Exchange", "250 2.6.0 <1@odoo.test> [InternalId=274498] Queued mail for delivery", "<1@odoo.test>"),
    (
        "Exchange, GUID",
        "250 2.6.0 <4b1c2a38-0c2e-4f0e-8d3c-2f1e> Queued mail for delivery",
        "<4b1c2a38-0c2e-4f0e-8d3c-2f1e>",
    ),
    ("Exchange, no Message-ID", "250 2.6.0 [InternalId=274498] Queued mail for delivery", "274498"),
    (
        "Amazon SES",
        "250 Ok 01000154dc729264-93fdd7ea-f039-43d6-91ed-653e8547867c-000000",
        "01000154dc729264-93fdd7ea-f039-43d6-91ed-653e8547867c-000000",
    ),
    ("SendGrid", "250 Ok: queued as nhIMmON9SFOPcT0ii4nt2A", "nhIMmON9SFOPcT0ii4nt2A"),
    ("Mailgun", "250 Great success", ""),
    ("Brevo", "250 2.0.0 OK: queued as <202001@smtp-relay.mailin.fr>", "<202001@smtp-relay.mailin.fr>"),
    (
        "Yandex",
        "250 2.0.0 Ok: queued on smtp3m.mail.yandex.net as 1430081058-6ltgNFKSir-iHEKdOrm",
        "1430081058-6ltgNFKSir-iHEKdOrm",
    ),
    (
        "IONOS, GMX",
        "250 Requested mail action okay, completed: id=1MKsaz-1wevcp3BHR-00M7kH",
        "1MKsaz-1wevcp3BHR-00M7kH",
    ),
    ("Yahoo, submission", "250 OK , completed", ""),
    ("Yahoo, MX", "250 ok dirdel", ""),
    ("CampaignMonitor", "250 2.0.0 OK:" + "a1B2" * 12, "a1B2" * 12),
    ("Mailjet", "250 OK queued as 9d8c6a0e-6a6e-4a7c-9f0e-1f2d3c4b5a69", "9d8c6a0e-6a6e-4a7c-9f0e-1f2d3c4b5a69"),
    ("ZoneMTA", "250 Message queued as 15b2f2b4ac7000a1b2", "15b2f2b4ac7000a1b2"),
    (
        "amavis before Postfix",
        "250 2.6.0 Ok, id=04497-01, from MTA([127.0.0.1]:10025): 250 Ok: queued as EFD4020904",
        "EFD4020904",
    ),
    (
        "amavis before Exim",
        "250 2.6.0 Ok, id=04497-01, from MTA([127.0.0.1]:10025): 250 OK id=1xVaWQ-0004RC-3C",
        "1xVaWQ-0004RC-3C",
    ),
    (
        "amavis 2.8",
        "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 3QWZXC7RVQ",
        "3QWZXC7RVQ",
    ),
    ("amavis, discarded", "250 2.7.0 Ok, discarded, id=01234-01 - SPAM", "01234-01"),
    ("Stalwart", "250 2.0.0 Message queued with id 1f5a3c2b.", "1f5a3c2b"),
    (
        "Oracle Messaging Server",
        "250 2.5.0 Ok, envelope id 0N9500AAVMVEMW00@mail.example",
        "0N9500AAVMVEMW00@mail.example",
    ),
    ("IronPort", "250 ok:  Message 42379836 accepted", "42379836"),
    ("qmail", "250 ok 1571601091 qp 12345", "1571601091 qp 12345"),
    ("aiosmtpd", "250 OK", ""),
    ("smtp-sink", "250 2.0.0 Ok", ""),
    ("status code alone", "250 2.0.0", ""),
    ("nothing", "250", ""),
    ("words only", "250 2.0.0 Message accepted for delivery", ""),
    ("a word is no id", "250 OK accepted", ""),
    ("several lines", "250-2.0.0 Thank you\n250 2.0.0 Ok: queued as ABCDEF0123", "ABCDEF0123"),
    ("full stop", "250 Ok: queued as ABCDEF0123.", "ABCDEF0123"),
)


class TestReceipt(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(receipt)

    def test_every_known_form(self):
        for server, line, expected in REPLIES:
            with self.subTest(server=server):
                reply = Reply.parse(line.encode().split(b"\n"))
                self.assertEqual(find_receipt(reply.text), expected)
