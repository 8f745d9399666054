"""The message of an attempt byte by byte as it was sent, and its SHA-256."""

import hashlib
import random
from email.message import EmailMessage
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..engine.log_session import transaction_log
from ..engine.transaction_log import ABANDONED
from ..models import mail_sender
from ..models.mail_transaction_message import PARAMETER
from ..tools.compose.flatten import flatten
from .drain_common import DrainCase
from .report_common import ReportCase
from .servers.scripted import EXTENSIONS, ScriptedServer
from .test_access import AccessMixin
from .test_other_transport import Provider

LOGGER = "odoo.addons.mail_delivery_status.engine.sent_message"
# Dots at line beginnings, a line that is too long, and letters of 8 bits.
BODY = "<pre>\n.\n..\n.dot\nZażółć gęślą jaźń</pre><p>" + "long " * 500 + "</p>"


def pdf(size=5_000, seed=1):
    return b"%PDF-1.7\n" + random.Random(seed).randbytes(size)


def sha256(message):
    return hashlib.sha256(message).hexdigest()


class SentMessageCase(ReportCase):
    def setUp(self):
        super().setUp()
        self.keep(True)

    def attach(self, *contents, **values):
        files = [{"name": f"{number}.pdf", "raw": content} for number, content in enumerate(contents)]
        return {"attachment_ids": [Command.create({**file, **values}) for file in files]}

    def own_files(self, mail):
        return self.env["mail.transaction"]._own_files(mail.transaction_ids.ids)

    def keep(self, is_on):
        self.env["res.config.settings"].create({"mail_keep_exact": is_on}).execute()


@tagged("post_install", "-at_install")
class TestSentMessage(SentMessageCase):
    def test_what_the_server_got(self):
        mail = self.send(body_html=BODY, **self.attach(pdf(), pdf(200_000, 2), b""))
        [attempt], [received] = mail.transaction_ids, self.smtp.messages
        self.assertEqual(attempt._sent_message(), received.data)
        self.assertEqual(attempt.message_sha256, sha256(received.data))
        self.assertEqual(attempt.size, len(received.data))
        self.assertTrue(attempt.has_sent_message)
        self.assertFalse(self.own_files(mail), "the files of the mail are in the filestore already")
        self.env.cr.execute("SELECT length(sent_message) FROM mail_transaction WHERE id = %s", [attempt.id])
        self.assertLess(self.env.cr.fetchone()[0], 3_000)

    def test_step_by_step_in_groups_and_in_chunks(self):
        for extensions in ((), ("PIPELINING",), ("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "SIZE 99999999")):
            with self.subTest(extensions), ScriptedServer(extensions=extensions) as smtp:
                server = self.create_mail_server(smtp.port)
                for values in ({"body_html": BODY}, {"body_html": ""}, {"body_html": BODY, **self.attach(pdf())}):
                    mail = self.send(server=server, **values)
                    self.assertEqual(mail.transaction_ids._sent_message(), smtp.messages[-1].data)
                    self.assertEqual(mail.transaction_ids.message_sha256, sha256(smtp.messages[-1].data))

    def test_a_last_line_without_an_end(self):
        """It is sent with one, so that is what counts."""
        with patch.object(mail_sender, "pieces", lambda *args, **values: [flatten(*args, **values).strip()]):
            mail = self.send()
        [received] = self.smtp.messages
        self.assertEqual(mail.transaction_ids._sent_message(), received.data)
        self.assertEqual(mail.transaction_ids.size, len(received.data))

    def test_each_contact_gets_a_message_of_its_own(self):
        partners = [{"name": name, "email": f"{name}@dest.test"} for name in "ab"]
        mail = self.send(email_to=False, recipient_ids=[Command.create(partner) for partner in partners])
        kept = {attempt.recipients: attempt._sent_message() for attempt in mail.transaction_ids}
        self.assertEqual(kept, {one.recipients[0]: one.data for one in self.smtp.messages})
        self.assertEqual(len(set(mail.transaction_ids.mapped("message_sha256"))), 2)

    def test_in_parts(self):
        """What one refuses for now goes to the rest later: each attempt has what left in it."""
        self.smtp.script = {"RCPT b@dest.test": [b"451 4.7.1 Later\r\n"]}
        mail = self.send(email_to="a@dest.test, b@dest.test")
        self.assertEqual(self.states(mail), {"a@dest.test": "accepted", "b@dest.test": "deferred"})
        mail.send()
        self.env.invalidate_all()
        self.assertEqual(set(self.states(mail).values()), {"accepted"})
        attempts = mail.transaction_ids.sorted("id")
        self.assertEqual([attempt._sent_message() for attempt in attempts], [one.data for one in self.smtp.messages])
        self.assertEqual(attempts.mapped("message_sha256"), [sha256(one.data) for one in self.smtp.messages])

    def test_too_many_recipients_for_one_transaction(self):
        self.smtp.script = {"RCPT b@dest.test": [b"452 4.5.3 Too many recipients\r\n"]}
        mail = self.send(email_to="a@dest.test, b@dest.test")
        attempts = mail.transaction_ids.sorted("id")
        self.assertEqual(len(attempts), 2)
        for attempt, received in zip(attempts, self.smtp.messages, strict=True):
            self.assertIn(attempt.envelope_id.encode(), received.data)
            self.assertEqual(attempt._sent_message(), received.data)
            self.assertEqual(attempt.message_sha256, sha256(received.data))

    def test_what_nobody_has_is_not_kept(self):
        for reply, expected in ((b"550 5.1.1 No such user\r\n", "refused"), (b"451 4.3.0 Later\r\n", "deferred")):
            with self.subTest(expected):
                self.smtp.script = {"DATA": [reply], "BDAT": [reply], "RCPT": [reply]}
                mail = self.send()
                self.assertEqual(mail.delivery_status, expected)
                self.assertFalse(mail.transaction_ids.has_sent_message)
                self.assertTrue(mail.transaction_ids.message_sha256)

    # === FILES === #

    def test_a_file_that_another_mail_has_too(self):
        content = pdf()
        mails = [self.send(**self.attach(content)) for _number in range(2)]
        mails[0].attachment_ids.unlink()
        self.env.flush_all()
        self.assertEqual(mails[0].transaction_ids._sent_message(), self.smtp.messages[0].data)
        mails[1].attachment_ids.unlink()
        for mail, received in zip(mails, self.smtp.messages, strict=True):
            with self.assertRaisesRegex(UserError, sha256(received.data)):
                mail.transaction_ids.action_download_message()
            self.assertEqual(mail.transaction_ids.message_sha256, sha256(received.data))

    def test_files_in_the_database(self):
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        mail = self.send(**self.attach(pdf()))
        self.assertFalse(mail.attachment_ids.store_fname)
        self.assertEqual(mail.transaction_ids._sent_message(), self.smtp.messages[0].data)

    def test_a_file_that_was_changed(self):
        mail = self.send(**self.attach(pdf()))
        mail.attachment_ids.raw = pdf(seed=2)
        with self.assertRaises(UserError):
            mail.transaction_ids._sent_message()

    def test_a_big_file_that_nobody_else_keeps(self):
        """A mail in a mail: the file in it is kept, and goes with the mail."""
        inner = EmailMessage()
        inner["Subject"] = "Inner"
        inner.add_attachment(pdf(300_000), maintype="application", subtype="pdf", filename="a.pdf")
        mail = self.send(**self.attach(inner.as_bytes(), mimetype="message/rfc822"))
        self.assertEqual(self.own_files(mail).raw, pdf(300_000))
        self.assertEqual(mail.transaction_ids._sent_message(), self.smtp.messages[0].data)
        mail.transaction_ids._drop_sent_messages()
        self.assertFalse(self.own_files(mail))

    @mute_logger(LOGGER)
    def test_files_cannot_be_kept(self):
        """The disk is full: the mail leaves all the same."""
        inner = EmailMessage()
        inner.add_attachment(pdf(300_000), maintype="application", subtype="pdf", filename="a.pdf")
        full = patch.object(type(self.env["mail.transaction"]), "_keep_files", side_effect=OSError(28, "No space left"))
        with full:
            mail = self.send(**self.attach(inner.as_bytes(), mimetype="message/rfc822"))
        self.assertEqual((mail.state, len(self.smtp.messages)), ("sent", 1))
        with self.assertRaises(UserError):
            mail.transaction_ids._sent_message()

    # === WHAT IS NOT KEPT === #

    def test_what_is_for_one_alone(self):
        for values in (
            {"model": "res.users", "res_id": self.env.user.id},
            {"message_type": "user_notification"},
            {"auto_delete": True},
        ):
            with self.subTest(values):
                mail = self.send(body_html="<p>code 123456</p>", **values)
                self.assertEqual(mail.state, "sent")
                attempt = mail.transaction_ids
                self.assertFalse(attempt.has_sent_message)
                self.assertEqual(attempt.message_sha256, sha256(self.smtp.messages[-1].data))
                with self.assertRaises(UserError):
                    attempt.action_download_message()

    def test_on_by_default(self):
        self.env["ir.config_parameter"].search([("key", "=", PARAMETER)]).unlink()
        self.assertTrue(self.env["res.config.settings"].create({}).mail_keep_exact)
        self.assertTrue(self.send().transaction_ids.has_sent_message)
        self.env["res.config.settings"].create({}).execute()
        self.assertTrue(self.env["res.config.settings"].create({}).mail_keep_exact, "saving changes nothing")

    def test_it_costs_no_query(self):
        """Core's own tests count queries."""
        files = [pdf(seed=seed) for seed in (1, 2)]
        counts = {True: set(), False: set()}
        self.send(**self.attach(*files))  # what is read once
        for is_on in (True, False, True, False):
            mail = self.create_mail("alice@dest.test", self.server, **self.attach(*files))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            with patch.object(type(self.env["mail.transaction"]), "_keeps_exact", lambda _self, is_on=is_on: is_on):
                mail.send()
            counts[is_on].add(self.cr.sql_log_count - before)
            self.assertEqual(mail.transaction_ids.has_sent_message, is_on)
        self.assertEqual(counts[True], counts[False])

    def test_switched_off(self):
        self.assertTrue(self.env["res.config.settings"].create({}).mail_keep_exact)
        self.keep(False)
        self.assertFalse(self.env["res.config.settings"].create({}).mail_keep_exact)
        mail = self.send()
        self.assertFalse(mail.transaction_ids.has_sent_message)
        self.assertEqual(mail.transaction_ids.message_sha256, sha256(self.smtp.messages[0].data))
        self.keep(True)
        self.assertTrue(self.send().transaction_ids.has_sent_message)

    def test_dropped_the_fingerprint_stays(self):
        mails = [self.send(**self.attach(pdf())) for _number in range(2)]
        attempts = mails[0].transaction_ids + mails[1].transaction_ids
        attempts[0]._drop_sent_messages()
        self.assertEqual(attempts.mapped("has_sent_message"), [False, True])
        self.assertEqual(attempts.mapped("message_sha256"), [sha256(one.data) for one in self.smtp.messages])
        mails[1].unlink()
        self.assertFalse(attempts[1].has_sent_message)
        self.assertTrue(attempts[1].message_sha256)

    def test_the_message_is_deleted(self):
        partner = self.env["res.partner"].create({"name": "Customer", "email": "alice@dest.test"})
        message = partner.message_post(body="Hello", partner_ids=partner.ids, mail_server_id=self.server.id)
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()
        attempt = mail.transaction_ids
        self.assertTrue(attempt.has_sent_message, "it stands on the document, too")
        message.unlink()
        self.assertFalse(attempt.has_sent_message)

    def test_mails_that_went_another_way(self):
        """Whatever takes a mail away, what it said does not stay for long."""
        mail = self.send()
        attempt = mail.transaction_ids
        self.env.cr.execute("DELETE FROM mail_mail WHERE id = %s", [mail.id])
        self.env.invalidate_all()
        while attempt._gc_sent_messages()[1]:
            pass
        self.assertFalse(attempt.has_sent_message)

    # === CRASHES === #

    def test_a_worker_that_died(self):
        """It is kept before anything leaves; if nothing left there is nothing to prove."""
        for has_begun in (True, False):
            with self.subTest(has_begun=has_begun):
                mail = self.create_mail("alice@dest.test", self.server)
                with transaction_log(self.env) as log:
                    row = {"mail_mail_id": mail.id, "recipients": ["alice@dest.test"], "envelope_id": f"x{has_begun}"}
                    [row_id] = log.open([{**row, "message_sha256": "0" * 64, "sent_message": "\\x00"}])
                    if has_begun:
                        log.settle(leaving=[row_id])
                mail.send()
                self.env.invalidate_all()
                attempt = self.env["mail.transaction"].browse(row_id)
                self.assertEqual(attempt.problem, ABANDONED)
                self.assertEqual((attempt.has_sent_message, bool(attempt.message_sha256)), (has_begun, has_begun))
                if has_begun:
                    with self.assertRaises(UserError):  # damaged
                        attempt._sent_message()


@tagged("post_install", "-at_install")
class TestSentMessagePostfix(SentMessageCase):
    """What a real mailbox holds in the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()

    def test_what_is_in_the_mailbox(self):
        server = self.create_mail_server(self.postfix.ports.smtp)
        self.site.dovecot.clear("sales@odoo.test")
        files = self.attach(pdf(), pdf(80_000, 2), "Zażółć\n.\n".encode())
        mail = self.send(server=server, email_to="sales@odoo.test", body_html=BODY, subject="Faktura za gęś", **files)
        self.site.dovecot.wait_for_messages("sales@odoo.test")
        [stored] = self.site.dovecot.raw_messages("sales@odoo.test")
        stored = stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        message = mail.transaction_ids._sent_message()
        # RFC 5321 §4.4: what a message has before its delivery is taken away; Postfix does (message_drop_headers).
        shown = message.replace(b"Return-Path: bounce@odoo.test\r\n", b"", 1)
        trace = stored.removesuffix(shown)
        self.assertTrue(trace != stored, "what was sent is the end of what is stored")
        for line in trace.splitlines():  # RFC 5321 §4.4, and Postfix's own
            self.assertRegex(line, rb"^(Return-Path|Received|Delivered-To|X-Original-To): |^[\t ]")
        self.assertEqual(mail.transaction_ids.message_sha256, sha256(message))


class TestSentMessageBuffer(DrainCase):
    """From the buffer, by sender threads."""

    def setUp(self):
        super().setUp()
        self.make("ir.config_parameter", {"key": PARAMETER, "value": "True"})

    def attempts(self, mails):
        with self.registry.cursor() as cr:
            attempts = api.Environment(cr, SUPERUSER_ID, {})["mail.transaction"].search([("mail_mail_id", "in", mails)])
            return {attempt.recipients: (attempt.message_sha256, attempt._sent_message()) for attempt in attempts}

    def test_the_buffer(self):
        for extensions in (EXTENSIONS, (*EXTENSIONS, "CHUNKING")):
            smtp = self.enterContext(ScriptedServer(extensions=extensions))
            mails = self.create_mails(30, self.create_server(smtp.port), body_html=BODY)
            self.drain()
            received = {one.recipients[0]: (sha256(one.data), one.data) for one in smtp.messages}
            self.assertEqual(len(received), 30)
            self.assertEqual(self.attempts(mails), received)

    def test_another_transport(self):
        """What it makes of the message only it knows."""
        provider = Provider()
        self.patch(IrMail_Server, "_connect__", lambda *_args, **_kwargs: provider)
        mails = self.create_mails(2, self.create_server(25))
        self.drain()
        self.assertEqual(len(provider.taken), 2)
        self.assertEqual(set(self.attempts(mails).values()), {(False, None)})


@tagged("post_install", "-at_install")
class TestSentMessageAccess(AccessMixin, HttpCase):
    """Administrators who may read what the mail says elsewhere, too; nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.allow_sending()
        cls.env["ir.config_parameter"].set_param(PARAMETER, "True")
        cls.create_two_companies()
        cls.mail = cls.mails[cls.env.company]
        cls.mail.filtered(lambda mail: mail.state == "outgoing").send()
        cls.env.invalidate_all()
        cls.attempt = cls.mail.transaction_ids[:1]
        cls.url = f"/mail_delivery_status/sent_message/{cls.attempt.id}"

    def user(self, *groups):
        name = groups[-1].rpartition(".")[2]
        new_test_user(self.env, f"exact_{name}", ",".join(["base.group_user", *groups]), password="exact-password-1")
        return f"exact_{name}"

    def get(self, login):
        self.authenticate(login, "exact-password-1")
        return self.url_open(self.url)

    def test_an_administrator_who_may_read_the_document(self):
        self.assertTrue(self.mail.text_removed_date, "as all notifications it is auto_delete")
        login = self.user("base.group_system", "account.group_account_invoice")
        attempt = self.attempt.with_user(self.env["res.users"].search([("login", "=", login)]))
        self.assertEqual(attempt.action_download_message()["url"], self.url)
        response = self.get(login)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(sha256(response.content), self.attempt.message_sha256)
        self.assertIn(b"X-Envelope-Id", response.content)
        self.assertEqual(response.headers["Content-Type"].partition(";")[0], "message/rfc822")
        self.assertRegex(response.headers["Content-Disposition"], r"^attachment; .*\.eml")
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_nobody_else(self):
        for groups in (
            ("base.group_system",),  # who may not read the document
            ("account.group_account_invoice",),
            ("mail_delivery_status.group_user",),
            ("mail_delivery_status.group_manager",),
        ):
            with self.subTest(groups):
                login = self.user(*groups)
                attempt = self.attempt.with_user(self.env["res.users"].search([("login", "=", login)]))
                with self.assertRaises(AccessError):
                    attempt.action_download_message()
                with self.assertRaises(AccessError):
                    attempt.read(["sent_message"])
                with self.assertRaises(AccessError):
                    attempt.search([("sent_message", "!=", False)])
                self.assertEqual(self.get(login).status_code, 404)

    def test_the_public(self):
        response = self.url_open(self.url, allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_nobody_reads_the_packed_message(self):
        login = self.user("base.group_system", "account.group_account_invoice")
        attempt = self.attempt.with_user(self.env["res.users"].search([("login", "=", login)]))
        with self.assertRaises(AccessError):
            attempt.read(["sent_message"])
        with self.assertRaises(AccessError):
            attempt.write({"message_sha256": "0" * 64})
        self.assertNotIn("sent_message", attempt.fields_get())
