"""An add-on whose connection is no SMTP connection: the buffer is emptied through it, too."""

import smtplib

from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .drain_common import DrainCase


class Provider:
    """Takes messages over something else than SMTP; fails by the address."""

    from_filter = smtp_from = None

    def __init__(self):
        self.taken, self.messages = [], []

    def send_message(self, message, sender, recipients):
        if "refused@dest.test" in recipients:
            raise smtplib.SMTPRecipientsRefused({"refused@dest.test": (550, b"5.1.1 No such user")})
        if "full@dest.test" in recipients:
            raise smtplib.SMTPDataError(452, b"4.3.1 Try later")
        if "lost@dest.test" in recipients:
            raise OSError("the line is dead")
        self.taken.append((str(message["Subject"]), sender, recipients))
        self.messages.append(message)
        return {"half@dest.test": (550, b"5.1.1 No")} if "half@dest.test" in recipients else {}

    def quit(self):
        raise OSError("the line is dead")


class TestOtherTransport(DrainCase):
    def setUp(self):
        super().setUp()
        self.provider = Provider()
        self.server_id = self.create_server(25)
        self.patch(IrMail_Server, "_connect__", lambda *_args, **_kwargs: self.provider)

    def test_what_it_takes_is_accepted(self):
        mails = self.create_mails(3, self.server_id)
        self.drain()
        self.assertEqual(
            self.values_of(mails, "state", "delivery_status", "smtp_receipt"), [("sent", "accepted", False)] * 3
        )
        self.assertEqual(sorted(subject for subject, _sender, _recipients in self.provider.taken), ["0", "1", "2"])
        self.drain()
        self.assertEqual(len(self.provider.taken), 3)

    @mute_logger("odoo.addons.mail_delivery_status.engine.sender")
    def test_what_it_refuses(self):
        for address, states in (
            ("refused@dest.test", {"refused@dest.test": "refused"}),
            ("full@dest.test", {"full@dest.test": "deferred"}),
            ("lost@dest.test", {"lost@dest.test": "unknown"}),
            ("half@dest.test, good@dest.test", {"half@dest.test": "refused", "good@dest.test": "accepted"}),
        ):
            with self.subTest(address=address):
                [mail] = self.create_mails(1, self.server_id, email_to=address)
                self.drain()
                self.assertEqual(self.recipients(mail), states)

    def test_blind_copies(self):
        """From the buffer, and by core's own loop within a request: it gets them, and tells nobody."""
        values = {"email_to": "a@dest.test", "email_bcc": "Boss <b@dest.test>, c@dest.test"}
        self.create_mails(1, self.server_id, **values)
        self.drain()
        self.provider.quit = lambda: None  # core lets nothing else pass
        [alone] = self.create_mails(1, self.server_id, **values)
        with self.env_committed() as env:
            env["mail.mail"].browse(alone).send()
        for _subject, _sender, recipients in self.provider.taken:
            self.assertEqual(sorted(recipients), ["a@dest.test", "b@dest.test", "c@dest.test"])
        self.assertEqual(len(self.provider.messages), 2)
        for message in self.provider.messages:
            self.assertIsNone(message["Bcc"])
            self.assertNotIn("b@dest.test", str(message))
        self.assertEqual(self.values_of([alone], "state"), ["sent"])
