from odoo.fields import Domain
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .test_mail_words import WordsCase


@tagged("post_install", "-at_install")
class TestMailSearch(WordsCase):
    """A mail is found by what somebody has of it."""

    def setUp(self):
        super().setUp()
        self.mail = self.create_mail('"Bob" <bob@dest.test>', subject="Zebra", message_id="<1764.42@odoo.test>")
        values = {"smtp_receipt": "F11AB1C6006", "accepted_date": "2026-11-28 09:54:00", "smtp_code": 250}
        self.add_row(self.mail, "bob@dest.test", "accepted", **values)
        self.other = self.create_mail("carol@dest.test", subject="Other")
        self.add_row(self.other, "carol@dest.test", "accepted", **{**values, "smtp_receipt": "9C1D2E0000"})
        self.env["mail.transaction"]._with_evidence_token().create(
            {
                **self.mail._evidence_values(),
                "outcome": "deferred",
                "envelope_key": "x",
                "envelope_id": "0123456789abcdef" * 2,
                "smtp_receipt": "EARLIER77",
                "worker": 1,
            }
        )
        self.env.flush_all()

    def found(self, value, field="pasted_text", operator="ilike", user=None):
        mails = self.env["mail.mail"].with_user(user or self.env.user)
        return mails.search([(field, operator, value), ("id", "in", (self.mail + self.other).ids)])

    def test_what_is_pasted(self):
        for text in (
            "F11AB1C6006",
            " F11AB1C6006\n",
            "EARLIER77",
            "<1764.42@odoo.test>",
            "1764.42@odoo.test",
            "bob@dest.test",
            "BOB@Dest.Test",
            "<bob@dest.test>: host mx.dest.test[192.0.2.1] said: 550 5.1.1 <bob@dest.test>: Recipient address rejected",
            "Nov 28 10:54 mail postfix/smtp[12]: F11AB1C6006: to=<someone@else.test>, relay=mx[192.0.2.1]:25",
            "250 2.0.0 Ok: queued as F11AB1C6006",
            "message-id=<1764.42@odoo.test>",
            "zebra",
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), self.mail)
        for text in ("AAAA000000", "nobody@dest.test", "carol@dest"):
            with self.subTest(text):
                self.assertNotIn(self.mail, self.found(text))
        self.assertEqual(self.found("9C1D2E0000 or bob@dest.test"), self.other, "a receipt says more than an address")

    def test_a_mail_that_waits(self):
        partner = self.env["res.partner"].create({"name": "Dora", "email": "Dora@Dest.test"})
        self.other = self.create_mail('"Erik" <erik@dest.test>', recipient_ids=[(4, partner.id)])
        for text in ("dora@dest.test", "erik@dest.test"):
            self.assertEqual(self.found(text), self.other)
            self.assertEqual(self.found(text, "to_text"), self.other)
        for text in ("dor", "eri"):
            self.assertEqual(self.found(text, "to_text"), self.other)

    def test_recipient(self):
        partner = self.env["res.partner"].create({"name": "Roberta Example"})
        self.add_row(self.mail, "roberta@dest.test", "accepted", partner_id=partner.id)
        for text in ("bob@dest.test", "bob@", "rober", "Roberta Ex"):
            with self.subTest(text):
                self.assertEqual(self.found(text, "to_text"), self.mail)
        self.assertFalse(self.found("zoe", "to_text"))

    def test_document(self):
        self.document.name = "Order 4711"
        mail = self.create_mail("x@dest.test", model="res.partner", res_id=self.document.id)
        self.add_row(mail, "x@dest.test", "accepted")
        self.other = mail
        self.assertEqual(self.found("4711", "document_name"), mail)
        self.assertEqual(self.found("Order 4711"), mail)

    def test_nobody_finds_what_they_may_not_read(self):
        user = new_test_user(self.env, "search_user", "base.group_user,mail_delivery_status.group_user")
        self.other.author_id = user.partner_id
        self.env.flush_all()
        for text in ("F11AB1C6006", "bob@dest.test", "zebra", "<1764.42@odoo.test>"):
            for field in ("pasted_text", "to_text"):
                self.assertFalse(self.found(text, field, user=user), text)
        self.assertEqual(self.found("carol@dest.test", user=user), self.other)
        # Whether a receipt exists elsewhere changes nothing for them: the next kind of name is looked for.
        self.assertEqual(self.found("F11AB1C6006 carol@dest.test", user=user), self.other)

    def test_the_token_is_for_administrators(self):
        token = "0123456789abcdef" * 2
        user = new_test_user(self.env, "search_user", "base.group_user,mail_delivery_status.group_user")
        self.mail.author_id = user.partner_id
        self.env.flush_all()
        self.assertFalse(self.found(token, user=user))
        administrator = new_test_user(self.env, "search_admin", "base.group_user,base.group_system")
        self.assertEqual(self.found(token, user=administrator), self.mail)

    def test_by_index(self):
        """No table is read from its beginning to its end to find a receipt, a Message-ID or an address."""
        mails = self.env["mail.mail"]
        for domain in (
            mails._domain_of_numbers(["F11AB1C6006", "<1764.42@odoo.test>"]),
            mails._domain_of_addresses(["bob@dest.test"]),
            Domain("message_id", "=", "<1764.42@odoo.test>"),
            Domain("smtp_receipt", "=", "F11AB1C6006"),
        ):
            query = mails._search(domain, order="id desc", limit=80)
            self.env.cr.execute("SET LOCAL enable_seqscan = off")
            plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            self.env.cr.execute("SET LOCAL enable_seqscan = on")
            self.assertNotIn("Seq Scan", "\n".join(line for (line,) in plan))

    def test_a_word_is_itself(self):
        """No wildcards of SQL, and however much is pasted it is an answer."""
        self.create_mail("a_b@dest.test")
        self.assertFalse(self.env["mail.mail"].search([("pasted_text", "ilike", "aXb@dest.test")]))
        self.assertFalse(self.found("x1y2z" * 100_000))
        self.assertFalse(self.found("\0'\"\\;--%s@x.test %(keys)s"))
