"""Whatever is deleted, what was recorded of the mails can be looked at: in every place, by everybody who may."""

from lxml import etree

from odoo.fields import Domain
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL

from ..models.mail_evidence import LooseMany2one
from .common import DeliveryCase
from .servers.scripted import ScriptedServer

MODELS = (
    "mail.certificate",
    "mail.decision",
    "mail.recipient",
    "mail.report",
    "mail.report.recipient",
    "mail.sent.copy",
    "mail.transaction",
)
# These only show what a row of evidence says, are a person's own dialog, or nobody reads them.
OTHERS = (
    "mail.certificate.issue",
    "mail.mail.edit",
    "mail.mail.preview",
    "mail.mail.resend",
    "mail.server.doctor",
    "mail.statistics",
    "mail.support.report",
)
MISSING = 2**31 - 1
REQUIRED = {
    "mail.certificate": {"digest": "0" * 64, "facts": "{}"},
    "mail.decision": {"decision": "held"},
    "mail.recipient": {"email": "a@dest.test"},
}


def specification(node, model):
    """What the web client reads for a view, with the views inside it."""
    found = {}
    for field in node.xpath(".//field[not(ancestor::field)]" if node.tag != "list" else "./field"):
        name = field.get("name")
        kind = model._fields[name].type
        if kind == "many2one":
            found[name] = {"fields": {"display_name": {}}}
        elif kind in ("one2many", "many2many"):
            comodel = model.env[model._fields[name].comodel_name]
            lists = field.xpath("./list") or [etree.fromstring(view_of(comodel, "list"))]
            found[name] = {"fields": specification(lists[0], comodel), "limit": 40}
        else:
            found[name] = {}
    return found


def view_of(model, kind):
    return model.get_views([(False, kind)])["views"][kind]["arch"]


def view_specification(model, kind):
    return specification(etree.fromstring(view_of(model, kind)), model)


class GoneCase(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.env["res.partner"].create({"name": "Document"})
        groups = "base.group_user,account.group_account_invoice,base.group_partner_manager,base.group_allow_export"
        cls.env["mail.recipient"]._with_evidence_token().create({"email": "x@dest.test", "model": "res.partner"})
        cls.clerk = new_test_user(cls.env, "gone_clerk", groups, email="clerk@odoo.test")

    def missing_id(self, model):
        """An id that no record of the model has any more."""
        sequence = f"{self.env[model]._table}_id_seq"
        return self.env.execute_query(SQL("SELECT nextval(%s)", sequence))[0][0]

    def create_evidence(self, model, count=1, **values):
        values = {"model": "res.partner", "res_id": self.document.id, **REQUIRED.get(model, {}), **values}
        if model == "mail.certificate":
            values["token"] = str(self.missing_id(model))
        if model == "mail.report.recipient":
            reports = self.env["mail.report"]._with_evidence_token()
            report = reports.create({name: value for name, value in values.items() if name in ("model", "res_id")})
            values["report_id"] = report.id
        rows = [{**values, **({"email": f"a{place}@dest.test"} if count > 1 else {})} for place in range(count)]
        return self.env[model]._with_evidence_token().create(rows)

    def lose(self, rows, name):
        """Have a loose field of these rows name a record that is gone."""
        field = rows._fields[name]
        missing = self.missing_id(field.comodel_name)
        self.env.flush_all()
        column, table = SQL.identifier(name), SQL.identifier(rows._table)
        self.env.cr.execute(SQL("UPDATE %s SET %s = %s WHERE id = ANY(%s)", table, column, missing, rows.ids))
        self.env.invalidate_all()
        return missing


@tagged("post_install", "-at_install")
class TestGoneEverywhere(GoneCase):
    def loose_fields(self):
        for model in self.env.registry.models.values():
            if not model._abstract:
                for name, field in model._fields.items():
                    if isinstance(field, LooseMany2one):
                        yield model._name, name

    def test_statistics(self):
        row = self.create_evidence("mail.recipient")
        for name in ("author_id", "company_id"):
            self.lose(row, name)
        for user in (self.env.user, self.clerk):
            counted = self.env["mail.statistics"].with_user(user)
            domain = [("id", "in", row.ids)]
            found = counted.web_search_read(domain, view_specification(counted, "list"))
            self.assertEqual(len(found["records"]), row.with_user(user).search_count(domain))
            for name in ("author_id", "company_id"):
                groups = counted.formatted_read_group(domain, [name], ["__count"])
                self.assertEqual([group[name] for group in groups], [False] * len(found["records"]))

    def test_the_models_are_known(self):
        fields = list(self.loose_fields())
        self.assertEqual({model for model, _name in fields}, {*MODELS, *OTHERS})
        self.assertGreaterEqual(len(fields), 25)

    def test_every_loose_field_in_every_place(self):
        for model, name in self.loose_fields():
            if model in OTHERS:
                continue
            rows = self.create_evidence(model, 2 if model == "mail.recipient" else 1)
            missing = self.lose(rows, name)
            for user in (self.env.user, self.clerk):
                with self.subTest(model=model, field=name, user=user.login):
                    self.env.invalidate_all()
                    self.look(rows.with_user(user), name)
            with self.subTest(model=model, field=name):
                self.assertEqual(rows.search([(name, "=", missing)]), rows, "the id is still there, and is found")
                self.assertEqual(set(rows._stored_ids(name).values()), {missing})

    def look(self, rows, name):
        model, ids = rows.browse(), Domain("id", "in", rows.ids)
        found = model.web_search_read(
            ids, {**view_specification(model, "list"), name: {"fields": {"display_name": {}}}}
        )
        if not found["records"]:
            self.assertEqual((name, rows.env.user), ("company_id", self.clerk))  # of no company: for administrators
            return
        self.assertEqual([record[name] for record in found["records"]], [False] * len(rows))
        for record in rows.web_read({**view_specification(model, "form"), name: {"fields": {"display_name": {}}}}):
            self.assertFalse(record[name])
        self.assertEqual([values[name] for values in rows.read([name])], [False] * len(rows))
        self.look_at_groups(model, ids, name, len(rows))
        paths = [name, f"{name}/id", f"{name}/.id", f"{name}/display_name"]
        for exported in rows.export_data(paths)["datas"]:
            self.assertFalse(any(exported), exported)
        self.assertTrue(all(rows.mapped("id")) and rows.mapped("display_name") is not None)
        model.name_search("a", list(ids))
        self.assertFalse(rows[name])
        self.assertFalse(rows.mapped(f"{name}.display_name"))
        self.look_at_filters(rows, ids, name)

    def look_at_groups(self, model, ids, name, count):
        groups = model.formatted_read_group(ids, [name], ["__count"])
        self.assertEqual([(group[name], group["__count"]) for group in groups], [(False, count)])
        opened = model.search(ids & Domain(groups[0]["__extra_domain"]))
        self.assertEqual(len(opened), count, "the group opens")
        page = model.web_read_group(
            ids, [name], ["__count"], auto_unfold=True, unfold_read_specification=view_specification(model, "list")
        )
        self.assertEqual(len(page["groups"]), 1)
        two = model.formatted_read_group(ids, [name, "create_date:day"], ["__count"], order=f"{name} desc")
        self.assertEqual(sum(group["__count"] for group in two), count)
        panel = model.search_panel_select_range(name, search_domain=list(ids), enable_counters=True, expand=False)
        self.assertFalse(panel.get("error_msg"))

    def look_at_filters(self, rows, ids, name):
        """A filter finds the same in the database as in memory: a gone record is none."""
        paths = [[(name, "ilike", "a")], [(f"{name}.create_uid", "=", 1)], [(f"{name}.id", "!=", 1)]]
        if not rows[name].has_access("read"):
            paths = []
        for domain in (
            *paths,
            [(name, "=", False)],
            [(name, "!=", False)],
            [(name, "not in", [MISSING])],
            [(name, "in", [MISSING, False])],
            [(name, "not in", [MISSING, False])],
        ):
            searched = rows.search(ids & Domain(domain), order=f"{name}, id desc")
            self.assertEqual(set(searched.ids), set(rows.filtered_domain(domain).ids), domain)
        self.assertEqual(len(rows.search(ids, order=f"{name}.id desc")), len(rows))

    def test_assigning_when_the_likely_mail_is_gone(self):
        rows = self.create_evidence("mail.recipient", message_id="<gone@odoo.test>")
        report = (
            self.env["mail.report"]
            ._with_evidence_token()
            .create({"message_id": "<gone@odoo.test>", "state": "unmatched"})
        )
        self.lose(rows, "mail_mail_id")
        self.lose(report, "watch_id")
        wizard = self.env["mail.report.assign"].create(
            {"report_id": report.id, "recipient_id": rows.id, "result": "failed"}
        )
        self.assertEqual(wizard.candidate_ids, rows)
        wizard.web_read(view_specification(wizard, "form"))
        self.lose(rows, "transaction_id")
        wizard.web_read(view_specification(wizard, "form"))

    def test_what_exists_and_may_not_be_read_shows_its_name(self):
        server = self.env["ir.mail_server"].create({"name": "Secret server", "smtp_host": "127.0.0.1"})
        row = self.create_evidence("mail.transaction", mail_server_id=server.id)
        self.assertFalse(server.with_user(self.clerk).has_access("read"))
        [values] = row.with_user(self.clerk).web_read({"mail_server_id": {"fields": {"display_name": {}}}})
        self.assertEqual(values["mail_server_id"]["display_name"], "Secret server")
        [group] = row.with_user(self.clerk).formatted_read_group([("id", "=", row.id)], ["mail_server_id"], ["__count"])
        self.assertEqual(group["mail_server_id"], (server.id, "Secret server"))


@tagged("post_install", "-at_install")
class TestGoneMany(GoneCase):
    def fill(self, count):
        """So many recipients, each with a contact and a mail of its own, of which every second is gone."""
        self.env.cr.execute(
            """
            WITH partner AS (INSERT INTO res_partner (name, complete_name, active, type, autopost_bills)
                             SELECT 'Contact ' || i, 'Contact ' || i, TRUE, 'contact', 'ask'
                               FROM generate_series(1, %(count)s) i RETURNING id)
            INSERT INTO mail_recipient (email, state, kind, model, res_id, partner_id, mail_mail_id, transaction_id,
                                        mail_message_id, author_id, company_id)
            SELECT 'a' || id || '@dest.test', 'accepted', 'to', 'res.partner', %(document)s, id, 900000000 + id,
                   900000000 + id, 900000000 + id, id, %(company)s
              FROM partner
            """,
            {"count": count, "document": self.document.id, "company": self.env.company.id},
        )
        self.env.cr.execute(
            "DELETE FROM res_partner WHERE id IN (SELECT partner_id FROM mail_recipient WHERE partner_id % 2 = 0"
            " AND mail_mail_id > 900000000)"
        )
        self.env.invalidate_all()

    def queries(self, user, limit):
        rows = self.env["mail.recipient"].with_user(user)
        wanted = {**view_specification(rows, "list"), "author_id": {"fields": {"display_name": {}}}}
        rows.web_search_read([("res_id", "=", self.document.id)], wanted, limit=limit)  # what is cached for good
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        page = rows.web_search_read([("res_id", "=", self.document.id)], wanted, limit=limit)["records"]
        self.assertEqual(len(page), limit)
        names = [record["partner_id"] for record in page]
        self.assertTrue(any(names) and not all(names))
        return self.env.cr.sql_log_count - before

    def test_a_page_takes_as_many_queries_whatever_is_gone(self):
        self.fill(5000)
        for user in (self.env.user, self.clerk):
            with self.subTest(user=user.login):
                few, page = self.queries(user, 8), self.queries(user, 80)
                self.assertEqual(few, page)
                self.assertLess(page, 15)

    def test_the_index_gives_the_order_of_the_list(self):
        self.fill(5000)
        self.env.cr.execute("ANALYZE mail_recipient")
        query = self.env["mail.recipient"]._search([("mail_mail_id", "in", [900000001])], limit=80).select()
        self.env.cr.execute(SQL("EXPLAIN %s", query))
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("mail_recipient_one_per_address", plan)
        query = self.env["mail.recipient"]._search([], limit=80).select()
        self.env.cr.execute(SQL("EXPLAIN %s", query))
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertNotIn("SubPlan", plan)


@tagged("post_install", "-at_install")
class TestGoneReally(GoneCase):
    """Sent for real, then deleted as people do it."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()  # or the attempts, committed apart, would not be seen here
        self.smtp = self.enterContext(ScriptedServer())
        self.server = self.create_mail_server(self.smtp.port)

    def send_to(self, partner, document):
        message = document.message_post(
            body="Hello", partner_ids=partner.ids, message_type="comment", mail_server_id=self.server.id
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()
        self.assertEqual(mail.recipient_status_ids.mapped("state"), ["accepted"])
        return mail

    def assert_opens(self, user, rows, transactions):
        for records in (rows, transactions):
            records = records.with_user(user)
            for kind in ("list", "form"):
                self.env.invalidate_all()
                self.assertEqual(len(records.web_read(view_specification(records, kind))), len(records))

    def test_deleted_one_after_the_other(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@dest.test"})
        document = self.env["res.partner"].create({"name": "Document"})
        mail = self.send_to(partner, document)
        rows, transactions = mail.recipient_status_ids, mail.transaction_ids
        self.assertTrue(rows.partner_id and rows.mail_mail_id and rows.transaction_id and transactions.mail_server_id)
        deletions = {
            "partner_id": partner.unlink,
            "mail_server_id": self.server.unlink,
            "mail_message_id": document.unlink,  # takes its messages along; what became of their mails stays
            "mail_mail_id": mail.unlink,
        }
        for name, delete in deletions.items():
            delete()
            self.env.invalidate_all()
            with self.subTest(name=name):
                self.assert_opens(self.env.user, rows, transactions)
                self.assertFalse((transactions if name == "mail_server_id" else rows)[name])
        self.assertFalse(rows.mail_message_id)
        self.assertEqual((rows.email, rows.state, rows.smtp_code), ("ada@dest.test", "accepted", 250))

    def test_the_form_of_a_mail_whose_contact_is_gone(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@dest.test"})
        mail = self.send_to(partner, self.document)
        partner.unlink()
        self.env.invalidate_all()
        [values] = mail.web_read(view_specification(mail, "form"))
        self.assertEqual([row["email"] for row in values["recipient_status_ids"]], ["ada@dest.test"])

    def test_a_message_deleted_in_the_chatter_leaves_its_evidence_readable(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@dest.test"})
        mail = self.send_to(partner, self.document)
        rows, transactions = mail.recipient_status_ids, mail.transaction_ids
        mail.mail_message_id.unlink()
        self.env.invalidate_all()
        self.assertTrue(mail.exists(), "what became of it stays in the lists")
        mine = self.env["mail.recipient"].with_user(self.clerk)
        self.assertEqual(mine.search([("email", "=", "ada@dest.test"), ("res_id", "=", self.document.id)]), rows)
        self.assert_opens(self.clerk, rows, transactions)


@tagged("post_install", "-at_install", "browser")
class TestGoneTour(HttpCase, GoneCase):
    """In a browser, as a clerk: each list and a form of it open when all that they name is gone."""

    def test_lists_and_forms_open(self):
        rows = self.create_evidence("mail.recipient", state="refused")
        transaction = self.create_evidence("mail.transaction", recipients="a@dest.test")
        line = self.create_evidence("mail.report.recipient", original_email="a@dest.test", email="a@dest.test")
        report = line.report_id
        for records in (rows, transaction, line, report):
            for name, field in records._fields.items():
                if isinstance(field, LooseMany2one) and name not in ("company_id", "author_id"):
                    self.lose(records, name)
        for name in ("mail_recipient_action", "mail_transaction_action", "mail_report_action"):
            with self.subTest(action=name):
                url = f"/odoo/action-mail_delivery_status.{name}"
                self.start_tour(url, "mail_delivery_status_gone", login="gone_clerk")

    def test_the_mail_of_a_deleted_contact(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@dest.test"})
        values = {
            "model": "res.partner",
            "res_id": self.document.id,
            "state": "sent",
            "recipient_ids": [(4, partner.id)],
        }
        mail = self.create_mail(**values)
        row = self.create_evidence("mail.recipient", mail_mail_id=mail.id, partner_id=partner.id, state="accepted")
        self.lose(row, "transaction_id")
        partner.unlink()
        self.start_tour(
            "/odoo/action-mail_delivery_status.mail_mail_action_all", "mail_delivery_status_gone", login="gone_clerk"
        )
