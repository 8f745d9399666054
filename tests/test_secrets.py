import logging
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..tools.recipient_state import Event
from .report_common import delivery_status, report
from .secrets_common import ROLES, STATES, SecretsCase
from .servers.scripted import Step

_logger = logging.getLogger(__name__)

# Kinds whose text stands in a conversation, and who of the roles reads it there.
# (Core lets administrators read all channels.)
READERS = {"invoice": {"portal", "billing"}, "internal_note": {"billing"}, "private_channel": {"admin"}}
# Who sees that the mail exists: managers of its company, and whoever may read its document.
LISTED = {
    "link_on_a_document": {"billing", "manager"},
    "user_notification": {"billing", "manager"},
    "invoice": {"billing", "manager"},
    "internal_note": {"billing", "manager"},
    "mass_mail": {"billing", "sender", "manager"},
    "private_channel": {"manager"},
}
# The kinds in the words of the table for auditors.
WORDS = {
    "login_code": "a code to log in",
    "password_reset": "a password reset",
    "user_invitation": "an invitation of a user",
    "portal_invitation": "an invitation to the portal",
    "link_on_a_document": "a link with a token, by a template on an invoice",
    "no_document": "without a document, such as a digest",
    "private_channel": "a message in a private channel",
    "user_notification": "a notification to one person about an invoice",
    "invoice": "a message with an invoice to the customer",
    "internal_note": "an internal note on an invoice",
    "mass_mail": "a mass mail to contacts, to be deleted",
}
TABLE = Path(__file__).resolve().parent.parent / "readme" / "ACCESS.md"


@tagged("post_install", "-at_install")
class TestSecrets(SecretsCase):
    """Nobody reads in a mail that is kept, or that waits, what stock Odoo would not let them read."""

    def cell(self, user, mail, texts, tokens):
        """What one person gets of one mail: a word."""
        told = self.told(user, mail)
        if any(token in told for token in tokens):
            return "all"
        if any(text in told for text in texts):
            return "text"
        return "status" if self.sees(user, mail) else "-"

    def test_matrix(self):
        seen = {}
        for kind in self.kinds():
            for state in STATES if kind in ("login_code", "invoice") else ("queued", "failed", "sent"):
                mail, texts, tokens = self.make(kind)
                self.bring_to(mail, state)
                row = {role: self.cell(self.users[role], mail, texts, tokens) for role in ROLES}
                _logger.info("TABLE %s | %s | %s", kind, state, " | ".join(row.values()))
                seen.setdefault(kind, []).append(row)
                with self.subTest(kind=kind, state=state):
                    self.assertEqual(row, self.expected(kind, state, tokens))
        table = TABLE.read_text()
        for kind, rows in seen.items():  # the first waits, the last was sent
            cells = [
                rows[0][role] if rows[0][role] == rows[-1][role] else f"{rows[0][role]} → {rows[-1][role]}"
                for role in ROLES
            ]
            line = f"| {WORDS[kind]} | {' | '.join(cells).replace('-', '–')} |"
            with self.subTest(kind):
                self.assertIn(line, table, "readme/ACCESS.md")

    def expected(self, kind, state, tokens):
        readers, listed = READERS.get(kind, ()), LISTED.get(kind, ())
        row = {role: "text" if role in readers else "status" if role in listed else "-" for role in ROLES}
        removed = state in ("no_mailbox", "sent")
        if not removed:
            row["admin"] = "all" if tokens else "text"
        elif row["admin"] == "-":
            row["admin"] = "status"
        return row

    # === ASKING WITHOUT READING === #

    def oracles(self, records, name):
        """What can be asked about the words in a field: list of functions of a word, whose answers must not differ."""
        paths = [name, f"mail_message_id.{name}"]
        nested = {"mail.mail": [], "mail.recipient": ["mail_mail_id."], "mail.notification": ["mail_mail_id."]}
        paths = [start + path for start in nested[records._name] or [""] for path in paths]
        questions = [lambda word, path=path: records.search_count([(path, "ilike", word)]) for path in paths]
        return questions + [
            lambda word: records.search_count([("mail_message_id", "any", [(name, "ilike", word)])]),
            lambda word: records.search_count(["!", (paths[0], "ilike", word)]),
            lambda word: records.search_count([("mail_message_id", "ilike", word)]),
            lambda word: records.search_count([("mail_message_id", "in", [word])]),
            lambda word: records.search_count([("mail_message_id", "any", [("display_name", "ilike", word)])]),
            lambda word: [word in str(row) for row in records.formatted_read_group([], [paths[0]], ["__count"])],
            lambda word: [word in str(row) for row in records.formatted_read_group([], [], [f"{name}:array_agg"])],
            lambda word: [word in str(row) for row in records.name_search(word)],
        ]

    def ask(self, question, word):
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                return question(word)
        except (AccessError, UserError, ValueError, KeyError, TypeError):
            return None

    def test_no_search_tells_a_letter(self):
        """Whether a search finds the mail must not depend on a text that one may not read."""
        for kind, state in (("login_code", "held"), ("user_notification", "sent")):
            mail, texts, tokens = self.make(kind)
            self.bring_to(mail, state)
            word = min(tokens or texts)
            names = [
                name
                for name, field in self.env["mail.mail"]._fields.items()
                if field.type in ("char", "text", "html") and (field.store or field.related)
            ]
            self.assertGreater(len(names), 20)
            self.env.flush_all()
            roles = [("billing", "mail.mail"), ("manager", "mail.recipient"), ("admin", "mail.mail")]
            if kind == "login_code":  # its author sees it in the lists, and so has most to ask
                mail.author_id = self.users["sender"].partner_id
                roles = [("sender", "mail.mail")]
            self.env.flush_all()
            for role, model in roles:
                records = self.env[model].with_user(self.users[role])
                for name in [*names, "display_name", "readable_subject"]:
                    for number, question in enumerate(self.oracles(records, name)):
                        with self.subTest(kind=kind, role=role, model=model, name=name, number=number):
                            answers = self.ask(question, word), self.ask(question, "none of this")
                            self.assertEqual(answers[0], answers[1])

    def test_order_by_a_text(self):
        mail, _texts, _tokens = self.make("login_code")
        for name in ("subject", "body", "body_html", "preview"):
            for user in (self.users["billing"], self.users["manager"]):
                with self.assertRaises(AccessError):
                    mail.with_user(user).search([], order=name)

    def test_users_cannot_be_searched_by_their_codes(self):
        """A message of a document is searched by whoever reads the document."""
        mail, _texts, tokens = self.make("link_on_a_document")
        [word] = tokens
        mail.mail_message_id.body = word
        self.env.flush_all()
        invoices = self.env["account.move"].with_user(self.users["billing"])
        self.assertFalse(invoices.search([("message_ids.body", "ilike", word)]))
        self.assertTrue(invoices.sudo().search([("message_ids.body", "ilike", word)]))

    # === REMOVAL === #

    def test_what_a_sent_mail_loses(self):
        for kind in self.kinds():
            mail, texts, tokens = self.make(kind)
            self.env["ir.attachment"].create(
                {"name": f"{kind}.txt", "raw": b"x", "res_model": "mail.message", "res_id": mail.mail_message_id.id}
            )
            mail.mail_message_id.attachment_ids = self.env["ir.attachment"].search([("name", "=", f"{kind}.txt")])
            mail.headers = repr({"X-Link": "token=abcdef123456"})
            if kind == "mass_mail":
                self.assertTrue(mail.auto_delete and not mail.is_notification)
            self.bring_to(mail, "sent")
            with self.subTest(kind=kind):
                self.assertEqual((mail.state, mail.body_html, mail.headers), ("sent", False, False))
                self.assertTrue(mail.text_removed_date)
                self.assertTrue(mail.recipient_status_ids.smtp_code)
                self.assertTrue(mail.recipient_status_ids.email)
                message = mail.mail_message_id
                file = self.env["ir.attachment"].search([("name", "=", f"{kind}.txt")])
                if mail.is_notification:  # its message stays, as on stock Odoo
                    self.assertTrue(message.body and file)
                else:
                    self.assertFalse(message.body or message.subject or message.preview or file)
                self._assert_nowhere(mail, tokens if mail.is_notification else texts | tokens)

    def _assert_nowhere(self, mail, words):
        """The rows that are left of a mail, as the database has them."""
        for table, column, row_id in (
            ("mail_mail", "id", mail.id),
            ("mail_message", "id", mail.mail_message_id.id),
            ("mail_recipient", "mail_mail_id", mail.id),
            ("mail_transaction", "mail_mail_id", mail.id),
        ):
            self.env.cr.execute(f"SELECT row_to_json(t)::text FROM {table} t WHERE {column} = %s", [row_id])  # pylint: disable=E8103
            rows = " ".join(row for (row,) in self.env.cr.fetchall())
            self.assertTrue(rows)
            for word in words:
                self.assertNotIn(word, rows, table)

    def test_a_mail_that_core_keeps_keeps_its_text(self):
        mail = self.create_mail("alice@dest.test", self.server)
        self.bring_to(mail, "sent")
        self.assertIn("Please find", mail.body_html)
        self.assertFalse(mail.text_removed_date)

    def test_failed_then_sent(self):
        mail, texts, tokens = self.make("password_reset")
        self.bring_to(mail, "failed")
        self.assertTrue(mail.body_html, "it can be tried again")
        mail.mark_outgoing()
        self.bring_to(mail, "sent")
        self.assertEqual((mail.state, mail.body_html), ("sent", False))
        self._assert_nowhere(mail, texts | tokens)

    def test_a_message_that_another_mail_still_needs(self):
        """Core splits the mail of a personal server in several that share their message."""
        mail, _texts, _tokens = self.make("no_document")
        other = mail.copy({"mail_message_id": mail.mail_message_id.id, "email_to": "later@dest.test"})
        self.bring_to(mail, "sent")
        self.assertTrue(other.subject, "it is not sent yet")
        other.mail_server_id = self.server
        self.bring_to(other, "sent")
        self.assertFalse(other.subject or mail.subject)

    def test_settled_later(self):
        """The connection was lost after the final dot; a report, or a person, says that it arrived."""
        self.smtp.script = {".": Step(drop=True)}
        mail, texts, tokens = self.make("login_code")
        mail.send()
        self.env.invalidate_all()
        self.assertEqual((mail.state, mail.delivery_status), ("exception", "unknown"))
        self.assertTrue(mail.body_html, "it may have to be sent again")
        mail.recipient_status_ids.with_user(self.users["admin"]).action_settle()
        self.env.flush_all()
        self.assertEqual((mail.state, mail.body_html), ("sent", False))
        self._assert_nowhere(mail, texts | tokens)

    def test_texts_from_before(self):
        """What an earlier version kept is cleaned up; a mail that somebody has not got yet keeps its text."""
        mail, texts, tokens = self.make("password_reset")
        self.bring_to(mail, "sent")
        self.env.execute_query(
            SQL("UPDATE mail_mail SET text_removed_date = NULL, body_html = 'x' WHERE id = %s RETURNING id", mail.id)
        )
        self.env.invalidate_all()
        self.env["mail.mail"]._gc_texts()
        self.env.flush_all()
        self.assertTrue(mail.text_removed_date and not mail.body_html)
        self.assertEqual(self.env["mail.mail"]._gc_texts(), (0, 0))

    def test_the_way_of_the_chatters_controllers(self):
        """They look a message up by its document's rights."""
        mail, _texts, _tokens = self.make("link_on_a_document")
        message = mail.mail_message_id
        messages = self.env["mail.message"].with_user(self.users["billing"])
        self.assertFalse(messages._get_with_access(message.id))
        mail, _texts, _tokens = self.make("invoice")
        self.assertTrue(messages._get_with_access(mail.mail_message_id.id))

    def test_a_deleted_message(self):
        """The mail stays in the lists, without its text; one that waits goes with its message, as on stock Odoo."""
        for delete in (
            lambda mail: mail.mail_message_id.unlink(),
            lambda mail: mail.mail_message_id.with_user(self.users["billing"]).unlink(),
        ):
            mail, texts, tokens = self.make("invoice")
            self.bring_to(mail, "sent")
            row, message = mail.recipient_status_ids, mail.mail_message_id
            delete(mail)
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertFalse(message.exists())
            self.assertEqual((mail.exists().state, mail.recipient_status_ids), ("sent", row))
            self.assertTrue(self.sees(self.users["billing"], mail) and self.sees(self.users["manager"], mail))
            self._assert_nowhere(mail, texts | tokens)
            self.assertNotIn(mail.mail_message_id, self.invoice.message_ids)
        mail, _texts, _tokens = self.make("invoice")
        mail.mail_message_id.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(mail.exists())

    def test_a_deleted_document(self):
        partner = self.env["res.partner"].create({"name": "Short", "email": "short@dest.test"})
        message = partner.message_post(body="Zebra", message_type="comment", partner_ids=self.boss.partner_id.ids)
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.state, "sent")
        partner.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(mail.exists().recipient_status_ids)

    def test_what_a_returned_mail_quotes(self):
        """A bounce comes with the mail, its subject and more: its words are read by more people than the mail."""
        for kind in ("login_code", "invoice", "user_notification"):
            mail, texts, tokens = self.make(kind)
            subject = mail.subject
            self.bring_to(mail, "sent")
            row = mail.recipient_status_ids
            source = report(
                delivery_status(row.email, diagnostic=f"550 5.1.1 from bounce+{row.envelope_id}@odoo.test"),
                token=row.envelope_id,
                own_id=f"{kind}@x",
                subject=f"Undeliverable: {subject}",
            )
            quote = " ".join((subject, *texts, *tokens)).encode()
            source = source.replace(b"This is the mail system", quote + b" This is the mail system")
            self.env["mail.report"]._receive(self.env["mail.report.matcher"]._incoming(source))
            self.assertEqual(row.state, "bounced")
            words = {subject, row.envelope_id, *texts, *tokens} if kind == "login_code" else {subject, row.envelope_id}
            with self.subTest(kind=kind):
                self.env.invalidate_all()
                for role in ("manager", "billing", "sender", "plain"):
                    told = self.told(self.users[role], mail)
                    if role == "billing" and kind == "invoice":
                        words -= {subject}  # reads the invoice's conversation
                    self.assertFalse([word for word in words if word in told], role)

    def test_sent_again(self):
        """A notification takes the text of its message; what has none left cannot be sent again."""
        mail, texts, tokens = self.make("invoice")
        self.bring_to(mail, "sent")
        mail.recipient_status_ids._apply_event(Event.REPORT_FAILED)
        mail.recipient_status_ids.with_user(self.users["billing"]).action_send_again()
        self.bring_to(mail, "sent")
        first, second = (message_from_bytes(message.data, policy=default) for message in self.smtp.messages)
        first, second = (message.get_body(("html",)).get_content() for message in (first, second))
        self.assertIn(min(texts), second)
        self.assertTrue([token for token in tokens if token in second], "the customer's button is there again")
        self.assertEqual(len(first.split()), len(second.split()), "the same layout")
        self.assertEqual(mail.recipient_status_ids.state, "accepted")
        self._assert_nowhere(mail, tokens)
        secret, _texts, _tokens = self.make("login_code")
        self.bring_to(secret, "sent")
        secret.recipient_status_ids._apply_event(Event.REPORT_FAILED)
        with self.assertRaisesRegex(UserError, "was removed when it was sent"):
            secret.recipient_status_ids.with_user(self.users["admin"]).action_send_again()
        self.assertEqual(secret.recipient_status_ids.state, "bounced")
