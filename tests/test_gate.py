import threading
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from .common import DeliveryCase, forged_context
from .drain_common import DrainCase
from .servers.scripted import EXTENSIONS, ScriptedServer

LATER = b"450 4.2.1 Greylisted, try again later"


@tagged("post_install", "-at_install")
class TestGate(DeliveryCase):
    """Whatever the way out: what may not leave now does not, and whoever has to hear of it hears of it."""

    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(ScriptedServer(extensions=(*EXTENSIONS, "AUTH PLAIN LOGIN")))
        self.server = self.create_mail_server(self.smtp.port)
        self.env["mail.mail"].search([("state", "=", "outgoing")]).is_held = True

    def ways(self):
        return {
            "send": lambda mail: mail.send(),
            "scheduled action": lambda mail: self.env["mail.mail"].process_email_queue(),
            "scheduled action, these": lambda mail: self.env["mail.mail"].process_email_queue(mail.ids),
            "after the commit": lambda mail: mail.send_after_commit(),
            "send and close": lambda mail: mail.action_send_and_close(),
            "a mailing": lambda mail: mail.send(post_send_callback=lambda ids: None),
            "loud": lambda mail: mail.send(raise_exception=True),
        }

    def assert_nothing_leaves(self, prepare, state, words, loud_state="exception"):
        """Try each way.

        :param prepare: called with the new mail
        :param state: of the mail afterwards
        :param words: in the exception of the loud way
        """
        for name, way in self.ways().items():
            with self.subTest(way=name):
                mail = self.create_mail("alice@dest.test", self.server)
                prepare(mail)
                if name == "loud":
                    with self.assertRaisesRegex(MailDeliveryException, words):
                        way(mail)
                    self.assertEqual(mail.state, loud_state, "what is told as failed does not leave later")
                else:
                    way(mail)
                    self.assertEqual(mail.state, state)
                self.assertFalse(self.smtp.messages)
                mail.state = "cancel"

    def test_paused(self):
        self.server.action_pause()
        self.assert_nothing_leaves(lambda mail: None, "outgoing", "is paused")
        mail = self.create_mail("alice@dest.test", self.server)
        mail.send()
        self.assertEqual((mail.waits_for_server_id, mail.retry_date), (self.server, False), "nobody knows until when")

    def test_suspended(self):
        until = fields.Datetime.now() + timedelta(hours=1)
        self.server.suspended_until = until
        self.assert_nothing_leaves(lambda mail: None, "outgoing", "has had a fault since")
        mail = self.create_mail("alice@dest.test", self.server)
        mail.send()
        self.assertEqual((mail.waits_for_server_id, mail.retry_date), (self.server, until))

    def test_limit(self):
        self.server.limit_hour = 1
        self.create_mail("first@dest.test", self.server).send()
        self.assertEqual(len(self.smtp.messages), 1)
        self.smtp.messages.clear()
        self.assert_nothing_leaves(lambda mail: None, "outgoing", "The limit of the mail server .* is reached")

    def test_held(self):
        def hold(mail):
            mail.is_held = True

        ways = self.ways()
        del ways["send and close"]  # that releases it
        self.ways = lambda: ways
        self.assert_nothing_leaves(hold, "outgoing", "Held until somebody releases it", loud_state="outgoing")

    def test_archived_server(self):
        self.server.active = False
        self.assert_nothing_leaves(lambda mail: None, "exception", "archived")
        mail = self.create_mail("alice@dest.test", self.server)
        mail.send()
        self.assertIn("archived", mail.failure_reason, "Odoo's own words")

    def personal_server(self):
        user = new_test_user(self.env, "owner", "base.group_user", email="owner@dest.test")
        self.server.write(
            {"owner_user_id": user.id, "from_filter": user.email, "smtp_user": user.email, "smtp_pass": "x"}
        )
        user.outgoing_mail_server_id = self.server
        self.smtp.messages.clear()  # the invitation
        return user

    def own_mail(self, user, email_to):
        values = {"subject": "x", "body_html": "<p>x</p>", "email_from": user.email, "mail_server_id": self.server.id}
        return self.env["mail.mail"].with_user(user).sudo().create({**values, "email_to": email_to}).with_env(self.env)

    def test_personal_servers_are_switched_off(self):
        user = self.personal_server()
        switch = self.env["ir.config_parameter"]
        for name, way in self.ways().items():
            with self.subTest(way=name):
                switch.set_param("mail.disable_personal_mail_servers", False)
                mail = self.own_mail(user, "alice@dest.test")
                switch.set_param("mail.disable_personal_mail_servers", "1")
                if name == "loud":
                    self.assertRaisesRegex(MailDeliveryException, "Unauthorized server", way, mail)
                else:
                    way(mail)
                self.assertEqual(mail.state, "exception")
                self.assertFalse(self.smtp.messages)

    def test_somebody_elses_server(self):
        """One mail is not allowed to go over it: that one ends, the others leave."""
        foreign = self.create_mail("foreign@dest.test", self.server, email_from="owner@dest.test")
        own = self.own_mail(self.personal_server(), "own@dest.test")
        (foreign + own).send()
        self.assertEqual((own.state, foreign.state), ("sent", "exception"))
        self.assertIn("Unauthorized server", foreign.failure_reason)
        self.assertEqual([mail.recipients for mail in self.smtp.messages], [("own@dest.test",)])

    def test_what_is_not_in_the_database_yet_is_not_forgotten(self):
        """A mail is put off, and in the same database transaction what it waits for changes."""
        for change in (
            lambda mail: self.create_mail_server(1),
            lambda mail: self.server.write({"sequence": 99}),
            lambda mail: mail._wait_for_server(self.server, False),
        ):
            with ScriptedServer({"RCPT": [LATER]}) as smtp:
                mail = self.create_mail("alice@dest.test", self.create_mail_server(smtp.port))
                self.env.flush_all()
                mail.send()
                retry_date = mail.retry_date
                self.assertTrue(retry_date)
                change(mail)
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual((mail.delivery_status, mail.attempt_count), ("deferred", 1))
            self.assertEqual(mail.retry_date, False if mail.waits_for_server_id else retry_date)

    def test_what_was_cancelled_stays_so(self):
        """Also where core finds no connection: it would write "exception" to whatever it was to send."""
        mail = self.create_mail("alice@dest.test", self.server)
        mail.cancel()
        self.server.smtp_port = 9
        mail.send()
        self.assertEqual((mail.state, mail.delivery_status, mail.retry_date), ("cancel", "canceled", False))

    def test_a_clerks_context_opens_nothing(self):
        self.env["res.config.settings"].create({"mail_sending_mode": "hold"}).execute()
        document = self.env["res.partner"].create({"name": "Document"})
        customer = self.env["res.partner"].create({"name": "Customer", "email": "customer@dest.test"})
        clerk = new_test_user(self.env, "clerk", "base.group_user,base.group_partner_manager")
        self.smtp.messages.clear()  # the invitation
        for key in (*forged_context(True), "default_is_held"):
            with self.subTest(key=key):
                for value in (True, [["a@dest.test", "b@dest.test"]], False, {"default_addresses": ["a", "b"]}):
                    post = document.with_user(clerk).with_context(**{key: value}).message_post
                    post(body="x", partner_ids=customer.ids, message_type="comment", subtype_xmlid="mail.mt_comment")
        template = self.env["mail.template"].create(
            {
                "name": "x",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "email_to": "customer@dest.test",
                "subject": "x",
                "body_html": "<p>x</p>",
            }
        )
        with self.assertRaises(MailDeliveryException):
            template.with_user(clerk).sudo().send_mail(document.id, force_send=True, raise_exception=True)
        self.assertFalse(self.smtp.messages)

    # === FOR ONE PERSON ALONE === #

    def test_codes_and_links_leave_in_any_mode(self):
        """Core makes some of these mails in a savepoint that it rolls back."""
        for mode in ("now", "buffer", "hold"):
            self.env["res.config.settings"].create({"mail_sending_mode": mode}).execute()
            for values in (
                {"model": "res.users", "res_id": self.env.uid},
                {"message_type": "user_notification"},
            ):
                with self.subTest(mode=mode, **values):
                    self.smtp.messages.clear()
                    self.create_mail("ada@dest.test", self.server, auto_delete=True, **values).send()
                    self.assertEqual(len(self.smtp.messages), 1)

    def test_a_password_reset_leaves_in_any_mode(self):
        user = new_test_user(self.env, "ada", "base.group_user", email="ada@dest.test")
        if not hasattr(user, "action_reset_password"):
            self.skipTest("auth_signup is not installed")
        self.server.sequence = 0
        for mode in ("buffer", "hold"):
            with self.subTest(mode=mode):
                self.env["res.config.settings"].create({"mail_sending_mode": mode}).execute()
                self.smtp.messages.clear()
                user.action_reset_password()
                self.assertEqual([mail.recipients for mail in self.smtp.messages], [("ada@dest.test",)])

    def test_a_password_reset_that_fails_is_told(self):
        """Core asks for no exception here, and rolls the mail back: nobody would ever know."""
        user = new_test_user(self.env, "ada", "base.group_user", email="ada@dest.test")
        if not hasattr(user, "action_reset_password"):
            self.skipTest("auth_signup is not installed")
        self.server.sequence = 0
        self.smtp.messages.clear()
        for fault in ("later", "paused", "suspended"):
            with self.subTest(fault=fault):
                self.smtp.script = {"RCPT": LATER} if fault == "later" else {}
                self.server.is_paused = fault == "paused"
                self.server.suspended_until = fault == "suspended" and fields.Datetime.now() + timedelta(hours=1)
                with self.assertRaisesRegex(UserError, "deliver your Email"):
                    user.action_reset_password()
        self.assertFalse(self.smtp.messages)

    # === WHO ASKS FOR AN EXCEPTION === #

    def test_everything_that_was_not_handed_over_is_told(self):
        for script, words in (
            ({"RCPT": LATER}, "Greylisted"),
            ({"RCPT": b"550 5.1.1 No such user"}, "No such user"),
            ({"RCPT second@dest.test": LATER}, "second@dest.test.*Greylisted"),
            ({"MAIL": b"451 4.3.0 Later"}, "Later"),
            ({".": b"452 4.3.1 Full"}, "Full"),
            ({".": b"554 5.7.1 Spam"}, "Spam"),
        ):
            with self.subTest(script=script):
                self.smtp.script = script
                mail = self.create_mail("first@dest.test, second@dest.test", self.server)
                with self.assertRaisesRegex(MailDeliveryException, words):
                    mail.send(raise_exception=True)
                self.assertNotEqual(mail.state, "outgoing")
                self.assertFalse(mail.retry_date)
                self.smtp.script = {}
                self.server.write({"suspended_until": False, "suspension_count": 0})
                self.env["mail.mail"].process_email_queue()
                self.assertNotIn("second@dest.test", [one for got in self.smtp.messages for one in got.recipients])

    def test_none_of_the_mails_behind_it_leaves(self):
        self.smtp.script = {"RCPT second@dest.test": LATER}
        mails = self.env["mail.mail"].union(
            *(self.create_mail(f"{name}@dest.test", self.server) for name in ("first", "second", "third"))
        )
        with self.assertRaises(MailDeliveryException):
            mails.send(raise_exception=True)
        self.assertEqual([mail.recipients for mail in self.smtp.messages], [("first@dest.test",)])

    def test_a_typing_error_is_told(self):
        mail = self.create_mail("first@dest.test, second(at)dest.test", self.server)
        with self.assertRaisesRegex(MailDeliveryException, r"second\(at\)dest\.test"):
            mail.send(raise_exception=True)

    # === ADD-ONS === #

    def extend(self, function):
        """Extend ``send_email()`` as another add-on does."""
        model = self.registry["ir.mail_server"]
        original = model.send_email

        def send_email(records, message, **kwargs):
            return function(lambda: original(records, message, **kwargs), message)

        self.patch(model, "send_email", send_email)

    def test_an_add_on_that_says_no(self):
        for answer in (False, None, ""):
            with self.subTest(answer=answer):
                self.extend(lambda send, message, answer=answer: send() and answer)
                mail = self.create_mail("alice@dest.test", self.server)
                mail.send()
                self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
        self.assertFalse(self.smtp.messages)

    def test_an_add_on_that_swallows_the_exception(self):
        def swallow(send, message):
            try:
                return send()
            except Exception:
                return None

        model = self.registry["ir.mail_server"]
        self.patch(model, "_prepare_email_message__", lambda *args: (_ for _ in ()).throw(UserError("stop")))
        self.extend(swallow)
        mail = self.create_mail("alice@dest.test", self.server)
        mail.send()
        self.assertEqual((mail.state, mail.delivery_status), ("exception", "refused"))
        self.assertFalse(self.smtp.messages)

    def test_an_add_on_that_follows_the_sending(self):
        """It writes "sent" behind super() and "error" in its except: both are true in the end."""
        told = []

        def follow(send, message):
            try:
                answer = send()
            except Exception as error:
                told.append(("error", str(error)))
                raise
            told.append(("sent", message["To"]))
            return answer

        self.extend(follow)
        for script, last, words in (
            ({}, "sent", "alice"),
            ({"RCPT": b"550 5.1.1 No such user"}, "error", "No such user"),
            ({"RCPT": LATER}, "error", "Greylisted"),
            ({".": b"554 5.7.1 Spam"}, "error", "Spam"),
        ):
            with self.subTest(script=script):
                told.clear()
                self.smtp.script = script
                self.create_mail("alice@dest.test", self.server).send()
                self.assertEqual(told[-1][0], last)
                self.assertIn(words, told[-1][1])

    def test_an_add_on_that_changes_core_at_run_time(self):
        """It puts methods of its own in the place of core's, without inheriting."""
        build, send, told = IrMail_Server._build_email__, IrMail_Server.send_email, []

        def build_more(server, *args, **kwargs):
            message = build(server, *args, **kwargs)
            message["X-Patched"] = "yes"
            return message

        def follow(server, *args, **kwargs):
            try:
                return send(server, *args, **kwargs)
            except Exception as error:
                told.append(str(error))
                raise

        self.patch(IrMail_Server, "_build_email__", build_more)
        self.patch(IrMail_Server, "send_email", follow)
        self.create_mail("alice@dest.test", self.server).send()
        self.assertIn(b"X-Patched: yes", self.smtp.messages[0].data)
        self.smtp.script = {"RCPT": b"550 5.1.1 No such user"}
        self.create_mail("alice@dest.test", self.server).send()
        self.assertIn("No such user", " ".join(told))

    def test_an_add_on_that_sends_its_own_way(self):
        """Its provider gives the mail another Message-ID: by that replies are found, as in core."""
        self.extend(lambda send, message: "<provider@dest.test>")
        mail = self.create_mail("alice@dest.test", self.server)
        mail.send()
        self.assertEqual((mail.delivery_status, mail.message_id), ("accepted", "<provider@dest.test>"))
        self.assertFalse(mail.smtp_receipt)

    def test_a_hook_after_the_replies(self):
        told = []
        model = self.registry["mail.mail"]
        self.patch(model, "_postprocess_replies", lambda mails: told.extend(mails.recipient_status_ids.mapped("state")))
        self.smtp.script = {"RCPT refused@dest.test": b"550 5.1.1 No such user"}
        self.create_mail("alice@dest.test, refused@dest.test", self.server).send()
        self.assertEqual(sorted(told), ["accepted", "refused"])

    def test_blind_copies(self):
        """An add-on shows the same To and Cc to each recipient, and hides the blind ones by it."""
        model = self.registry["mail.mail"]
        original = model._prepare_outgoing_list

        def prepare(mail, *args, **kwargs):
            emails = original(mail, *args, **kwargs)
            for email in emails:
                if email["email_to_normalized"] == ["c@dest.test"]:
                    email["headers"] = {**email["headers"], "X-Blind": "c@dest.test"}
                email.update(email_to=["a@dest.test"], email_cc=["b@dest.test"])
            return emails

        def address(records, message, session):
            if message["X-Blind"]:
                message["Bcc"] = message["X-Blind"]
            sender, _recipients, message = prepare_message(records, message, session)
            return sender, [records.env.context["recipients"].pop(0)], message

        servers = self.registry["ir.mail_server"]
        prepare_message = servers._prepare_email_message__
        self.patch(model, "_prepare_outgoing_list", prepare)
        self.patch(servers, "_prepare_email_message__", address)
        partners = self.env["res.partner"].create([{"name": x, "email": f"{x}@dest.test"} for x in "abc"])
        mail = self.create_mail(False, self.server, recipient_ids=[(6, 0, partners.ids)])
        mail.with_context(recipients=[f"{x}@dest.test" for x in "abc"]).send()
        self.assertEqual([got.recipients for got in self.smtp.messages], [(f"{x}@dest.test",) for x in "abc"])
        kinds = {row.email[0]: row.kind for row in mail.recipient_status_ids}
        self.assertEqual(kinds, {"a": "to", "b": "cc", "c": "bcc"})
        self.assertEqual(mail.delivery_status, "accepted")


@tagged("post_install", "-at_install")
class TestWaiting(DrainCase):
    """Mails wait for a condition, not for a date that was written once."""

    def change(self, server_id, method="write", *args):
        with self.env_committed() as env:
            getattr(env["ir.mail_server"].browse(server_id), method)(*args)

    def setUp(self):
        super().setUp()
        with self.env_committed() as env:
            others = env["ir.mail_server"].search([])
            others.active = False
            self.addCleanup(self.activate, others.ids)

    def activate(self, ids):
        with self.env_committed() as env:
            env["ir.mail_server"].browse(ids).active = True

    def waiting(self, **values):
        """A paused server with a mail that waits for it, and another server: (mails, paused id, other server)."""
        _old, old_id = self.start(sequence=1)
        other, self.other_id = self.start(sequence=2)
        mails = [*self.create_mails(1, False), *self.create_mails(1, old_id)]
        self.change(old_id, "write", {"is_paused": True})
        self.drain()
        self.assertEqual(self.values_of(mails, "waits_for_server_id.id"), [old_id] * 2)
        return mails, old_id, other, _old

    def values_of(self, mail_ids, *names):
        if names == ("waits_for_server_id.id",):
            return [server.id for server in super().values_of(mail_ids, "waits_for_server_id")]
        return super().values_of(mail_ids, *names)

    def test_deleted(self):
        mails, old_id, other, _old = self.waiting()
        self.change(old_id, "unlink")
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["sent"] * 2)
        self.assertEqual(len(other.messages), 2)

    def test_archived(self):
        mails, old_id, other, _old = self.waiting()
        self.change(old_id, "write", {"active": False})
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["sent", "exception"], "who may go another way does")
        self.assertIn("archived", self.values_of(mails, "failure_reason")[1])

    def test_resumed_by_a_write(self):
        mails, old_id, _other, old = self.waiting()
        self.change(old_id, "write", {"is_paused": False})
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["sent"] * 2)
        self.assertEqual(len(old.messages), 2)

    def test_mail_moved(self):
        for model in ("mail.mail", "mail.message"):
            with self.subTest(model=model):
                mails, old_id, other, _old = self.waiting()
                with self.env_committed() as env:
                    record = env["mail.mail"].browse(mails[1])
                    (record if model == "mail.mail" else record.mail_message_id).mail_server_id = self.other_id
                self.drain()
                self.assertEqual(self.values_of(mails, "state")[1], "sent")
                self.assertEqual(len(other.messages), 1)
                self.change(old_id, "unlink")
                self.change(self.other_id, "unlink")

    def test_another_server_fits_better(self):
        mails, old_id, other, _old = self.waiting()
        self.change(self.other_id, "write", {"from_filter": "odoo.test"})
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["sent", "outgoing"], "one was told to use the paused one")

    def test_limit_raised(self):
        server, server_id = self.start(limit_day=1)
        mails = self.create_mails(3, server_id)
        self.drain()
        self.assertEqual(len(server.messages), 1)
        self.change(server_id, "write", {"limit_day": 0})
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["sent"] * 3)

    def test_a_fault_is_mended(self):
        server, server_id = self.start()
        self.change(server_id, "write", {"smtp_port": 9})
        mails = self.create_mails(2, server_id)
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["outgoing"] * 2)
        self.change(server_id, "write", {"smtp_port": server.port})
        with self.env_committed() as env:
            self.assertFalse(env["ir.mail_server"].browse(server_id).suspended_until)
        self.due_now(mails)
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["sent"] * 2)

    def test_limits_count_emails(self):
        """A mail to twenty contacts is twenty emails."""
        partners = self.make("res.partner", *({"name": str(n), "email": f"p{n}@dest.test"} for n in range(6)))
        server, server_id = self.start(limit_hour=4)
        mails = self.create_mails(2, server_id, email_to=False, recipient_ids=[(6, 0, partners)])
        self.drain()
        self.assertEqual(len(server.messages), 4)
        self.assertEqual(self.values_of(mails, "state"), ["outgoing"] * 2)
        self.assertEqual(sorted(self.recipients(mails[0]).values()), ["accepted"] * 4 + ["queued"] * 2)
        self.change(server_id, "write", {"limit_hour": 0})
        self.drain()
        self.assertEqual(self.values_of(mails, "state", "delivery_status"), [("sent", "accepted")] * 2)
        self.assertEqual(set(self.envelopes(server).values()), {2})

    def test_workers_share_a_limit(self):
        for workers in (4, 2, 4, 3, 4):
            server, server_id = self.start(limit_hour=10)
            self.create_mails(60, server_id)
            threads = [threading.Thread(target=self.drain) for _ in range(workers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(server.messages), 10, "neither more than the limit nor less")

    def test_limits_count_emails_at_once(self):
        """Within a request, too: what is too much is left to the buffer."""
        partners = self.make("res.partner", *({"name": str(n), "email": f"p{n}@dest.test"} for n in range(6)))
        server, server_id = self.start(limit_hour=4)
        [mail] = self.create_mails(1, server_id, email_to=False, recipient_ids=[(6, 0, partners)])
        with self.env_committed() as env:
            env["mail.mail"].browse(mail).send()
        self.assertEqual(len(server.messages), 4)
        self.assertEqual(self.values_of([mail], "waits_for_server_id.id"), [server_id])

    def test_send_now_on_scheduled_mails(self):
        server, server_id = self.start()
        later = fields.Datetime.now() + timedelta(days=2)
        mails = self.create_mails(2, server_id, scheduled_date=later)
        with self.env_committed() as env:
            env["mail.mail"].browse(mails).action_send_now()
        self.drain()
        self.assertEqual(self.values_of(mails, "state"), ["sent"] * 2)

    @mute_logger("odoo.addons.mail_delivery_status.engine.drain")
    def test_memory_that_runs_out(self):
        """One mail needs too much: the others leave, it is put off with a reason, and so in every later run."""
        server, server_id = self.start()
        mails = self.create_mails(20, server_id)
        model = self.registry["mail.mail"]
        original = model._prepare_outgoing_list

        def prepare(mail, *args, **kwargs):
            if mail.id == mails[7]:
                raise MemoryError
            return original(mail, *args, **kwargs)

        self.patch(model, "_prepare_outgoing_list", prepare)
        for _ in range(2):
            self.drain()
            self.assertEqual(len(server.messages), 19)
            [(state, reason, retry_date)] = self.values_of([mails[7]], "state", "failure_reason", "retry_date")
            self.assertEqual(state, "outgoing")
            self.assertIn("limit_memory_hard", reason)
            self.assertTrue(retry_date)
            self.due_now(mails)
