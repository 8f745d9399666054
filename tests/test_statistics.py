from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.recipient_state import Event
from .common import DeliveryCase, RpcMixin
from .servers.scripted import ScriptedServer
from .test_access import BILLING, AccessMixin

MEASURES = ("address_count", "taken_count", "returned_count", "refused_count", "unknown_count", "waiting_count")


class StatisticsCase(AccessMixin, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_two_companies()
        cls.before = cls.env["mail.statistics"].search([]) - cls.rows(*cls.mails.values())

    @classmethod
    def rows(cls, *mails):
        cls.env.flush_all()
        ids = [row_id for mail in mails for row_id in mail.recipient_status_ids.ids]
        return cls.env["mail.statistics"].browse(ids)

    def row(self, state, company=None, **values):
        """One more address of the company's mail, in a state."""
        mail = self.mails[company or self.company_1]
        values = {**mail._evidence_values(), "email": f"{state}@dest.test", "state": state, **values}
        return self.env["mail.recipient"]._with_evidence_token().create(values)

    def figures(self, user=None, period="week"):
        self.env.flush_all()
        records = self.env["mail.statistics"].with_user(user) if user else self.env["mail.statistics"]
        return records.dashboard()["periods"][period]


@tagged("post_install", "-at_install")
class TestStatistics(StatisticsCase):
    def test_each_state_is_counted_as_what_it_is(self):
        states = [name for name, _label in self.env["mail.recipient"]._fields["state"].selection]
        rows = [self.row(state) for state in states]
        self.env.flush_all()
        found = {}
        for row in self.env["mail.statistics"].browse([row.id for row in rows]):
            found[row.state] = {name for name in MEASURES if row[name]} - {"address_count"}
        self.assertEqual(
            found,
            {
                **dict.fromkeys(("accepted", "delayed", "relayed", "delivered"), {"taken_count"}),
                "read": {"taken_count"},
                "bounced": {"taken_count", "returned_count"},
                **dict.fromkeys(("queued", "deferred"), {"waiting_count"}),
                "refused": {"refused_count"},
                "unknown": {"unknown_count"},
                **dict.fromkeys(("canceled", "imported"), set()),
            },
        )

    def test_groups_by_day_server_and_cause(self):
        reply = "5.1.1 User unknown"
        self.row("refused", smtp_server_name="x.test:25", smtp_code=550, smtp_enhanced_code="5.1.1", smtp_reply=reply)
        self.env.flush_all()
        records = self.env["mail.statistics"]
        domain = [("smtp_server_name", "=", "x.test:25")]
        measures = ["address_count:sum", "mail_count:count_distinct", "returned_share:avg", "seconds_to_accept:avg"]
        for groups in (["date:day"], ["date:week", "state"], ["date:month", "smtp_server_name"], ["cause"]):
            [group] = records.formatted_read_group(domain, groups, measures)
            self.assertEqual([group[name] for name in measures], [1, 1, False, False], "no share of nothing, no time")
        self.assertEqual(records.search(domain).cause, "user_unknown")

    def test_mails_are_counted_once(self):
        self.row("accepted")
        self.env.flush_all()
        domain = [("id", "in", self.rows(self.mails[self.company_1]).ids)]
        [group] = self.env["mail.statistics"].formatted_read_group(
            domain, [], ["mail_count:count_distinct", "address_count:sum"]
        )
        self.assertEqual((group["mail_count:count_distinct"], group["address_count:sum"]), (1, 2))

    # === THE TIME UNTIL A SERVER TAKES A MAIL === #

    def test_seconds_from_the_making_of_the_mail(self):
        mail = self.create_mail()
        mail.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_mail SET create_date = create_date - interval '90 seconds' WHERE id = %s", [mail.id]
        )
        mail.invalidate_recordset()
        with ScriptedServer() as smtp:
            mail.mail_server_id = self.create_mail_server(smtp.port)
            mail.send()
        row = mail.recipient_status_ids
        self.assertEqual(row.state, "accepted")
        self.assertAlmostEqual(row.seconds_to_accept, 90, delta=10)
        self.assertEqual(self.rows(mail).seconds_to_accept, row.seconds_to_accept)

    def test_seconds_from_when_it_was_due(self):
        mail = self.mails[self.company_1]
        now = fields.Datetime.now()
        mail.sudo().scheduled_date = now
        row = self.row("accepted", accepted_date=now + timedelta(seconds=7), smtp_code=250)
        self.assertEqual(row.seconds_to_accept, 7)

    def test_a_new_row_is_written_once(self):
        mail = self.mails[self.company_1].sudo()
        values = {"email": "new@dest.test", "state": "accepted", "smtp_code": 250, **mail._evidence_values()}
        values["accepted_date"] = mail.create_date + timedelta(seconds=9)
        row = self.env["mail.recipient"].sudo()._with_evidence_token().create(values)
        with self.assertQueryCount(0):  # nothing is left to be written
            self.env.flush_all()
        self.assertEqual(row.seconds_to_accept, 9)

    def test_no_time_where_no_server_said_yes(self):
        row = self.row("unknown")
        row._apply_event(Event.SETTLE, {"accepted_date": fields.Datetime.now() + timedelta(days=3)})
        self.assertEqual(row.state, "accepted")
        self.env.flush_all()
        [group] = self.env["mail.statistics"].formatted_read_group(
            [("id", "=", row.id)], [], ["seconds_to_accept:avg", "taken_count:sum"]
        )
        self.assertEqual((group["seconds_to_accept:avg"], group["taken_count:sum"]), (False, 1))

    # === THE TILES === #

    def test_tiles_by_period(self):
        now = fields.Datetime.now()
        before = {period: self.figures(period=period) for period in ("today", "week", "month")}
        self.row("refused", state_date=now)
        self.row("bounced", accepted_date=now - timedelta(days=5), state_date=now, smtp_code=250)
        self.row("unknown", state_date=now - timedelta(days=20))
        self.row("accepted", accepted_date=now - timedelta(days=40), smtp_code=250)
        added = {
            period: {name: self.figures(period=period)[name] - old[name] for name in old if name.endswith("_count")}
            for period, old in before.items()
        }
        names = ("taken_count", "returned_count", "refused_count", "unknown_count")
        self.assertEqual([added["today"][name] for name in names], [0, 0, 1, 0])
        self.assertEqual([added["week"][name] for name in names], [1, 1, 1, 0])
        self.assertEqual([added["month"][name] for name in names], [1, 1, 1, 1])

    def test_a_day_begins_where_the_person_is(self):
        user = new_test_user(self.env, "warsaw", f"base.group_user,{BILLING}", tz="Europe/Warsaw")
        records = self.env["mail.statistics"].with_user(user)
        with freeze_time("2026-07-10 23:30:00"):  # half past one on the 11th
            found = records.dashboard()["periods"]
        self.assertEqual(found["today"]["since"], "2026-07-10 22:00:00")
        self.assertEqual(found["week"]["since"], "2026-07-04 22:00:00")
        with freeze_time("2026-03-30 12:00:00"):  # the clocks were changed on the 29th
            self.assertEqual(records._start_of_period(7), datetime(2026, 3, 23, 23))

    def test_the_median(self):
        self.assertIsNone(self.figures(new_test_user(self.env, "nothing", "mail_delivery_status.group_user"))["median"])
        mail, now = self.mails[self.company_1], fields.Datetime.now()
        mail.sudo().scheduled_date = now
        for seconds in (1000, 2000, 3000):
            values = {"accepted_date": now + timedelta(seconds=seconds), "smtp_code": 250}
            self.row("accepted", email=f"{seconds}@dest.test", **values)
        user = new_test_user(
            self.env, "reads_one", f"base.group_user,{BILLING}", company_ids=[(6, 0, self.company_1.ids)]
        )
        with self.subTest("of four: the mail itself, and these"):
            self.assertEqual(self.figures(user)["median"], 1000)

    def test_what_waits(self):
        records = self.env["mail.statistics"]
        before = records.dashboard()["waiting"]
        self.create_mail()
        self.assertEqual(records.dashboard()["waiting"], before + 1)

    def test_one_statement_for_the_tiles_and_one_for_what_waits(self):
        self.env.flush_all()
        records = self.env["mail.statistics"]
        records.dashboard()
        with self.assertQueryCount(2):
            records.dashboard()

    # === OPENING === #

    def test_a_row_opens_its_mail(self):
        mail = self.mails[self.company_1]
        rows = self.rows(mail)
        action = rows.action_open()
        self.assertEqual((action["res_model"], action["res_id"]), ("mail.mail", mail.id))
        mail.sudo().unlink()
        self.env.flush_all()
        action = rows.action_open()
        self.assertEqual((action["res_model"], action["res_id"]), ("mail.recipient", rows.id))

    def test_the_action(self):
        action = self.env.ref("mail_delivery_status.mail_statistics_action")
        views = self.env["mail.statistics"].get_views([(False, name) for name in action.view_mode.split(",")])
        self.assertEqual(set(views["views"]), {"graph", "pivot", "list"})
        described = self.env["mail.statistics"].fields_get()
        measured = {name for name, values in described.items() if values.get("aggregator")}
        self.assertEqual(measured, {*MEASURES, "mail_count", "read_count", "returned_share", "seconds_to_accept"})


@tagged("post_install", "-at_install")
class TestStatisticsAccess(StatisticsCase):
    """What may be counted is what may be read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def user(login, groups, companies):
            return new_test_user(
                cls.env, login, groups, company_id=companies[:1].id, company_ids=[(6, 0, companies.ids)]
            )

        both = cls.company_1 + cls.company_2
        cls.billing_1 = user("stat_billing_1", f"base.group_user,{BILLING}", cls.company_1)
        cls.billing_both = user("stat_billing_both", f"base.group_user,{BILLING}", both)
        cls.sender = user("stat_sender", "base.group_user,mail_delivery_status.group_user", cls.company_1)
        cls.manager_2 = user("stat_manager_2", "base.group_user,mail_delivery_status.group_manager", cls.company_2)
        cls.employee = user("stat_employee", "base.group_user", cls.company_1)
        cls.admin = user("stat_admin", "base.group_system", cls.company_1)

    def counted(self, user, companies=None):
        """How many of the two companies' addresses a user counts: ``{company: number}``, and those the tiles count."""
        records = self.env["mail.statistics"].with_user(user)
        records = records.with_context(allowed_company_ids=(companies or user.company_ids).ids)
        groups = records._read_group([("id", "not in", self.before.ids)], ["company_id"], ["address_count:sum"])
        tiles = records.dashboard()["periods"]["week"]["taken_count"]
        rest = records.search_count([("id", "in", self.before.ids), ("taken_count", "=", 1), ("date", ">=", "-6d")])
        return {company: number for company, number in groups}, tiles - rest

    def test_by_company_and_document(self):
        one, two = {self.company_1: 1}, {self.company_2: 1}
        self.assertEqual(self.counted(self.billing_1), (one, 1))
        self.assertEqual(self.counted(self.billing_both), (one | two, 2))
        self.assertEqual(self.counted(self.billing_both, self.company_2), (two, 1))
        self.assertEqual(self.counted(self.manager_2), (two, 1))
        self.assertEqual(self.counted(self.sender), ({}, 0), "a document out of reach")
        self.assertEqual(self.counted(self.admin), (one | two, 2))

    def test_the_author_counts_the_own_mails(self):
        row = self.row("accepted", author_id=self.sender.partner_id.id, model=False, res_id=False)
        self.env.flush_all()
        self.assertEqual(self.env["mail.statistics"].with_user(self.sender).search([]).ids, row.ids)

    def test_who_may_not_count_at_all(self):
        for user in (self.employee, new_test_user(self.env, "stat_portal", "base.group_portal")):
            records = self.env["mail.statistics"].with_user(user)
            for door in (
                records.dashboard,
                lambda records=records: records.search([]),
                lambda records=records: records.formatted_read_group([], ["state"], ["__count"]),
            ):
                with self.assertRaises(AccessError):
                    door()

    def test_a_row_out_of_reach_does_not_open(self):
        for user in (self.sender, self.billing_1):
            with self.assertRaises(AccessError):
                self.rows(self.mails[self.company_2]).with_user(user).action_open()

    def test_the_rules_are_those_of_recipients(self):
        rules = self.env["ir.rule"].search([("model_id.model", "in", ("mail.statistics", "mail.recipient"))])
        found = {
            model: {(rule.groups, rule.domain_force) for rule in rules if rule.model_id.model == model}
            for model in ("mail.statistics", "mail.recipient")
        }
        self.assertEqual(found["mail.statistics"], found["mail.recipient"])
        self.assertEqual(len(found["mail.statistics"]), 3)


@tagged("post_install", "-at_install")
class TestStatisticsOverRpc(RpcMixin, HttpCase):
    @mute_logger("odoo.http")
    def test_it_is_read_and_nothing_else(self):
        self.env.company.alias_domain_id = self.env["mail.alias.domain"].create({"name": "odoo.test"})
        mail = self.env["mail.mail"].create({"subject": "x", "email_to": "alice@dest.test"})
        values = {**mail._evidence_values(), "email": "alice@dest.test"}
        row = self.env["mail.recipient"]._with_evidence_token().create(values)
        for role, groups in {
            "plain": "base.group_user",
            "manager": "base.group_user,mail_delivery_status.group_manager",
            "admin": "base.group_user,base.group_system",
        }.items():
            user = new_test_user(self.env, f"stat_rpc_{role}", groups)
            self.authenticate(user.login, user.login)
            answers = [
                self.call("mail.statistics", "dashboard"),
                self.call("mail.statistics", "web_read_group", [], ["date:day", "state"], ["address_count:sum"]),
                self.call("mail.statistics", "web_search_read", [], {"email": {}, "state": {}}),
            ]
            self.assertEqual(["error" in answer for answer in answers], [role == "plain"] * 3, role)
            doors = self.evidence_doors("mail.statistics", row.ids, {"state": "read"})[:-1]
            for model, method, args, kwargs in doors:
                self.assertIn("error", self.call(model, method, *args, **kwargs), (role, method))
        self.env.invalidate_all()
        self.assertEqual(row.state, "queued")


@tagged("post_install", "-at_install", "browser")
class TestStatisticsTour(AccessMixin, HttpCase):
    def test_figures_lead_to_the_mails(self):
        """A billing user, of whose two mails one came back; the other company's mail counts for nothing."""
        self.allow_sending()
        self.env["ir.mail_server"].search([]).active = False
        self.env.company.alias_domain_id = self.env["mail.alias.domain"].create({"name": "odoo.test"})
        type(self).create_two_companies()
        mail = self.mails[self.company_1]
        values = {**mail._evidence_values(), "email": "returned@dest.test", "state": "bounced"}
        self.env["mail.recipient"]._with_evidence_token().create(values)
        groups = f"base.group_user,{BILLING}"
        new_test_user(self.env, "clerk", groups, company_ids=[(6, 0, self.company_1.ids)])
        self.env.flush_all()
        self.start_tour("/odoo/e-mail-statistics", "mail_delivery_status_statistics", login="clerk")
