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
    (
        "Mimecast",
        "250 SmtpThread-4127-1772442005123@uk-mta-221.uk.mimecast.lan Received OK [hY3cXw1aNfqBzA0Kk7uXtg.uk221]",
        "hY3cXw1aNfqBzA0Kk7uXtg.uk221",
    ),
    ("Mimecast, status code", "250 2.0.0 Received OK [b_3xAbC12DeFgH.us4]", "b_3xAbC12DeFgH.us4"),
    (
        "InterMail",
        "250 Message received: 20260302090005.ABCD1234.mtaout1.isp.test@imp2",
        "20260302090005.ABCD1234.mtaout1.isp.test@imp2",
    ),
    ("InterMail, with its code", "250 2.0.0 Message received: 20260302.AB12.mta@imp6 E0000", "20260302.AB12.mta@imp6"),
    ("James", "250 2.6.0 Message received", ""),
    ("Zoho", "250 Message received", ""),
    ("a queue id by name", "250 2.0.0 OK qid=4f1Kb2aa-1", "4f1Kb2aa-1"),
    ("a queue id in words", "250 Message accepted, queue id: 7A21BC90", "7A21BC90"),
    ("an id in words", "250 2.0.0 Message accepted. ID: 1qAb-2c3D4e", "1qAb-2c3D4e"),
    ("a message id by name", "250 2.0.0 Ok msgid=20260302.1@mx.dest.test", "20260302.1@mx.dest.test"),
    (
        "NetEase",
        "250 Mail OK queued as smtp7,C8CowEA5d0bRGYpW8O4AAA--.501S2 1451891154",
        "smtp7,C8CowEA5d0bRGYpW8O4AAA--.501S2",
    ),
    ("Tencent", "250 OK: queued as.", ""),
    ("Aliyun", "250 Data Ok: queued as freedom ### envid=148316944", "148316944"),
    (
        "Yandex, since 2022",
        "250 2.0.0 Ok: queued on mail-front-48.sas.test 1772442005-bHb9ZqOz-qAhK1KMA",
        "1772442005-bHb9ZqOz-qAhK1KMA",
    ),
    (
        "Cloudmark (Comcast, Orange, Libero)",
        "250 2.0.0 hSeZ1v00A2EWWAu01SeZ6a mail accepted for delivery",
        "hSeZ1v00A2EWWAu01SeZ6a",
    ),
    (
        "Symantec Email Security.cloud",
        "250 ok 1446233056 qp 26062 server-4.tower-221.filter.test!1446233056!7679409!1",
        "server-4.tower-221.filter.test!1446233056!7679409!1",
    ),
    ("Proofpoint", "250 2.0.0 3qb8x1rk4a-1 Message accepted for delivery", "3qb8x1rk4a-1"),
    ("CommuniGate Pro", "250 28471193 message accepted for delivery", "28471193"),
    ("Kerio Connect", "250 2.0.0 5a1b2c3d-00000123 Message accepted for delivery", "5a1b2c3d-00000123"),
    (
        "FortiMail",
        "250 2.0.0 34A1x2Bq012345-34A1x2Br012345 Message accepted for delivery",
        "34A1x2Bq012345-34A1x2Br012345",
    ),
    ("Momentum (SparkPost)", "250 2.0.0 OK 5B/34-12345-ABCDE1F6", "5B/34-12345-ABCDE1F6"),
    ("go-smtp", "250 2.0.0 OK: queued", ""),
    ("go-smtp with an id", "250 2.0.0 OK: queued 2K6C7TNVWUIRJYGYXJ6K4TYT", "2K6C7TNVWUIRJYGYXJ6K4TYT"),
    ("an id in brackets", "250 Accepted [0a5f7a3e-11d2-4f]", "0a5f7a3e-11d2-4f"),
    ("MDaemon", "250 2.6.0 Ok, message saved <Message-ID: MD20260302.1@dest.test>", "MD20260302.1@dest.test"),
    ("hMailServer", "250 Queued (0.031 seconds)", ""),
    ("Axigen", "250 Mail queued for delivery", ""),
    ("Domino", "250 Message accepted for delivery", ""),
    ("MailEnable", "250 Requested mail action okay, completed", ""),
    ("Postal", "250 OK", ""),
    ("PowerMTA", "250 2.6.0 message received", ""),
    ("MailerSend", "250 Accepted", ""),
    ("the word, no id", "250 2.0.0 Ok: queued as spam", ""),
    ("queued, no id", "250 2.0.0 Ok: queued", ""),
    ("email queued", "250 2.0.0 Email queued for delivery", ""),
    ("an address is no id", "250 OK 192.0.2.111", ""),
    ("a date is no id", "250 OK 2026-03-02T09:00:05Z", ""),
    ("a time is no id", "250 OK accepted 09:00:05", ""),
    (
        "amavis with a queue of its own",
        "250 2.6.0 Ok, id=1-02, from MTA([127.0.0.1]:10025): 250 2.0.0 Ok: queued",
        "1-02",
    ),
    ("IronPort, sent on", "250 2.0.0 ok:  Message 266668137 accepted", "266668137"),
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
