import base64
import os
import re
from email import message_from_bytes, policy

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.context_key import ROUTE
from .common import DeliveryCase
from .servers.scripted import ScriptedServer

SENDER_LOG = "odoo.addons.mail_delivery_status.models.mail_sender"
SMUGGLED = b"Subject: x\r\n\r\nhello\n.\nMAIL FROM:<evil@odoo.test>\r.\rRCPT TO:<victim@odoo.test>\r\n.\n\x00end"


class HostileMailCase(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(ScriptedServer({}))
        self.record = self.create_mail_server(self.server.port)

    def attach(self, content, mimetype="application/pdf", name="Invoice.pdf"):
        attachment = self.env["ir.attachment"].create({"name": name, "raw": content})
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_attachment SET mimetype = %s WHERE id = %s", (mimetype, attachment.id))
        attachment.invalidate_recordset()
        return attachment

    def send(self, **values):
        mail = self.create_mail("alice@odoo.test", self.record, **values)
        mail.send()
        return mail

    def the_mail(self):
        [received] = self.server.messages
        return message_from_bytes(received.data, policy=policy.default), received

    def both_ways(self):
        """Once with our own way of building, once with core's, as where another add-on takes part in it."""
        yield "ours"
        sender = type(self.env["mail.sender"])
        original = sender._mail_server_in_context
        self.patch(
            sender,
            "_mail_server_in_context",
            lambda self, *args: original(self, *args).with_context(**ROUTE.put(None)),
        )
        self.server.messages.clear()
        yield "core's"


@tagged("post_install", "-at_install")
class TestHostileHeaders(HostileMailCase):
    @mute_logger(SENDER_LOG)
    def test_a_line_break_in_a_headers_name(self):
        for way in self.both_ways():
            for name in (
                "X-A\r\nBcc: victim@odoo.test\r\nX-B",
                "X-A\nX-B",
                "X-A\r\n\r\nbody",
                "X:A",
                "X\x00",
                "",
                " folded",
                "X-ż",
            ):
                with self.subTest(way, name=name):
                    mail = self.send(headers=repr({name: "value"}))
                    self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
                    self.assertIn("name that is not allowed", mail.failure_reason)
            mail = self.send(headers=repr({"X-Good": "value"}))
            self.assertEqual(mail.state, "sent")
            [received] = self.server.messages
            self.assertNotIn(b"victim", received.data)

    def test_an_envelope_id_of_the_users_own(self):
        for way in self.both_ways():
            for name in ("X-Envelope-Id", "x-envelope-id", "X-ENVELOPE-ID"):
                with self.subTest(way, name=name):
                    self.server.messages.clear()
                    mail = self.send(headers=repr({name: "f" * 32}))
                    message, _received = self.the_mail()
                    self.assertEqual(message.get_all("X-Envelope-Id"), [mail.recipient_status_ids.envelope_id])

    def test_names_with_line_breaks(self):
        for way in self.both_ways():
            for name in ("Jan\nKowalski", "Jan\r\nBcc: victim@odoo.test", "Jan\x0bŻ\u2028Ó\x85ł", "Jan\x00\t\x1b[31mK"):
                if "\x00" in name:
                    name = name.replace("\x00", "\x01")  # PostgreSQL takes no NUL
                with self.subTest(way, name=name):
                    self.server.messages.clear()
                    quoted = f'"{name}"'
                    partner = self.env["res.partner"].create({"name": name, "email": "jan@odoo.test"})
                    mail = self.create_mail(
                        False,
                        self.record,
                        recipient_ids=[(4, partner.id)],
                        email_from=f"{quoted} <sales@odoo.test>",
                        reply_to=f"{quoted} <reply@odoo.test>",
                        headers=repr({"X-Msg-To-Add": f"{quoted} <other@odoo.test>"}),
                    )
                    mail.send()
                    self.assertEqual((mail.state, mail.failure_reason or ""), ("sent", ""))
                    message, received = self.the_mail()
                    self.assertEqual(received.recipients, ("jan@odoo.test",))
                    self.assertIsNone(message["Bcc"])
                    self.assertIn("Jan", message["To"].addresses[0].display_name)
                    self.assertEqual(message["To"].addresses[0].addr_spec, "jan@odoo.test")
                    self.assertEqual(message["Reply-To"].addresses[0].addr_spec, "reply@odoo.test")

    @mute_logger(SENDER_LOG)
    def test_local_errors_in_plain_words(self):
        mail = self.send(headers=repr({"Subject": "another one"}))
        self.assertIn("is there twice", mail.failure_reason)
        mail = self.send(subject="a\nb")
        self.assertIn("contains a line break", mail.failure_reason)
        row = mail.recipient_status_ids
        self.assertIn("a header of the mail contains a line break", row.problem)
        self.assertIn("linefeed", row.explanation, "the technical detail stands behind")
        self.patch(type(mail), "_prepare_outgoing_body", lambda self: [][1])
        mail = self.send()
        self.assertIn("The e-mail could not be put together. (IndexError", mail.failure_reason)


@tagged("post_install", "-at_install")
class TestHostileAttachments(HostileMailCase):
    def assertOnlyCrlf(self, data):
        self.assertNotIn(b"\x00", data)
        self.assertFalse(re.search(rb"(?<!\r)\n|\r(?!\n)", data))

    def test_no_bare_line_end_leaves(self):
        for way in self.both_ways():
            for mimetype in (
                "message/rfc822",
                "message/partial",
                "message/external-body",
                "message/delivery-status",
                "multipart/mixed",
                "multipart/alternative",
                "MULTIPART/x",
                "text/plain",
                "application/octet-stream",
            ):
                with self.subTest(way, mimetype=mimetype):
                    self.server.messages.clear()
                    mail = self.send(attachment_ids=[(4, self.attach(SMUGGLED, mimetype).id)])
                    self.assertEqual(mail.state, "sent", mail.failure_reason)
                    message, received = self.the_mail()
                    self.assertOnlyCrlf(received.data)
                    self.assertEqual(len(self.server.messages), 1)
                    if way == "ours" and mimetype != "message/rfc822":
                        [part] = message.iter_attachments()
                        self.assertEqual(part.get_content_disposition(), "attachment")
                        content = part.get_content()
                        content = content.encode() if isinstance(content, str) else content
                        self.assertEqual(content, SMUGGLED)

    def test_odd_types_and_names(self):
        for mimetype in ("a/b/c", "", None, "/", "text", "text/plain\r\nBcc: victim@odoo.test", "a b/c", "ż/x"):
            for name in ("Invoice.pdf", "Faktura\r\nBcc: victim@odoo.test.pdf", "Zażółć\n.pdf"):
                with self.subTest(mimetype=mimetype, name=name):
                    self.server.messages.clear()
                    mail = self.send(attachment_ids=[(4, self.attach(b"%PDF", mimetype, name).id)])
                    self.assertEqual(mail.state, "sent", mail.failure_reason)
                    message, _received = self.the_mail()
                    [part] = message.iter_attachments()
                    self.assertEqual(part.get_payload(decode=True), b"%PDF")
                    self.assertIsNone(message["Bcc"])

    @mute_logger(SENDER_LOG)
    def test_a_file_that_is_gone(self):
        good = self.attach(b"%PDF good", name="Good.pdf")
        bad = self.attach(b"%PDF bad one " + os.urandom(16), name="Faktura (2).pdf")
        path = bad._full_path(bad.store_fname)
        for damage in ("missing", "empty", "cut"):
            with self.subTest(damage):
                if os.path.exists(path):
                    os.unlink(path)
                if damage != "missing":
                    with open(path, "wb") as file:
                        file.write(b"%PDF" if damage == "cut" else b"")
                self.env.invalidate_all()
                other = self.create_mail("bob@odoo.test", self.record, attachment_ids=[(4, good.id)])
                mail = self.create_mail("alice@odoo.test", self.record, attachment_ids=[(6, 0, (good + bad).ids)])
                with mute_logger("odoo.addons.base.models.ir_attachment"):
                    (mail + other).send()
                self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
                self.assertIn("Faktura (2).pdf", mail.failure_reason)
                self.assertIn("missing", mail.failure_reason)
                self.assertEqual(other.state, "sent")

    def test_what_is_no_missing_file(self):
        """An empty file, one in the database, one that an add-on has changed on its way."""
        empty = self.attach(b"", name="empty.txt")
        self.env["ir.config_parameter"].sudo().set_param("ir_attachment.location", "db")
        stored = self.attach(b"%PDF in the database", name="db.pdf")
        self.env["ir.config_parameter"].sudo().set_param("ir_attachment.location", "file")
        signed = self.attach(b"%PDF to sign", name="sign.pdf")
        original = type(self.env["mail.mail"])._prepare_outgoing_list

        def sign(self, *args, **kwargs):
            emails = original(self, *args, **kwargs)
            for email in emails:
                email["attachments"] = [
                    (name, (content or b"") + b"SIGNED", kind) for name, content, kind in email["attachments"]
                ]
            return emails

        self.patch(type(self.env["mail.mail"]), "_prepare_outgoing_list", sign)
        mail = self.send(attachment_ids=[(6, 0, (empty + stored + signed).ids)])
        self.assertEqual(mail.state, "sent", mail.failure_reason)

    def test_a_link_instead_of_a_file(self):
        attachment = self.attach(b"%PDF linked")
        mail = self.send(
            body_html=f'<a href="/web/content/{attachment.id}">here</a>', attachment_ids=[(4, attachment.id)]
        )
        self.assertEqual(mail.state, "sent", mail.failure_reason)
        self.assertNotIn(base64.b64encode(b"%PDF linked")[:12], self.the_mail()[1].data)
