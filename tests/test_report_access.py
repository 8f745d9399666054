from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RpcMixin
from .report_common import ReportCase, delivery_status, report
from .test_access import BILLING, AccessMixin

USER, MANAGER = "mail_delivery_status.group_user", "mail_delivery_status.group_manager"


@tagged("post_install", "-at_install")
class TestReportAccess(AccessMixin, ReportCase):
    """Who sees what came back: by document, by author, by company."""

    def setUp(self):
        super().setUp()
        self.company_1 = self.env.company
        self.company_2 = self.env["res.company"].create({"name": "Company 2"})
        self.company_2.alias_domain_id = self.env["mail.alias.domain"].create(
            {"name": "two.test", "bounce_alias": "bounce2", "catchall_alias": "catchall2"}
        )
        type(self).customer = self.create_partners("alice@dest.test")
        self.found = {}
        for company in self.company_1 + self.company_2:
            mail = self.send_document(company, self.server)
            mail.filtered(lambda mail: mail.state == "outgoing").send()
            self.env.invalidate_all()
            source = report(
                delivery_status("alice@dest.test"),
                envelope_id=mail.recipient_status_ids.envelope_id,
                own_id=f"{company.id}@x",
            )
            self.found[company] = self.take_in(source)
        self.users = {
            name: new_test_user(self.env, f"report_{name}", f"base.group_user,{groups}", company_id=self.company_1.id)
            for name, groups in (
                ("billing", BILLING),
                ("user", USER),
                ("manager", MANAGER),
                ("admin", "base.group_system"),
            )
        }

    def visible(self, name, model="mail.report", companies=None):
        records = self.env[model].with_user(self.users[name])
        if companies:
            self.users[name].company_ids = companies
            records = records.with_context(allowed_company_ids=companies.ids)
        field = "id" if model == "mail.report" else "report_id"
        both = self.found[self.company_1] + self.found[self.company_2]
        return records.search([(field, "in", both.ids)]).sudo().company_id

    def test_they_belong_to_their_companies(self):
        for company, found in self.found.items():
            self.assertEqual((found.company_id, found.line_ids.company_id), (company, company))
            self.assertEqual(found.state, "matched")

    def test_companies_stay_apart(self):
        for model in ("mail.report", "mail.report.recipient"):
            for name in ("billing", "manager"):
                self.assertEqual(self.visible(name, model), self.company_1, (name, model))
        with self.assertRaises(AccessError):
            self.found[self.company_2].with_user(self.users["billing"]).read(["reason"])
        both = self.company_1 + self.company_2
        self.assertEqual(self.visible("manager", companies=both), both)
        self.assertEqual(self.visible("billing", companies=both), both)

    def test_a_document_out_of_reach(self):
        self.assertFalse(self.visible("user"))
        self.assertFalse(self.visible("user", "mail.report.recipient"))

    def test_the_author_sees_the_own(self):
        found = self.found[self.company_1]
        found._with_evidence_token().author_id = self.users["user"].partner_id
        self.assertEqual(self.visible("user"), self.company_1)

    def test_administrators_see_all(self):
        self.assertEqual(self.visible("admin"), self.company_1 + self.company_2)

    def test_an_employee_sees_nothing(self):
        employee = new_test_user(self.env, "employee", "base.group_user")
        with self.assertRaises(AccessError):
            self.env["mail.report"].with_user(employee).search([])

    def test_the_source_is_for_administrators(self):
        """It holds the token of the envelope, and often the mail itself."""
        found = self.found[self.company_1]
        self.assertIn(b"Reporting-MTA", found.source_id.with_user(self.users["admin"]).raw)
        for role in ("billing", "user", "manager"):
            source = found.source_id.with_user(self.users[role])
            with self.assertRaises(AccessError):
                source.read(["raw"])
            self.assertFalse(source.search([("res_model", "=", "mail.report"), ("res_field", "!=", False)]))
            with self.assertRaises(AccessError):
                found.with_user(self.users[role]).action_download_source()

    def test_unmatched_go_to_the_company_they_came_to(self):
        source = report(delivery_status("who@far.test"), to="bounce2@two.test", envelope_id="f" * 32)
        found = self.take_in(source)
        self.assertEqual(found.company_id, self.company_2)
        self.assertFalse(self.env["mail.report"].with_user(self.users["manager"]).search([("id", "=", found.id)]))
        self.assertFalse(self.env["mail.report"].with_user(self.users["billing"]).search([("id", "=", found.id)]))

    def test_candidates_of_the_other_company_are_not_offered(self):
        found = self.take_in(report(delivery_status("alice@dest.test"), envelope_id="f" * 32))
        found._with_evidence_token().company_id = False
        offered = found.with_user(self.users["manager"]).candidate_ids.sudo().company_id
        self.assertEqual(offered, self.company_1)


@tagged("post_install", "-at_install")
class TestReportForgery(RpcMixin, HttpCase):
    """Nobody makes, changes or removes a report over RPC, whatever their groups."""

    @mute_logger("odoo.http")
    def test_every_door_is_shut(self):
        source = report(delivery_status("a@dest.test"), envelope_id="f" * 32)
        found = self.env["mail.report"]._receive(self.env["mail.report.matcher"]._incoming(source))
        line = found.line_ids
        doors = []
        for model, ids, values in (
            ("mail.report", found.ids, {"state": "matched", "result": "read"}),
            ("mail.report.recipient", line.ids, {"report_id": found.id, "state": "applied", "result": "read"}),
        ):
            doors += [*self.evidence_doors(model, ids, values), (model, "_apply", [ids], {})]
        doors += [
            ("mail.report", "_receive", ["From: x"], {}),
            ("mail.report", "_assign", [found.ids, 1, "failed"], {}),
            ("mail.report", "write", [found.ids, {"line_ids": [[5]]}], self.FORGED),
            ("mail.report.notice", "_tell", [found.ids, line.ids], {}),
            ("fetchmail.server", "_watch_all", [], {}),
        ]
        for number, group in enumerate((BILLING, USER, MANAGER, "base.group_system")):
            user = new_test_user(self.env, f"forger_{number}", f"base.group_user,{group}")
            self.authenticate(user.login, user.login)
            for model, method, args, kwargs in doors:
                with self.subTest(group=group, model=model, method=method):
                    self.assertIn("error", self.call(model, method, *args, **kwargs))
        self.env.invalidate_all()
        self.assertEqual((found.state, found.result, line.state), ("unmatched", "failed", "unmatched"))
