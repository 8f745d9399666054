from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .drain_common import DrainCase

LATER = b"450 4.2.1 Try again later"
UNKNOWN = b"550 5.1.1 No such user"


@tagged("post_install", "-at_install")
class TestRecipientIdentity(DrainCase):
    """A person is known by the message and the address, whatever became of contact, mail and spelling."""

    def partner(self, name, email):
        return self.make("res.partner", {"name": name, "email": email})[0]

    def mail_to(self, server_id, partners=(), email_to=False, **values):
        return self.create_mails(1, server_id, email_to=email_to, recipient_ids=[(6, 0, partners)], **values)[0]

    def change(self, model, record_id, method="write", *args):
        with self.env_committed() as env:
            return getattr(env[model].browse(record_id), method)(*args)

    def retry(self, mail_id):
        self.change("mail.mail", mail_id, "mark_outgoing")
        self.drain()

    def test_corrected_contact(self):
        server, server_id = self.start({"RCPT wrong@dest.test": UNKNOWN})
        wrong, good = self.partner("Ada", "wrong@dest.test"), self.partner("Good", "good@dest.test")
        for partners in ([wrong], [wrong, good]):
            with self.subTest(partners=partners):
                server.messages.clear()
                self.change("res.partner", wrong, "write", {"email": "wrong@dest.test"})
                mail = self.mail_to(server_id, partners)
                self.drain()
                self.change("res.partner", wrong, "write", {"email": "right@dest.test"})
                self.retry(mail)
                self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])
                self.assertEqual(self.recipients(mail)["wrong@dest.test"], "canceled")
                self.assertEqual(set(self.envelopes(server).values()), {1})
                self.assertEqual(self.envelopes(server)["right@dest.test"], 1)

    def test_corrected_text(self):
        server, server_id = self.start({"RCPT wrong@dest.test": UNKNOWN})
        for field in ("email_to", "email_cc"):
            with self.subTest(field=field):
                server.messages.clear()
                mail = self.mail_to(server_id, email_to="first@dest.test")
                self.change("mail.mail", mail, "write", {field: "wrong@dest.test"})
                self.drain()
                self.change("mail.mail", mail, "write", {field: "right@dest.test"})
                self.retry(mail)
                self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])
                self.assertEqual(set(self.envelopes(server).values()), {1})

    def test_the_old_address_was_put_off(self):
        """It is not tried for two days more and then given up."""
        server, server_id = self.start({"RCPT old@dest.test": LATER})
        partner = self.partner("Ada", "old@dest.test")
        mail = self.mail_to(server_id, [partner])
        self.drain()
        self.change("res.partner", partner, "write", {"email": "new@dest.test"})
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.recipients(mail), {"old@dest.test": "canceled", "new@dest.test": "accepted"})
        self.assertEqual(self.values_of([mail], "state"), ["sent"])
        self.assertEqual(self.envelopes(server), {"new@dest.test": 1})

    def test_merged_contact(self):
        server, server_id = self.start({"RCPT later@dest.test": [LATER]})
        anna, later = self.partner("Anna", "anna@dest.test"), self.partner("Later", "later@dest.test")
        keep = self.partner("Anna Nowak", "anna@dest.test")
        mail = self.mail_to(server_id, [anna, later])
        self.drain()
        with self.env_committed() as env:
            wizard = env["base.partner.merge.automatic.wizard"].create({})
            wizard._merge([anna, keep], env["res.partner"].browse(keep))
        with self.env_committed() as env:
            rows = env["mail.mail"].browse(mail).recipient_status_ids
            self.assertEqual(set(rows.partner_id.ids), {keep, later}, "the evidence follows the contact")
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.envelopes(server), {"anna@dest.test": 1, "later@dest.test": 1})
        self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])

    def test_contact_that_was_deleted_and_made_again(self):
        server, server_id = self.start({"RCPT later@dest.test": [LATER]})
        anna, later = self.partner("Anna", "anna@dest.test"), self.partner("Later", "later@dest.test")
        mail = self.mail_to(server_id, [anna, later])
        self.drain()
        self.change("res.partner", anna, "unlink")
        again = self.partner("Anna again", "Anna@dest.test")
        self.change("mail.mail", mail, "write", {"recipient_ids": [(4, again)]})
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.envelopes(server), {"anna@dest.test": 1, "later@dest.test": 1})

    def test_from_contact_to_typed_address_and_back(self):
        server, server_id = self.start({"RCPT later@dest.test": [LATER] * 2})
        anna, later = self.partner("Anna", "anna@dest.test"), self.partner("Later", "later@dest.test")
        mail = self.mail_to(server_id, [anna, later])
        self.drain()
        for values in (
            {"recipient_ids": [(3, anna)], "email_to": "Anna Nowak <ANNA@dest.test>"},
            {"recipient_ids": [(4, anna)], "email_to": False},
        ):
            self.change("mail.mail", mail, "write", values)
            self.due_now([mail])
            self.drain()
        self.assertEqual(self.envelopes(server), {"anna@dest.test": 1, "later@dest.test": 1})

    def test_a_mail_that_core_splits(self):
        """At the limit of a person's own server core puts some recipients into a copy of the mail."""
        server, server_id = self.start({"RCPT later@dest.test": [LATER]})
        anna, later = self.partner("Anna", "anna@dest.test"), self.partner("Later", "later@dest.test")
        mail = self.mail_to(server_id, [anna, later])
        self.drain()
        with self.env_committed() as env:
            old = env["mail.mail"].browse(mail)
            new = old.copy({"mail_message_id": old.mail_message_id.id, "recipient_ids": [anna]})
            old.recipient_ids = [(3, anna)]
            self.created.append(("mail.mail", new.ids))
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.envelopes(server), {"anna@dest.test": 1, "later@dest.test": 1})
        states = self.values_of([mail, *new.ids], "state", "delivery_status")
        self.assertEqual(states, [("sent", "accepted")] * 2)
        self.assertEqual(self.recipients(new.id), {"anna@dest.test": "accepted"}, "the copy shows it, too")

    def test_other_spellings(self):
        for first, then in (
            ("Łucja@dest.test", "Łucja@dest.test"),
            ("Anna@Dest.test", "anna@dest.test"),
            ("ala@żółw.example", "ala@xn--w-uga1v8h.example"),
            ("ala@xn--w-uga1v8h.example", '"Ala" <ala@ŻÓŁW.example>'),
        ):
            with self.subTest(first=first, then=then):
                server, server_id = self.start({"RCPT later@dest.test": [LATER]})
                mail = self.mail_to(server_id, email_to=f"{first}, later@dest.test")
                self.drain()
                with self.env_committed() as env:
                    row = env["mail.mail"].browse(mail).recipient_status_ids[0]
                    self.assertEqual((row.kind, row.state), ("to", "accepted"))
                self.change("mail.mail", mail, "write", {"email_to": f"{then}, later@dest.test"})
                self.due_now([mail])
                self.drain()
                self.assertEqual(set(self.envelopes(server).values()), {1}, "one copy each")
                self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])

    def test_two_contacts_with_one_address(self):
        """Each gets the email that was made for it, as in core, also when one of them is put off."""
        server, server_id = self.start({"RCPT both@dest.test": [None, LATER]})
        partners = [self.partner("One", "both@dest.test"), self.partner("Two", "both@dest.test")]
        mail = self.mail_to(server_id, partners)
        self.drain()
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.envelopes(server), {"both@dest.test": 2})
        self.assertEqual(self.values_of([mail], "state"), ["sent"])

    @mute_logger("odoo.addons.mail_delivery_status.engine.drain")
    def test_no_mail_keeps_the_scheduled_action_running(self):
        """Whatever the reason why nothing can be tried: the run ends and the mail says so."""
        server, server_id = self.start()
        mails = self.create_mails(3, server_id)
        sender = self.registry["mail.sender"]
        with patch.object(sender, "_prepare", lambda self, mails, route, results, budget: []):
            self.drain()
        self.assertEqual(set(self.values_of(mails, "state")), {"outgoing"})
        self.assertTrue(all(self.values_of(mails, "retry_date")), "they are put off")
        self.assertIn("nothing that could be sent", self.values_of(mails, "failure_reason")[0])
        self.due_now(mails)
        self.drain()
        self.assertEachOnce(server, 3)


@tagged("post_install", "-at_install")
class TestTypedAddresses(DrainCase):
    """Every address that was typed has a row, also those that core leaves out."""

    def send(self, **values):
        server, server_id = self.start()
        [mail] = self.create_mails(1, server_id, **values)
        self.drain()
        return server, mail

    def test_international_domains_are_sent_to(self):
        for values in (
            {"email_to": "good@dest.test, ala@żółw.example"},
            {"email_to": "good@dest.test", "email_cc": "ala@żółw.example"},
            {"email_to": "good@dest.test, Ala Żółw <ala@żółw.example>"},
        ):
            with self.subTest(**values):
                server, mail = self.send(**values)
                self.assertEqual(self.envelopes(server), {"good@dest.test": 1, "ala@xn--w-uga1v8h.example": 1})
                self.assertEqual(self.recipients(mail), {"good@dest.test": "accepted", "ala@żółw.example": "accepted"})

    def test_what_is_no_address_is_refused_here(self):
        for values, dropped in (
            ({"email_to": "good@dest.test, jan.kowalski(at)dest.test"}, "jan.kowalski(at)dest.test"),
            ({"email_to": "good@dest.test; jan kowalski"}, "jan kowalski"),
            ({"email_to": "good@dest.test", "email_cc": "biuro@"}, "biuro@"),
        ):
            with self.subTest(**values):
                server, mail = self.send(**values)
                self.assertEqual(self.envelopes(server), {"good@dest.test": 1})
                self.assertEqual(self.recipients(mail), {"good@dest.test": "accepted", dropped: "refused"})
                self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "partial")])
                with self.env_committed() as env:
                    rows = env["mail.mail"].browse(mail).recipient_status_ids
                    row = next(row for row in rows if row.email == dropped)
                    self.assertEqual(row.phase, "local")
                    self.assertIn("not a valid e-mail address", row.explanation)

    def test_of_a_contact(self):
        [partner] = self.make("res.partner", {"name": "Two", "email": "good@dest.test, jan(at)dest.test"})
        server, mail = self.send(email_to=False, recipient_ids=[(6, 0, [partner])])
        self.assertEqual(self.recipients(mail), {"good@dest.test": "accepted", "jan(at)dest.test": "refused"})
        self.assertEqual(self.values_of([mail], "delivery_status"), ["partial"])

    def test_retried_and_corrected(self):
        server, mail = self.send(email_to="good@dest.test, jan(at)dest.test")
        for text, expected in (
            ("good@dest.test, jan(at)dest.test", {"good@dest.test": "accepted", "jan(at)dest.test": "refused"}),
            (
                "good@dest.test, jan@dest.test",
                {"good@dest.test": "accepted", "jan(at)dest.test": "canceled", "jan@dest.test": "accepted"},
            ),
        ):
            with self.env_committed() as env:
                record = env["mail.mail"].browse(mail)
                record.email_to = text
                record.mark_outgoing()
            self.drain()
            self.assertEqual(self.recipients(mail), expected)
        self.assertEqual(self.envelopes(server), {"good@dest.test": 1, "jan@dest.test": 1})

    def test_a_name_with_a_comma_is_no_address(self):
        server, mail = self.send(email_to="Kowalski, Jan <jan@dest.test>")
        self.assertEqual(self.recipients(mail), {"jan@dest.test": "accepted"})
