import re

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from ..engine.delivery import DeliveryResult, DeliveryResults, Email
from ..models.mail_mail_buffer import INHERITED
from ..models.mail_mail_notices import WAITS
from ..tools.recipient_state import PROBLEM_STATUSES
from ..tools.smtp.reply import Reply
from ..tools.smtp.transaction import Outcome, Phase, RecipientResult
from .common import DeliveryCase

ACCEPTED = RecipientResult("a@dest.test", Outcome.ACCEPTED, Phase.CONTENT, Reply.of(250, "2.0.0 Ok żółw"))


@tagged("post_install", "-at_install")
class TestShortcuts(DeliveryCase):
    """Where sending goes round the ORM because of the time it takes, the result is what the ORM's would be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partner = cls.env["res.partner"].create({"name": "Ann", "email": "ann@dest.test"})
        files = [Command.create({"name": f"{number}.txt", "raw": b"x"}) for number in range(2)]
        values = {"body_html": "<p>x</p>", "email_from": "sales@odoo.test", "email_to": "a@dest.test"}
        cls.mails = cls.env["mail.mail"].create(
            [
                {**values, "subject": "Plain", "reply_to": "answers@odoo.test"},
                {**values, "subject": "Document", "model": "res.partner", "res_id": partner.id},
                {**values, "subject": "Files", "attachment_ids": files, "author_id": partner.id},
            ]
        )
        message = cls.mails[1].mail_message_id
        cls.mails += cls.mails.create({**values, "mail_message_id": message.id, "recipient_ids": partner.ids})

    def result(self, mail, *recipients):
        email = Email(mail.id, 0, {"a@dest.test": "to"}, mail._evidence_values(), server_name="mx.test:25")
        return DeliveryResult(email, recipients, envelope_id="E1", receipt="R1")

    def read_inherited(self):
        return [[mail[name] for name in INHERITED] for mail in self.mails]

    def test_what_mails_inherit_from_their_messages(self):
        self.env.flush_all()
        self.env.invalidate_all()
        expected = self.read_inherited()
        self.env.invalidate_all()
        routes = self.env["mail.sender"]._routes(self.mails)
        self.assertEqual({mail for _route, mails in routes for mail in mails}, set(self.mails))
        with self.assertQueryCount(0):
            found = self.read_inherited()
        self.assertEqual(found, expected)
        self.assertEqual(self.mails.mail_message_id[1].subject, "Document")
        self.mails[1].mail_message_id.subject = "Changed"
        self.assertEqual(self.mails.mapped("subject"), ["Plain", "Changed", "Files", "Changed"])

    def test_what_is_changed_and_not_yet_written_is_sent(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.mails[0].mail_message_id.subject = "Changed"
        self.mails[0].reply_to = "others@odoo.test"
        self.env["mail.sender"]._routes(self.mails)
        self.assertRecordValues(self.mails[0], [{"subject": "Changed", "reply_to": "others@odoo.test"}])

    def test_what_is_recorded_needs_no_text(self):
        self.mails[1].auto_delete = True
        results = DeliveryResults()
        for mail in self.mails:
            results.add(self.result(mail).email, [self.result(mail, ACCEPTED)])
        self.env.flush_all()
        self.env.invalidate_all()
        read, usual = set(), self.registry["mail.mail"]._fetch_query

        def fetch(records, query, fields):
            read.update(field.name for field in fields)
            return usual(records, query, fields)

        self.patch(self.registry["mail.mail"], "_fetch_query", fetch)
        self.env["mail.sender"]._record(self.mails, results)
        self.assertEqual(set(self.mails.mapped("state")), {"sent"})
        self.assertTrue(self.mails[1].text_removed_date)
        self.assertIn("state", read)
        self.assertFalse(read & {"body_html", "headers"})

    def test_a_recipient_that_is_recorded(self):
        mail = self.mails[1]
        deferred = RecipientResult("b@dest.test", Outcome.DEFERRED, None, None, "x")
        self.assertFalse(mail.recipient_status_ids)
        self.env["mail.recipient"]._record_results([self.result(mail, ACCEPTED, deferred)], mail)
        first, second = mail.recipient_status_ids
        self.assertRecordValues(
            first + second,
            [
                {"email": "a@dest.test", "kind": "to", "state": "accepted", "smtp_code": 250, "smtp_receipt": "R1"},
                {"email": "b@dest.test", "kind": "bcc", "state": "deferred", "smtp_code": 0, "smtp_receipt": False},
            ],
        )
        self.assertEqual(first.smtp_reply, "2.0.0 Ok żółw")
        self.assertEqual((first.model, first.res_id, first.message_id), (mail.model, mail.res_id, mail.message_id))
        self.assertEqual((first.create_uid, first.write_uid), (self.env.user, self.env.user))
        self.assertTrue(first.create_date and first.accepted_date and first.state_date)
        self.assertFalse(second.accepted_date)

    def test_a_summary_that_is_written(self):
        mail, other = self.mails[:2]
        self.env["mail.recipient"]._record_results([self.result(mail, ACCEPTED)], mail)
        mail._update_summary(state="sent", attempt_count=2)
        other._update_summary(retry_date="2030-01-02 03:04:05")
        summary = {"state": "sent", "delivery_status": "accepted", "smtp_receipt": "R1", "attempt_count": 2}
        for _look in range(2):  # in the cache, then in the database
            self.assertRecordValues(mail, [summary])
            self.assertEqual(str(other.retry_date), "2030-01-02 03:04:05")
            self.env.flush_all()
            self.env.invalidate_all()
        found = self.env["mail.mail"].search([("delivery_status", "=", "accepted"), ("id", "in", self.mails.ids)])
        self.assertEqual(found, mail)
        other._update_summary(retry_date=False)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(other.retry_date)

    def test_the_list_of_problems_has_an_index(self):
        query = SQL("SELECT pg_get_indexdef('mail_mail_problems'::regclass)")
        [(definition,)] = self.env.execute_query(query)
        action = self.env.ref("mail_delivery_status.mail_mail_action_problem")
        self.assertEqual(safe_eval(action.domain), [("is_problem", "=", True)])
        self.assertEqual(set(re.findall(r"'(\w+)'::", definition)), set(PROBLEM_STATUSES))
        self.assertIn("IS TRUE", definition, "as the search says it")

    def test_the_buffer_has_an_index(self):
        """The list, the counter and the index mean the same mails."""
        action = self.env.ref("mail_delivery_status.mail_mail_action_queued")
        self.assertEqual(safe_eval(action.domain), WAITS)
        [(definition,)] = self.env.execute_query(SQL("SELECT pg_get_indexdef('mail_mail_waiting'::regclass)"))
        columns = r"\(id\) INCLUDE \(access_company_id, access_author_id, access_model, access_res_id\)"
        waits = r"WHERE .*state.* = 'outgoing'.* OR \(?retry_date IS NOT NULL.* IS TRUE"
        self.assertRegex(definition, f"{columns} {waits}")
