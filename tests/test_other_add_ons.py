"""Add-ons that extend core's methods of the sending, and were loaded before this module."""

from email import message_from_bytes, policy
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mail.models.mail_mail import MailMail

from ..models import mail_mail_buffer
from ..models.secret_fields import secret_names
from ..wizards.settings_records import _is_setting, shape_of
from .report_common import ReportCase


@tagged("post_install", "-at_install")
class TestOtherAddOns(ReportCase):
    def extended(self, name, function):
        """Have an add-on extend a method of mails, for the time of a block.

        :param function: called with core's method, the mails and what the method was called with
        """
        core = getattr(MailMail, name)

        def extended(mails, *args, **kwargs):
            return function(core, mails, *args, **kwargs)

        extended.__module__ = "odoo.addons.other.models.mail_mail"
        return patch.object(MailMail, name, extended)

    def texts(self):
        messages = [message_from_bytes(got.data, policy=policy.default) for got in self.smtp.messages]
        return [message.get_body(("html",)).get_content().strip() for message in messages]

    def test_what_is_added_before_sending(self):
        """It leaves, once, however often the mail is tried."""

        def add(core, mails, **options):
            for mail in mails:
                mail.body_html = f"<p>added</p>{mail.body_html}"
            return core(mails, **options)

        self.enterContext(self.extended("_send", add))
        self.smtp.script = {"RCPT": b"451 4.7.1 Greylisted\r\n"}
        mail = self.send(body_html="<p>Hello</p>")
        self.assertEqual(mail.delivery_status, "deferred")
        self.smtp.script = {}
        mail._update_summary(retry_date=False)
        mail.send()
        self.assertEqual(self.texts(), ["<p>added</p><p>Hello</p>"])
        self.assertEqual((mail.state, mail.delivery_status), ("sent", "accepted"))
        self.assertTrue(mail.smtp_receipt)

    def test_sent_by_itself(self):
        """What an add-on sends its own way, by core's own methods even, is not sent once more."""

        def send(_core, mails, smtp_session=None, **_options):
            for mail in mails:
                server = mails.env["ir.mail_server"]
                message = server._build_email__("sales@odoo.test", [mail.email_to], mail.subject, mail.body_html)
                server.send_email(message, smtp_session=smtp_session)
                mail.state = "sent"
            return True

        self.enterContext(self.extended("_send", send))
        mail = self.send()
        self.assertEqual([got.recipients for got in self.smtp.messages], [("alice@dest.test",)])
        self.assertEqual(mail.state, "sent")

    def test_what_is_not_handed_on(self):
        """It stays in the buffer."""
        first = self.extended("_send", lambda core, mails, **options: core(mails[:1], **options))
        mails = self.create_mail("a@dest.test", self.server) + self.create_mail("b@dest.test", self.server)
        with first:
            mails.send()
        self.assertEqual([got.recipients for got in self.smtp.messages], [("a@dest.test",)])
        self.assertEqual(mails.mapped("state"), ["sent", "outgoing"])

    def test_scheduled_action(self):
        """It goes core's way, where other add-ons are met; nothing leaves that one of them forbids."""
        drained = []
        self.patch(mail_mail_buffer, "drain", drained.append)
        self.patch(type(self.env["mail.mail"]), "_may_commit", lambda mails: True)
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(len(drained), 1)
        for name, forbid in (
            ("send", lambda core, mails, **options: core(mails.browse(), **options)),
            ("_send", lambda core, mails, **options: True),
            ("process_email_queue", lambda core, mails, *args, **options: None),
        ):
            with self.subTest(name=name), self.extended(name, forbid):
                mail = self.create_mail("a@dest.test", self.server)
                self.env["mail.mail"].process_email_queue()
                self.assertEqual((len(drained), len(self.smtp.messages)), (1, 0))
                self.assertEqual(mail.state, "outgoing")

    def test_settings_kept_elsewhere(self):
        """A password is masked, and a setting is one, also where another add-on keeps it (OCA's server_environment)."""
        model = self.env["ir.mail_server"]
        for name in ("smtp_host", "smtp_pass"):
            for attribute, value in (("store", False), ("copy", False), ("inverse", "_inverse_elsewhere")):
                self.enterContext(patch.object(model._fields[name], attribute, value))
        self.assertIn("smtp_pass", secret_names(model))
        self.assertFalse(_is_setting(model, "smtp_host"))
        names = {"smtp_host": {}, "smtp_pass": {}}
        with patch.object(type(model), "_server_env_fields", names, create=True):
            shape = shape_of(self.env, "outgoing")
        self.assertIn("smtp_host", [setting.name for setting in shape.settings])
        self.assertIn("smtp_pass", [setting.name for setting in shape.secrets])

    def test_text_made_again(self):
        """Other add-ons change the text of a mail that is sent again after its text was removed, too."""
        [partner] = self.create_partners("alice@dest.test")
        _document, mail = self.send_document(partner)
        self.assertFalse(mail.body_html)
        with self.extended("_prepare_outgoing_body", lambda core, mail: f"{core(mail)}<p>added</p>"):
            body = mail._prepare_outgoing_body()
        self.assertIn("Hello", body)
        self.assertTrue(body.endswith("<p>added</p>"))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(mail.body_html, "the text is not kept")
