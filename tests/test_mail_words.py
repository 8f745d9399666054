from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .. import const
from ..models.mail_mail_buffer import MailMail
from ..tools.recipient_state import State
from .common import DeliveryCase

NOW = fields.Datetime.to_datetime("2026-11-28 10:00:00")


class WordsCase(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.tz = "Europe/Warsaw"
        cls.document = cls.env["res.partner"].create({"name": "Document"})
        cls.server = cls.create_mail_server(2525, name="Post office")

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(fields.Datetime, "now", lambda *args: NOW))

    def add_row(self, mail, email, state, **values):
        """A recipient of a mail, as the engine would have recorded it; the mail's summary follows."""
        row = (
            self.env["mail.recipient"]
            ._with_evidence_token()
            .create({**mail._evidence_values(), "email": email, "state": state, "kind": "to", **values})
        )
        mail.invalidate_recordset()
        core = (
            "outgoing"
            if state in ("queued", "deferred")
            else "exception"
            if state in ("refused", "unknown")
            else "sent"
        )
        mail._update_summary(state=core if core != "sent" or mail.state == "sent" else mail.state)
        if core == "sent" and len(mail.recipient_status_ids) == 1:
            mail._update_summary(state="sent")
        self.env.flush_all()
        mail.invalidate_recordset()
        return row

    def mail_with(self, state, **values):
        mail = self.create_mail("alice@dest.test")
        self.add_row(mail, "alice@dest.test", state, **values)
        return mail


@tagged("post_install", "-at_install")
class TestMailWords(WordsCase):
    """What a clerk reads of a mail, in each state."""

    def assert_words(self, mail, *words, reason=""):
        self.env.flush_all()
        mail.invalidate_recordset()
        # Before AM some versions of Babel put a narrow blank.
        for word in words:
            self.assertIn(word, mail.status_text.replace("\u202f", " "))
        self.assertEqual((mail.reason or "").replace("\u202f", " "), reason)

    def test_every_state_has_words(self):
        for state in State:
            mail = self.mail_with(state.value)
            with self.subTest(state):
                self.assertEqual(mail.current_status, state.value)
                self.assertTrue(mail.status_text)
                self.assertNotIn("False", mail.status_text)
                self.assertNotIn("None", f"{mail.status_text}{mail.reason}")

    def test_accepted(self):
        values = {"accepted_date": "2026-11-28 09:54:00", "smtp_receipt": "F11AB1C6006", "smtp_code": 250}
        mail = self.mail_with("accepted", **values)
        self.assert_words(mail, "The mail server took it at 10:54 AM. Receipt F11AB1C6006.")
        self.add_row(mail, "bob@dest.test", "accepted", **{**values, "smtp_receipt": "OTHER1"})
        self.assert_words(mail, "took it at")
        self.assertNotIn("Receipt", mail.status_text, "each address has its own")

    def test_another_day_has_its_date(self):
        mail = self.mail_with("accepted", accepted_date="2026-11-27 23:30:00")
        self.assert_words(mail, "took it at 12:30 AM.")  # it was today already, in Warsaw
        mail = self.mail_with("accepted", accepted_date="2026-11-26 09:54:00")
        self.assert_words(mail, "took it at 11/26/2026 10:54 AM.")

    def test_time_zone_and_language_of_the_reader(self):
        mail = self.mail_with("accepted", accepted_date="2026-11-28 09:54:00")
        self.env["res.lang"]._activate_lang("pl_PL")
        self.assertIn("4:54", mail.with_context(tz="America/New_York").status_text)
        polish = mail.with_context(lang="pl_PL")
        self.assertIn("10:54", polish.status_text)
        self.assertNotIn("AM", polish.status_text)

    def test_sent_before_it_was_recorded(self):
        mail = self.create_mail("alice@dest.test", state="sent")
        mail._update_summary(state="sent")
        self.assert_words(mail, "is not recorded")

    def test_refused(self):
        reply = "5.1.1 <alice@dest.test>: Recipient address rejected: User unknown"
        mail = self.mail_with("refused", smtp_code=550, smtp_reply=reply, phase="rcpt")
        self.assert_words(mail, "There is no such mailbox", "Correct the address", reason="No such mailbox")

    def test_what_could_not_be_made(self):
        mail = self.create_mail("alice@dest.test")
        mail._update_summary(state="exception", failure_reason="the mail has no recipient")
        self.assert_words(
            mail, "There is no e-mail address to send to", reason="There is no e-mail address to send to."
        )

    def test_returned(self):
        mail = self.mail_with(
            "bounced",
            bounce_date="2026-11-28 09:58:00",
            bounce_type="hard",
            bounce_code="5.1.1",
            bounce_reason="550 5.1.1 User unknown",
        )
        self.assert_words(mail, "It came back on 11/28/2026: There is no such mailbox", reason="No such mailbox")

    def test_unknown(self):
        mail = self.mail_with("unknown", phase="content", problem="connection lost")
        self.assert_words(mail, "It may have arrived or not", "Ask the recipient", reason="Outcome unknown")

    def test_several_recipients(self):
        mail = self.mail_with("accepted", accepted_date="2026-11-28 09:54:00")
        self.add_row(mail, "bob@dest.test", "refused", smtp_code=550, smtp_reply="5.1.1 User unknown", phase="rcpt")
        self.assertEqual(mail.current_status, "partial")
        self.assert_words(mail, "1 of 2 addresses have it", "bob@dest.test: ", reason="bob@dest.test: No such mailbox")
        self.add_row(mail, "carol@dest.test", "deferred", smtp_code=451, smtp_reply="4.3.0 later", phase="rcpt")
        self.assert_words(
            mail,
            "1 of 3 addresses have it, for the others it waits",
            reason="Fault of the mail server. Waits for its turn.",
        )

    # === IN THE BUFFER === #

    def test_waits_for_its_turn(self):
        mail = self.create_mail("alice@dest.test")
        self.assert_words(mail, "It waits. Waits for its turn.", reason="Waits for its turn.")

    def test_held_and_planned(self):
        mail = self.create_mail("alice@dest.test", is_held=True)
        self.assert_words(mail, "Held until", reason="Held until somebody releases it.")
        mail.write({"is_held": False, "scheduled_date": "2026-11-28 13:00:00"})
        self.assert_words(mail, "Planned for", reason="Planned for 2:00 PM.")
        mail.scheduled_date = "2026-11-28 09:00:00"  # it is late
        self.assert_words(mail, reason="Waits for its turn.")

    def test_put_off(self):
        mail = self.mail_with("deferred", smtp_code=450, smtp_reply="4.7.1 Greylisted", phase="rcpt")
        mail._update_summary(retry_date="2026-11-28 10:27:00")
        self.assert_words(
            mail,
            "wants the mail to be tried once more",
            "Next try: 11:27",
            reason="Put off on purpose (greylisting). Next try: 11:27 AM.",
        )

    def test_server_paused(self):
        mail = self.create_mail("alice@dest.test")
        mail._update_summary(waits_for_server_id=self.server.id)
        self.server.action_pause()
        self.assert_words(mail, "paused", reason="Sending over the mail server “Post office” is paused.")

    def test_server_suspended(self):
        mail = self.create_mail("alice@dest.test")
        self.server._suspend(60, "connection refused")
        self.assertEqual(self.server.suspended_since, NOW)
        self.server.write(
            {"suspended_since": NOW - timedelta(minutes=48), "suspended_until": NOW + timedelta(minutes=27)}
        )
        self.server._suspend(60, "connection refused")
        self.assertEqual(self.server.suspended_since, NOW - timedelta(minutes=48), "the first failure in the row")
        self.server.suspended_until = NOW + timedelta(minutes=27)
        mail._update_summary(waits_for_server_id=self.server.id)
        self.assert_words(
            mail,
            reason="The mail server “Post office” has had a fault since 10:12 AM: Nobody answers at this address and"
            " port: the mail server is down, or host or port is wrong. Next try: 11:27 AM.",
        )
        self.server._resume()
        self.assertFalse(self.server.suspended_since)
        self.assert_words(mail, reason="The mail server “Post office” takes mail again: it is sent soon.")

    def test_limit_of_the_server(self):
        mail = self.create_mail("alice@dest.test")
        mail._update_summary(waits_for_server_id=self.server.id)
        self.server.limited_until = NOW + timedelta(hours=1)
        self.assert_words(mail, reason="The limit of the mail server “Post office” is reached. Next try: 12:00 PM.")

    def test_being_sent(self):
        """While there is an open transaction, and of that mail alone."""
        mail, other = self.create_mail("alice@dest.test"), self.create_mail("bob@dest.test")
        self.env["mail.transaction"]._with_evidence_token().create(
            {**mail._evidence_values(), "outcome": "open", "envelope_key": "x", "worker": 1}
        )
        self.env.flush_all()
        (mail + other).invalidate_recordset()
        self.assertEqual((mail.current_status, other.current_status), (const.SENDING, "queued"))
        self.assertEqual((mail.status_text, mail.reason), ("Is being sent right now.", False))

    # === WHOM IT IS FOR === #

    def test_to_whom(self):
        partner = self.env["res.partner"].create({"name": "Ada Example", "email": "ada@dest.test"})
        values = {"email_cc": "carol@dest.test", "recipient_ids": [(4, partner.id)]}
        mail = self.create_mail('"Bob, Jr." <bob@dest.test>, no address', **values)
        self.assertEqual(mail.to_text, "Ada Example +3")
        shown = [(one["kind"], one["name"], one["email"], one["state"]) for one in mail.addressees["shown"]]
        self.assertEqual(
            shown,
            [
                ("to", "Ada Example", "ada@dest.test", "queued"),
                ("to", "Bob, Jr.", "bob@dest.test", "queued"),
                ("to", "no address", "", "queued"),
                ("cc", "", "carol@dest.test", "queued"),
            ],
        )

    def test_recorded_addresses(self):
        partner = self.env["res.partner"].create({"name": "Ada Example", "email": "new@dest.test"})
        mail = self.create_mail(False, recipient_ids=[(4, partner.id)])
        self.add_row(mail, "ada@dest.test", "accepted", partner_id=partner.id)
        self.assertEqual(mail.to_text, "Ada Example")
        [one] = mail.addressees["shown"]
        self.assertEqual((one["email"], one["label"]), ("ada@dest.test", "Accepted"), "where it went, not the new one")
        partner.unlink()
        self.env.invalidate_all()
        self.assertEqual(mail.to_text, "ada@dest.test", "the contact is gone")

    def test_no_address_and_many(self):
        mail = self.create_mail(False)
        self.assertEqual((mail.to_text, mail.addressees["shown"]), ("", []))
        many = self.create_mail(", ".join(f"a{number}@dest.test" for number in range(100)))
        self.assertEqual((len(many.addressees["shown"]), many.addressees["more"]), (30, 70))
        self.assertEqual(many.to_text, "a0@dest.test +99")

    # === WHO READS IT === #

    def test_another_person_s_mail(self):
        """Whoever may not read the mail is told nothing; whoever may is told its status, whatever else is closed."""
        mail = self.mail_with("refused", smtp_code=550, smtp_reply="5.1.1 User unknown", phase="rcpt")
        mail._update_summary(waits_for_server_id=self.server.id)
        self.env.flush_all()
        user = new_test_user(self.env, "words_user", "base.group_user,mail_delivery_status.group_user")
        theirs = mail.with_user(user)
        for name in ("to_text", "addressees", "status_text", "reason", "current_status"):
            self.env.invalidate_all()
            with self.assertRaises(AccessError, msg=name):
                theirs.read([name])
        mail.author_id = user.partner_id
        self.env.flush_all()
        self.env.invalidate_all()
        [values] = theirs.read(["to_text", "status_text", "reason", "document_name"])
        self.assertEqual(values["to_text"], "alice@dest.test")
        self.assertIn("no such mailbox", values["status_text"])
        self.assertFalse(values["document_name"])

    def test_an_unsaved_record_tells_nothing_of_others(self):
        """What a client says is in a record that it has not saved counts for nothing."""
        self.server.action_pause()
        user = new_test_user(self.env, "words_user", "base.group_user,mail_delivery_status.group_user")
        secret = self.mail_with("refused", smtp_code=550, smtp_reply="5.1.1 User unknown", phase="rcpt")
        mails = self.env["mail.mail"].with_user(user)
        new = mails.new(
            {"waits_for_server_id": self.server.id, "recipient_ids": [(4, self.document.id)], "state": "sent"}
        )
        self.assertFalse(new.to_text)
        self.assertNotIn("Post office", new.status_text or "")
        with self.assertRaises(AccessError):
            mails.new(origin=secret.with_user(user)).status_text  # noqa: B018

    def test_document_name(self):
        mail = self.create_mail("alice@dest.test", model="res.partner", res_id=self.document.id)
        self.add_row(mail, "alice@dest.test", "accepted")
        self.assertEqual(mail.document_name, "Document")
        self.document.unlink()
        self.env.invalidate_all()
        self.assertFalse(mail.document_name)

    def test_message_deleted(self):
        mail = self.mail_with("accepted", accepted_date="2026-11-28 09:54:00", smtp_receipt="F11AB1C6006")
        mail.mail_message_id.unlink()
        self.env.invalidate_all()
        self.assertTrue(mail.exists())
        self.assertIn("F11AB1C6006", mail.status_text)
        self.assertEqual(mail.to_text, "alice@dest.test")

    def test_being_sent_is_asked_once(self):
        mails = self.env["mail.mail"].union(*(self.create_mail(f"a{number}@dest.test") for number in range(5)))
        self.env.flush_all()
        self.env.invalidate_all()
        calls = []
        original = MailMail._being_sent
        with patch.object(MailMail, "_being_sent", lambda mails: calls.append(mails) or original(mails)):
            mails.mapped("status_text")
        self.assertEqual(len(calls), 1)
