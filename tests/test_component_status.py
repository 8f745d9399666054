"""The page "Is everything in order?", what administrators are told of it, and the same for monitoring programs."""

import json
import shutil
from collections import namedtuple
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..const.component import COMPONENT_CHECKS, COMPONENT_LEVELS
from ..engine.log_session import transaction_log
from ..models.mail_component_platform import _level_of_room
from .common import DeliveryCase, MailServerMixin
from .servers.process import free_ports

MODULE = "mail_delivery_status"
CHECKS = [check for check, _label in COMPONENT_CHECKS]
LEVELS = [level for level, _label in COMPONENT_LEVELS]
LOGGER = f"odoo.addons.{MODULE}.models.mail_component"
Usage = namedtuple("Usage", "total used free")
GB = 10**9


class ComponentMixin(MailServerMixin):
    """A database in which everything is in order, whatever other tests and the machine have left."""

    @classmethod
    def put_in_order(cls):
        cls.allow_sending()
        cls.env["ir.mail_server"].search([]).active = False
        cls.server = cls.create_mail_server(25, name="Post")
        cls.env["fetchmail.server"].search([]).active = False
        cls.env["ir.config_parameter"].set_param(f"{MODULE}.sending_mode", "now")
        crons = cls.env["mail.component"]._other_crons() + cls.env["mail.mail"]._buffer_crons()
        crons.write({"active": True, "nextcall": fields.Datetime.now() + timedelta(hours=1), "failure_count": 0})
        cls.crons = cls.env["mail.component"]._other_crons() + cls.env["mail.mail"]._buffer_crons()
        cls.env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)]).unlink()
        cls.env["mail.mail"].search(["|", ("state", "=", "outgoing"), ("retry_date", "!=", False)]).unlink()
        cls.env["mail.transaction"]._with_evidence_token().search([("outcome", "=", "open")]).unlink()
        cls.env["mail.report"]._with_evidence_token().search([("state", "in", ("pending", "unmatched"))]).unlink()
        patcher = patch.object(shutil, "disk_usage", lambda path: Usage(100 * GB, 50 * GB, 50 * GB))
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        cls.admin = new_test_user(cls.env, "component_admin", "base.group_user,base.group_system")
        cls.clerk = new_test_user(cls.env, "component_clerk", f"base.group_user,{MODULE}.group_manager")


class ComponentCase(ComponentMixin, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_in_order()

    def found(self, check=None):
        """The findings, or those of one check, the worst first."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.env["mail.component"]._findings()
        return [finding for name, finding in found if name == check] if check else found

    def assert_found(self, check, level, *words):
        """The worst finding of a check."""
        finding = self.found(check)[0]
        self.assertEqual(finding.level, level, finding.text)
        for word in words:
            self.assertIn(word, finding.text)
        if level != "ok":
            self.assertTrue(finding.advice)
        return finding


@tagged("post_install", "-at_install")
class TestComponentStatus(ComponentCase):
    def test_all_is_well(self):
        found = self.found()
        self.assertEqual({check for check, _finding in found}, set(CHECKS))
        self.assertEqual({finding.text for _check, finding in found if finding.level != "ok"}, set())
        self.assertEqual(self.env["mail.component"]._summary(found), "Everything is in order.")

    def test_the_worst_is_on_top(self):
        self.server.is_paused = True
        self.crons.active = False
        levels = [finding.level for _check, finding in self.found()]
        self.assertEqual(levels, sorted(levels, key=LEVELS.index))
        self.assertEqual((levels[0], "warning" in levels, levels[-1]), ("danger", True, "ok"))

    def test_a_check_that_fails_does_not_stop_the_others(self):
        def broken_query(component):
            component.env.cr.execute("SELECT there_is_no_such_column")

        component = type(self.env["mail.component"])
        faults = {"_due_since": {"buffer"}, "_is_neutralized": {"sending", "servers", "crons", "mailboxes"}}
        for name, expected in faults.items():
            with (
                self.subTest(name),
                patch.object(component, name, broken_query),
                mute_logger("odoo.sql_db"),
                self.assertLogs(LOGGER, "ERROR") as logs,
            ):
                found = self.found()
                self.assertIn("UndefinedColumn", str(logs.output))
                failed = {check for check, finding in found if "could not be checked" in finding.text}
                self.assertEqual(failed, expected)
                self.assertEqual({check for check, _finding in found}, set(CHECKS))

    # === SENDING === #

    def test_sending_is_switched_off(self):
        with patch.object(IrMail_Server, "_disable_send", lambda *args: True):
            self.assert_found("sending", "danger", "switched off")

    def test_held_is_as_it_was_wanted(self):
        self.env["ir.config_parameter"].set_param(f"{MODULE}.sending_mode", "hold")
        self.assert_found("sending", "ok", "are held")

    def test_a_neutralized_copy(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.crons.active = False
        self.assert_found("sending", "warning", "neutralized copy")
        self.assertFalse(self.found("crons"), "as it should be there")

    def test_servers(self):
        """What ir.mail_server._health() knows; of a pause in the words that stand above the buffer."""
        other = self.create_mail_server(26, name="Other")
        self.assertEqual({finding.level for finding in self.found("servers")}, {"ok"})
        self.server.is_paused = True
        other._suspend(300, "connection refused (127.0.0.1:26)")
        other._suspend(300, "connection refused (127.0.0.1:26)")
        fault, paused = self.found("servers")
        self.assertEqual((fault.level, fault.records), ("danger", other))
        self.assertIn("“Other” has had a fault since", fault.text)
        self.assertTrue(fault.advice)
        self.assertEqual((paused.level, paused.records), ("warning", self.server))
        banner = self.env["mail.mail"].with_user(SUPERUSER_ID).buffer_notices()
        self.assertIn(paused.text, [notice["text"] for notice in banner])

    def test_many_servers(self):
        for number in range(9):
            self.create_mail_server(30 + number)
        self.server.is_paused = True
        paused, others = self.found("servers")
        self.assertEqual((paused.level, others.level, len(others.records)), ("warning", "ok", 9))

    def test_no_server(self):
        self.server.active = False
        self.assert_found("servers", "warning", "No outgoing mail server")

    # === SCHEDULED ACTIONS === #

    def test_crons_that_are_off(self):
        report = self.env.ref(f"{MODULE}.ir_cron_mail_report")
        report.active = False
        self.assertEqual(self.assert_found("crons", "warning", report.name).records, report)
        self.env["mail.mail"]._buffer_crons().active = False
        self.assert_found("crons", "danger", "switched off")

    def test_a_cron_that_is_late(self):
        report = self.env.ref(f"{MODULE}.ir_cron_mail_report")
        report.nextcall = fields.Datetime.now() - timedelta(hours=2)
        self.assert_found("crons", "warning", report.name)

    def test_odoo_runs_no_crons(self):
        self.env["mail.transaction"]._with_evidence_token().search([]).unlink()
        self.crons.write({"nextcall": fields.Datetime.now() - timedelta(hours=2)})
        found = self.found("crons")
        self.assertEqual([finding.level for finding in found], ["danger", "danger"], "the buffer's, and all others")

    def test_a_cron_that_fails(self):
        since = fields.Datetime.now() - timedelta(days=1)
        report = self.env.ref(f"{MODULE}.ir_cron_mail_report")
        report.write({"failure_count": 4, "first_failure_date": since})
        self.assert_found("crons", "warning", report.name, "4 times")
        self.env["mail.mail"]._buffer_crons().write({"failure_count": 2, "first_failure_date": since})
        self.assert_found("crons", "danger", "2 times")

    # === THE BUFFER === #

    def age(self, mails, **interval):
        self.env.flush_all()
        then = fields.Datetime.now() - timedelta(**interval)
        self.env.cr.execute(
            "UPDATE mail_mail SET create_date = %s, write_date = %s WHERE id = ANY(%s)", (then, then, mails.ids)
        )
        self.env.invalidate_all()
        return then

    def test_mails_that_should_have_left(self):
        self.assert_found("buffer", "ok", "No e-mail waits")
        mail = self.create_mail(server=self.server)
        self.assert_found("buffer", "ok", "1 e-mails wait")
        since = self.age(mail, hours=30)
        self.env["mail.transaction"]._with_evidence_token().search([]).unlink()
        self.assertEqual(self.env["mail.component"]._due_since(), since.replace(microsecond=0))
        self.assert_found("buffer", "danger", "1 e-mails wait", "should have left")
        values = {**mail._evidence_values(), "outcome": "accepted", "envelope_key": "x"}
        self.env["mail.transaction"]._with_evidence_token().create({**values, "start_date": fields.Datetime.now()})
        self.assert_found("buffer", "warning", "should have left")

    def test_mails_that_wait_rightly(self):
        now, component = fields.Datetime.now(), self.env["mail.component"]
        mails = {
            "held": self.create_mail(server=self.server, is_held=True),
            "planned": self.create_mail(server=self.server, scheduled_date=now + timedelta(days=1)),
            "put off": self.create_mail(server=self.server),
            "waits for its server": self.create_mail(server=self.server),
        }
        mails["put off"]._update_summary(retry_date=now + timedelta(hours=1))
        self.server.is_paused = True
        mails["waits for its server"]._wait_for_server(self.server, False)
        self.age(self.env["mail.mail"].union(*mails.values()), days=3)
        self.assertIsNone(component._due_since())
        late = now.replace(microsecond=0) - timedelta(hours=5)
        mails["put off"]._update_summary(retry_date=late)
        self.env.flush_all()
        self.assertEqual(component._due_since(), late)
        mails["put off"].state = "cancel"
        self.server.is_paused = False
        self.env.flush_all()
        self.assertGreaterEqual(component._due_since(), late, "since its server was resumed")

    def test_an_attempt_that_was_interrupted(self):
        mail = self.create_mail(server=self.server)
        values = {**mail._evidence_values(), "outcome": "open", "envelope_key": "x"}
        with transaction_log(self.env) as log:
            self.env["mail.transaction"]._with_evidence_token().create(
                {**values, "worker": log.worker, "start_date": fields.Datetime.now() - timedelta(hours=1)}
            )
            self.assert_found("transactions", "ok", "No attempt")
        self.assert_found("transactions", "warning", "interrupted")

    # === WHAT COMES BACK === #

    def test_a_mailbox_that_cannot_be_reached(self):
        watch = self.env["fetchmail.server"].create(
            {
                "name": "Bounces",
                "server": "127.0.0.1",
                "port": free_ports(1)[0],
                "user": "bounce@odoo.test",
                "password": "quite-secret",
                "is_report_watch": True,
            }
        )
        self.registry_enter_test_mode()
        self.assert_found("mailboxes", "warning", "not confirmed")
        watch.state = "done"
        self.assert_found("mailboxes", "ok", "never")
        self.look(watch)
        first = watch.error_date
        self.assertTrue(first)
        finding = self.assert_found("mailboxes", "danger", "“Bounces”", "never")
        self.assertNotIn("quite-secret", finding.text)
        watch.error_date = first - timedelta(hours=1)
        self.look(watch)
        self.assertEqual(watch.error_date, first - timedelta(hours=1), "the first failure in a row")

    @mute_logger(f"odoo.addons.{MODULE}.models.fetchmail_server")
    def look(self, watch):
        self.env.flush_all()
        with self.registry.cursor() as cr:
            watch.with_env(api.Environment(cr, SUPERUSER_ID, {}))._watch()
        self.env.invalidate_all()

    def test_returned_mails_that_nobody_has_looked_at(self):
        reports = self.env["mail.report"]._with_evidence_token()
        report = reports.create({"subject": "It came back", "state": "unmatched"})
        self.assertEqual(self.assert_found("returns", "warning", "1").records, report)
        report.write({"state": "pending"})
        self.assert_found("returns", "ok")
        self.env.cr.execute("UPDATE mail_report SET create_date = create_date - interval '2 hours'")
        self.assert_found("returns", "warning", "more than an hour")

    # === WHAT IT RESTS ON === #

    def test_a_database_that_is_not_in_step(self):
        self.env.cr.execute("ALTER TABLE mail_recipient DROP COLUMN smtp_receipt")
        self.env.cr.execute("DROP INDEX mail_mail_buffer_timed")
        self.env.cr.execute("ALTER TABLE ir_mail_server DROP CONSTRAINT ir_mail_server_not_negative")
        found = self.env["mail.component"]._look_into("database")
        self.assertEqual([finding.level for finding in found], ["danger", "warning"])
        self.assertIn("mail_recipient.smtp_receipt", found[0].text)
        self.assertIn("mail_mail_buffer_timed", found[1].text)
        self.assertIn("ir_mail_server_not_negative", found[1].text)

    def test_a_database_of_another_version(self):
        self.env["ir.module.module"].search([("name", "=", MODULE)]).latest_version = "19.0.0.9.0"
        self.assert_found("database", "danger", "19.0.0.9.0")

    def test_room_on_the_disk(self):
        table = (
            (50 * GB, 100 * GB, "ok"),
            (20 * GB, 1000 * GB, "ok"),  # little of a large disk is much
            (5 * GB, 1000 * GB, "warning"),
            (1 * GB, 1000 * GB, "danger"),
            (2 * GB, 10 * GB, "ok"),
            (0.9 * GB, 10 * GB, "warning"),
            (0.15 * GB, 1 * GB, "danger"),
        )
        for free, total, level in table:
            with self.subTest(free=free, total=total):
                self.assertEqual(_level_of_room(free, total), level)
        with patch.object(shutil, "disk_usage", lambda path: Usage(100 * GB, 99 * GB, GB)):
            self.assert_found("storage", "danger", "Free where attachments are kept")
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        self.assert_found("storage", "ok", "in the database")

    # === THE PAGE === #

    def test_the_page(self):
        self.server.is_paused = True
        action = self.env.ref(f"{MODULE}.mail_component_status_server_action").with_user(self.admin).run()
        status = self.env["mail.component.status"].with_user(self.admin).browse(action["res_id"])
        self.assertEqual(status.level, "warning")
        line = status.line_ids[0]
        self.assertEqual((line.check, line.level), ("servers", "warning"))
        opened = line.action_open()
        self.assertEqual((opened["res_model"], opened["res_id"]), ("ir.mail_server", self.server.id))
        again = status.action_check()
        self.assertNotEqual(again["res_id"], status.id)

    def test_the_page_is_for_administrators(self):
        action = self.env.ref(f"{MODULE}.mail_component_status_server_action")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_actions"):
            action.with_user(self.clerk).run()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.env["mail.component.status"].with_user(self.clerk).action_check()


@tagged("post_install", "-at_install")
class TestComponentNotice(ComponentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bot = cls.env.ref("base.partner_root")

    def setUp(self):
        super().setUp()
        self.known = self.env["mail.message"].search([], order="id desc", limit=1).id

    def told(self, user=None):
        """What OdooBot has written to an administrator since the last look, newest first."""
        self.env["mail.component"]._cron_tell()
        self.env.flush_all()
        messages = self.env["mail.message"].search(
            [("model", "=", "discuss.channel"), ("author_id", "=", self.bot.id), ("id", ">", self.known)],
            order="id desc",
        )
        self.known = max([self.known, *messages.ids])
        partner = (user or self.admin).partner_id
        chats = self.env["discuss.channel"].search([("channel_member_ids.partner_id", "=", partner.id)])
        return messages.filtered(lambda message: message.res_id in chats.ids)

    def test_once_for_each_change(self):
        mails = self.env["mail.mail"].search_count([])
        self.assertFalse(self.told(), "all is well")
        mailbox = self.env["fetchmail.server"].create({"name": "Bounces", "server_type": "imap"})
        message = self.told()
        self.assertEqual(len(message), 1)
        self.assertIn("Incoming mailboxes", message.body)
        self.assertIn("“Bounces” is not confirmed", message.body)
        self.assertFalse(self.told(), "once")
        self.env.ref(f"{MODULE}.ir_cron_mail_report").active = False
        message = self.told()
        self.assertIn("Scheduled actions", message.body)
        self.assertNotIn("Incoming mailboxes", message.body, "they know it")
        mailbox.active = False
        message = self.told()
        self.assertIn("Incoming mailboxes", message.body)
        self.assertIn("is in order again", message.body)
        self.assertFalse(self.told())
        self.assertEqual(self.env["mail.mail"].search_count([]), mails, "never by e-mail")

    def test_every_administrator_in_their_language(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        label = self.env["ir.model.fields.selection"].search(
            [("field_id.model", "=", "mail.component.status.line"), ("value", "=", "mailboxes")]
        )
        label.with_context(lang="pl_PL").name = "Skrzynki"
        self.admin.write({"lang": "pl_PL", "notification_type": "email"})
        other = new_test_user(self.env, "component_admin_2", "base.group_user,base.group_system")
        mailbox = self.env["fetchmail.server"].create({"name": "Bounces", "server_type": "imap"})
        self.assertIn("Incoming mailboxes", self.told(other).body)
        mailbox.active = False
        self.assertIn("Skrzynki", self.told().body)
        chats = self.env["discuss.channel"].search([("channel_member_ids.partner_id", "=", self.clerk.partner_id.id)])
        self.assertFalse(chats.message_ids.filtered(lambda message: "Bounces" in (message.body or "")), "nobody else")

    def test_what_is_not_told(self):
        self.env["mail.report"]._with_evidence_token().create({"subject": "Lost", "state": "unmatched"})
        self.server.is_paused = True
        self.assertEqual({check for check, finding in self.found() if finding.level != "ok"}, {"returns", "servers"})
        self.assertFalse(self.told())

    def test_a_neutralized_copy_tells_nothing(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.assertEqual(self.found("sending")[0].level, "warning")
        self.assertFalse(self.told())


@tagged("post_install", "-at_install")
class TestComponentJson(ComponentMixin, HttpCase):
    """Over real HTTP, as a monitoring program asks."""

    URL = "/mail_delivery_status/status.json"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_in_order()

    def ask(self, user=None, key=None, **headers):
        if user:
            key = self.env["res.users.apikeys"].with_user(user).sudo()._generate(None, "monitoring", None)
        self.env.flush_all()
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        return self.url_open(self.URL, headers=headers, allow_redirects=False)

    def test_who_may_ask(self):
        with mute_logger("odoo.http"):
            self.assertEqual(self.ask().status_code, 401)
            self.assertEqual(self.ask(key="0123456789abcdef").status_code, 401)
            answer = self.ask(self.clerk)
        self.assertEqual(answer.status_code, 403)
        self.assertNotIn("findings", answer.text)

    def test_an_administrator_in_the_browser(self):
        self.authenticate("component_admin", "component_admin")
        with mute_logger("odoo.http"):
            self.assertEqual(self.ask().status_code, 401, "another site could have made the browser ask")
        headers = {"Dest": "document", "Mode": "navigate", "Site": "none", "User": "?1"}
        answer = self.ask(**{f"Sec-Fetch-{name}": value for name, value in headers.items()})
        self.assertEqual(answer.status_code, 200)

    def test_what_it_says(self):
        self.server.name = "jan.kowalski@example.com"
        answer = self.ask(self.admin)
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (200, "no-store"))
        found = json.loads(answer.text)
        self.assertEqual(
            found.keys(), {"status", "summary", "checked_at", "module_version", "odoo_version", "findings"}
        )
        self.assertEqual(found["status"], "ok")
        self.assertTrue(fields.Datetime.to_datetime(found["checked_at"].rstrip("Z").replace("T", " ")))
        for finding in found["findings"]:
            self.assertEqual(finding.keys(), {"check", "name", "level", "text", "advice"})
            self.assertIn(finding["check"], CHECKS)
            self.assertIn(finding["level"], LEVELS)
        self.assertNotIn("jan.kowalski", answer.text)
        self.assertIn("***1@example.com", answer.text)

    def test_the_http_status(self):
        self.server.is_paused = True
        answer = self.ask(self.admin)
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "warning"))
        self.crons.active = False
        answer = self.ask(self.admin)
        self.assertEqual((answer.status_code, answer.json()["status"]), (503, "danger"))
