"""What the tests of returned mails share: mails that a scripted server took, and reports about them."""

from textwrap import dedent

from odoo.tests import HttpCase

from .common import DeliveryCase
from .servers.scripted import ScriptedServer

REASON = "550 5.1.1 <{}>: Recipient address rejected: User unknown"


def delivery_status(recipient, action="failed", status="5.1.1", original="", diagnostic=None):
    """One recipient block of RFC 3464."""
    lines = [f"Final-Recipient: rfc822; {recipient}"]
    if original:
        lines.append(f"Original-Recipient: rfc822;{original}")
    lines += [f"Action: {action}", f"Status: {status}"]
    if action != "relayed":
        lines.append(f"Diagnostic-Code: smtp; {diagnostic or REASON.format(recipient)}")
    return "\n".join(lines) + "\n"


def report(
    *blocks,
    to="bounce@odoo.test",
    own_id="report-1@mx.dest.test",
    envelope_id="",
    message_id="",
    token="",
    queue_id="",
    subject="Undelivered Mail Returned to Sender",
):
    """A delivery status notification as Postfix writes it.

    :rtype: bytes
    """
    of_mail = ["Reporting-MTA: dns; mx.dest.test"]
    of_mail += [f"Original-Envelope-Id: {envelope_id}"] if envelope_id else []
    of_mail += [f"X-Postfix-Queue-ID: {queue_id}"] if queue_id else []
    returned = ["From: sales@odoo.test", "Subject: Invoice"]
    returned += [f"Message-ID: {message_id}"] if message_id else []
    returned += [f"X-Envelope-Id: {token}"] if token else []
    head = f"""\
        Return-Path: <>
        Date: Mon, 15 Jun 2026 15:41:06 +0200
        From: MAILER-DAEMON@mx.dest.test (Mail Delivery System)
        Subject: {subject}
        To: {to}
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"
        Message-ID: <{own_id}>

        --B
        Content-Type: text/plain; charset=us-ascii

        This is the mail system at host mx.dest.test.

        --B
        Content-Type: message/delivery-status

        """
    parts = [dedent(head), "\n".join(of_mail), "\n\n", "\n".join(blocks)]
    parts += ["\n--B\nContent-Type: text/rfc822-headers\n\n", "\n".join(returned), "\n\n--B--\n"]
    return "".join(parts).encode()


def receipt(recipient, message_id, disposition="displayed", to="bounce@odoo.test", own_id="mdn-1@dest.test"):
    """A read receipt as Thunderbird writes it.

    :rtype: bytes
    """
    return dedent(f"""\
        Return-Path: <>
        Date: Mon, 15 Jun 2026 16:00:00 +0200
        From: {recipient}
        To: {to}
        Subject: Return Receipt (displayed) - Invoice
        Message-ID: <{own_id}>
        In-Reply-To: {message_id}
        References: {message_id}
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=disposition-notification; boundary="B"

        --B
        Content-Type: text/plain

        This is a Return Receipt.

        --B
        Content-Type: message/disposition-notification

        Final-Recipient: rfc822;{recipient}
        Original-Message-ID: {message_id}
        Disposition: manual-action/MDN-sent-manually; {disposition}

        --B--
        """).encode()


def auto_reply(sender, message_id, to="bounce@odoo.test"):
    return dedent(f"""\
        Return-Path: <>
        From: {sender}
        To: {to}
        Subject: Out of office
        Auto-Submitted: auto-replied (vacation)
        Message-ID: <away-1@dest.test>
        In-Reply-To: {message_id}

        I am away.
        """).encode()


class GatewayMixin:
    """Mails come to core's incoming gateway."""

    def take_in(self, source):
        """The mail comes to core's incoming gateway.

        :return: the reports that it made
        """
        reports = self.env["mail.report"]
        before = reports.search([])
        self.env["mail.thread"].message_process(False, source)
        self.env.flush_all()
        self.env.invalidate_all()
        return reports.search([]) - before


class ReportCase(GatewayMixin, DeliveryCase):
    """Mails are taken by a scripted server; all cursors are the test's, so that what the transaction log commits is seen."""

    def setUp(self):
        super().setUp()
        if not isinstance(self, HttpCase):  # which has entered it already
            self.registry_enter_test_mode()
        self.smtp = self.enterContext(ScriptedServer())
        self.server = self.create_mail_server(self.smtp.port)
        self.reports = self.env["mail.report"]

    def send(self, email_to="alice@dest.test", server=None, **values):
        """A mail that the server has taken."""
        mail = self.create_mail(email_to, server or self.server, **values)
        mail.send()
        self.env.invalidate_all()
        return mail

    def send_document(self, partners, model="res.partner", author=None, **values):
        """A message on a document, to partners: the mail of core's notification."""
        document = self.env[model].create({"name": "Document", **values})
        message = document.message_post(
            body="Hello",
            subject="Invoice",
            partner_ids=partners.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            mail_server_id=self.server.id,
            author_id=author.id if author else None,
        )
        self.env.cr.postcommit.run()
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()
        return document, mail

    def create_partners(self, *emails):
        return self.env["res.partner"].create([{"name": email.partition("@")[0], "email": email} for email in emails])
