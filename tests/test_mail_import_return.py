"""What comes back of imported mails after the import, by the incoming gateway."""

from datetime import datetime

from odoo.tests import new_test_user, tagged

from .import_common import ImportCase, mbox, old_mail
from .report_common import GatewayMixin, auto_reply, delivery_status, receipt, report

MESSAGE_ID = "<1@old.example.com>"
BOUNCE = report(delivery_status("ada@dest.test"), message_id=MESSAGE_ID)


@tagged("post_install", "-at_install")
class TestMailImportReturn(GatewayMixin, ImportCase):
    def imported(self, *mails, **values):
        """The mails of an archive, in its order."""
        return self.run_import(mbox(*mails), **values).mail_ids.sorted("id")

    def test_a_bounce(self):
        """It is recorded, and told, as of any other mail."""
        move = self.create_invoice()
        mail = self.imported(old_mail(1, Subject=f"Invoice {move.name}"))
        found = self.take_in(BOUNCE)
        self.assertEqual((found.state, found.problem, found.origin), ("matched", False, "gateway"))
        self.assertEqual((found.mail_mail_id, found.model, found.res_id), (mail, "account.move", move.id))
        self.assertEqual((mail.delivery_status, mail.bounce_code, mail.state), ("bounced", "5.1.1", "sent"))
        self.assertEqual(mail.bounce_date, datetime(2026, 6, 15, 13, 41, 6))
        self.assertEqual(mail.recipient_status_ids.report_line_ids.report_id, found)
        self.assertTrue(move.is_mail_returned)
        self.assertIn("came back", move.message_ids.filtered(lambda one: not one.mail_ids)[0].body)

    def test_other_returns(self):
        mails = self.imported(old_mail(1), old_mail(2), old_mail(3))
        self.take_in(receipt("ada@dest.test", MESSAGE_ID))
        block = delivery_status("ada@dest.test", "delayed", "4.4.1")
        self.take_in(report(block, message_id="<2@old.example.com>", own_id="2@x"))
        block = delivery_status("ada@dest.test", "delivered", "2.0.0", diagnostic="250 Ok")
        self.take_in(report(block, message_id="<3@old.example.com>", own_id="3@x"))
        self.assertEqual(mails.mapped("delivery_status"), ["read", "delayed", "delivered"])

    def test_a_copy_only_counts(self):
        mail = self.imported(old_mail(1))
        found = self.take_in(BOUNCE)
        self.assertFalse(self.take_in(BOUNCE))
        self.assertEqual((found.copy_count, mail.report_ids), (1, found))

    def test_an_automatic_reply(self):
        """To the bounce address: core takes it for a bounce. It says nothing of an address."""
        mail = self.imported(old_mail(1, Cc="bob@dest.test"))
        domain = self.company_data["company"].alias_domain_id
        found = self.take_in(auto_reply("ada@dest.test", MESSAGE_ID, to=domain.bounce_email))
        self.assertEqual((found.state, found.mail_mail_id, mail.delivery_status), ("matched", mail, "imported"))

    def test_a_watched_mailbox(self):
        """Also one of which only what is about mails of Odoo is kept."""
        mail = self.imported(old_mail(1))
        values = {"name": "Watch", "server": "127.0.0.1", "is_report_watch": True, "is_report_foreign_kept": False}
        watch = self.env["fetchmail.server"].sudo().create(values)
        other = report(delivery_status("else@elsewhere.test"), message_id="<1@elsewhere.test>", own_id="2@x")
        for source, kept in ((BOUNCE, 1), (other, 0)):
            incoming = self.env["mail.report.matcher"]._incoming(source)
            self.assertEqual(watch._keep(incoming, {"origin": "watch", "watch_id": watch.id}), kept)
        self.assertEqual((mail.delivery_status, mail.report_ids.watch_id), ("bounced", watch))

    def test_an_address_that_did_not_get_it(self):
        mail = self.imported(old_mail(1))
        found = self.take_in(report(delivery_status("else@dest.test"), message_id=MESSAGE_ID))
        self.assertEqual(
            (found.state, found.problem, mail.delivery_status), ("unmatched", "foreign_address", "imported")
        )

    def test_a_token_that_was_never_given_out(self):
        mail = self.imported(old_mail(1))
        found = self.take_in(report(delivery_status("ada@dest.test"), message_id=MESSAGE_ID, envelope_id="0" * 32))
        self.assertEqual((found.state, found.problem), ("unmatched", "unknown_token"))
        self.assertEqual(mail.delivery_status, "imported")

    def test_one_of_several_recipients(self):
        """All of them know the Message-ID: it is shown with the mail, and a person decides."""
        mail = self.imported(old_mail(1, Cc="bob@dest.test"))
        found = self.take_in(BOUNCE)
        ada = mail.recipient_status_ids.filtered(lambda row: row.email == "ada@dest.test")
        self.assertEqual((found.state, found.problem), ("unmatched", "not_proved"))
        self.assertEqual((found.line_ids.state, found.line_ids.recipient_id), ("unproved", ada))
        self.assertEqual((mail.report_ids, ada.state), (found, "imported"))
        manager = new_test_user(self.env, "returns", "base.group_user,mail_delivery_status.group_manager")
        manager.write({"company_ids": [(4, self.company.id)], "company_id": self.company.id})
        found.with_user(manager)._assign(ada.with_user(manager), "failed", found.line_ids.with_user(manager))
        self.assertEqual((found.state, ada.state), ("matched", "bounced"))

    def test_it_came_before_the_mail_was_imported(self):
        self.post(self.create_invoice())  # so that an unknown mail to this address is none from before
        found = self.take_in(BOUNCE)
        self.assertEqual((found.state, found.problem), ("unmatched", "unknown_mail"))
        mail = self.imported(old_mail(1))
        self.assertEqual((found.state, found.mail_mail_id, mail.delivery_status), ("matched", mail, "bounced"))

    def test_what_a_person_has_set_aside_stays_aside(self):
        self.post(self.create_invoice())
        found = self.take_in(BOUNCE)
        found.sudo().action_dismiss()
        mail = self.imported(old_mail(1))
        self.assertEqual((found.state, mail.delivery_status), ("dismissed", "imported"))

    def test_what_it_quotes_is_not_told_to_others(self):
        mail = self.imported(old_mail(1, Subject="Notice of dismissal"))
        block = delivery_status("ada@dest.test")
        found = self.take_in(report(block, message_id=MESSAGE_ID, subject="Returned: Notice of dismissal"))
        self.assertEqual((found.mail_mail_id, found.subject), (mail, "Returned: …"))

    # === ONE MESSAGE-ID, SEVERAL MAILS === #

    def test_two_mails_to_one_address(self):
        """The last one before the report is meant."""
        first, second, third = self.imported(
            old_mail(1, body="\nFirst\n"),
            old_mail(1, body="\nSecond\n", Date="Sat, 14 Mar 2026 10:00:00 +0100"),
            old_mail(1, body="\nAfter it\n", Date="Fri, 14 Aug 2026 10:00:00 +0200"),
        )
        self.take_in(BOUNCE)
        states = [mail.delivery_status for mail in (first, second, third)]
        self.assertEqual(states, ["imported", "bounced", "imported"])

    def test_two_mails_to_two_addresses(self):
        """The one to the address of the report is meant. Who got the other one could have written it."""
        first, second = self.imported(old_mail(1), old_mail(1, to="bob@dest.test"))
        found = self.take_in(report(delivery_status("bob@dest.test"), message_id=MESSAGE_ID))
        self.assertEqual((found.mail_mail_id, found.problem), (second, "not_proved"))
        self.assertFalse(first.report_ids)

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.imported(old_mail(1), company_id=other.id)
        ours = self.imported(old_mail(1))
        self.take_in(BOUNCE)
        self.assertEqual((theirs.delivery_status, ours.delivery_status), ("bounced", "imported"), "copies of one mail")

    def test_the_company_of_the_address(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.imported(old_mail(1), company_id=other.id)
        domain = self.env["mail.alias.domain"].create({"name": "ours.test"})
        self.company.alias_domain_id = domain
        ours = self.imported(old_mail(1))
        self.take_in(report(delivery_status("ada@dest.test"), message_id=MESSAGE_ID, to="sales@ours.test"))
        self.assertEqual((theirs.delivery_status, ours.delivery_status), ("imported", "bounced"))
