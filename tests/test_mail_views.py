from lxml import etree

from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .test_mail_words import WordsCase

MOST = 40  # queries of one look at a form or a page


@tagged("post_install", "-at_install")
class TestMailViews(WordsCase):
    """Which view people get, and what it costs."""

    def views(self, user, action):
        action = self.env["ir.actions.act_window"].with_user(user)._for_xml_id(action)
        options = {"action_id": action["id"]}
        views = self.env["mail.mail"].with_user(user).get_views(action["views"], options)["views"]
        return {view_type: (view["id"], etree.fromstring(view["arch"])) for view_type, view in views.items()}

    def test_everybody_gets_our_form(self):
        own = self.env.ref("mail_delivery_status.mail_mail_view_form")
        core = self.env.ref("mail.view_mail_form")
        self.assertFalse(own.inherit_id)
        for groups in ("mail_delivery_status.group_user", "mail_delivery_status.group_manager", "base.group_system"):
            user = new_test_user(self.env, groups.replace(".", "_"), f"base.group_user,{groups}")
            mails = self.env["mail.mail"].with_user(user)
            # A link to a mail names no view.
            self.assertEqual(mails.get_views([(False, "form")])["views"]["form"]["id"], own.id)
            self.assertEqual(self.views(user, "mail_delivery_status.mail_mail_action_all")["form"][0], own.id)
        developers = self.views(user, "mail.action_view_mail_mail")
        self.assertEqual(developers["form"][0], core.id)
        self.assertEqual(developers["list"][0], self.env.ref("mail.view_mail_tree").id)

    def test_nothing_can_be_edited(self):
        user = new_test_user(self.env, "view_admin", "base.group_user,base.group_system")
        for view_type, (_id, arch) in self.views(user, "mail_delivery_status.mail_mail_action_all").items():
            if view_type != "search":
                for right in ("create", "edit", "delete"):
                    self.assertEqual(arch.get(right), "0" if arch.get(right) == "0" else "False", view_type)

    def test_tabs(self):
        arch = self.env["mail.mail"].get_view(self.env.ref("mail_delivery_status.mail_mail_view_form").id)["arch"]
        pages = etree.fromstring(arch).xpath("//notebook/page/@name")
        self.assertEqual(pages, ["message", "sent", "returned", "attempts", "log"])

    def test_menus(self):
        """A clerk's words; an administrator's stand below Configuration."""
        clerk = new_test_user(self.env, "menu_clerk", "base.group_user,mail_delivery_status.group_user")
        manager = new_test_user(self.env, "menu_manager", "base.group_user,mail_delivery_status.group_manager")
        root = self.env.ref("mail_delivery_status.menu_root")

        def names(user):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            return [menu.name for menu in root.child_id.sorted("sequence") if menu.id in visible]

        own = ["To send", "Sent", "Problems", "Returns", "All", "Find"]
        self.assertEqual([name for name in names(clerk) if name != "Statistics"], own)
        self.assertEqual([name for name in names(manager) if name != "Statistics"], [*own, "Configuration"])

    def test_actions(self):
        """Each says what to expect when it is empty, has an address of its own, a search and a view for phones."""
        search = self.env.ref("mail_delivery_status.mail_mail_view_search")
        paths = set()
        for name in ("queued", "sent", "problem", "returned", "all"):
            action = self.env.ref(f"mail_delivery_status.mail_mail_action_{name}")
            self.assertEqual((action.search_view_id, action.view_mode), (search, "list,kanban,form"))
            self.assertIn("o_view_nocontent_smiling_face", action.help)
            # What was sent again is settled: who looks for what is left to do need not see it. Of thousands of mails
            # of an old program that were imported today none is what was sent last.
            todo = {"search_default_not_sent_again": 1} if name in ("problem", "returned") else {}
            own = {"search_default_not_imported": 1} if name == "sent" else {}
            self.assertEqual(safe_eval(action.context), {"create": False, **todo, **own})
            paths.add(action.path)
        self.assertEqual(len(paths - {False}), 5)

    # === WHAT A LOOK COSTS === #

    def fill(self, count):
        """Mails of all sorts, each with several recipients, contacts, an attempt and a report."""
        mails = self.env["mail.mail"]
        for number in range(count):
            partner = self.env["res.partner"].create({"name": f"P{number}", "email": f"p{number}@dest.test"})
            document = self.env["res.partner"].create({"name": f"D{number}"})
            values = {"model": "res.partner", "res_id": document.id, "recipient_ids": [(4, partner.id)]}
            mail = self.create_mail(f"a{number}@dest.test", author_id=self.clerk.partner_id.id, **values)
            if number % 3 == 1:
                mail._update_summary(waits_for_server_id=self.server.id, retry_date="2026-11-28 11:00:00")
            if number % 3 == 2:
                reply = {"smtp_code": 550, "smtp_reply": "5.1.1 User unknown", "phase": "rcpt"}
                transaction = (
                    self.env["mail.transaction"]
                    ._with_evidence_token()
                    .create({**mail._evidence_values(), "outcome": "partial", "envelope_key": "x", "worker": 1})
                )
                common = {"transaction_id": transaction.id, "partner_id": partner.id}
                self.add_row(mail, f"a{number}@dest.test", "refused", **reply, **common)
                self.add_row(mail, f"b{number}@dest.test", "accepted", smtp_receipt=f"R{number}", **common)
                returned = {**mail._evidence_values(), "kind": "dsn", "result": "failed"}
                report = self.env["mail.report"]._with_evidence_token().create(returned)
                line = {**mail._evidence_values(), "report_id": report.id, "email": f"b{number}@dest.test"}
                self.env["mail.report.recipient"]._with_evidence_token().create(line)
            mails += mail
        self.env.flush_all()
        return mails

    def specification(self, user, action, view_type):
        """What the web client asks for: the fields of a view, with those of the lists in it."""
        arch = self.views(user, action)[view_type][1]
        mails = self.env["mail.mail"].with_user(user)
        names = {node.get("name") for node in arch.iter("field") if not node.xpath("ancestor::field")}
        asked = {}
        for name in names & mails._fields.keys():
            field = mails._fields[name]
            asked[name] = {}
            if field.type == "many2one":
                asked[name] = {"fields": {"display_name": {}}}
            elif field.type in ("one2many", "many2many"):
                inner = arch.xpath(f"//field[@name='{name}']//field/@name")
                comodel = self.env[field.comodel_name].with_user(user)
                view = "kanban" if name == "recipient_status_ids" else "list"
                if not inner and field.comodel_name.startswith("mail."):
                    inner = etree.fromstring(comodel.get_view(view_type=view)["arch"]).xpath("//field/@name")
                asked[name] = {"fields": {one: {} for one in inner if one in comodel._fields}, "limit": 40}
        return asked

    def queries(self, mails, look):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertTrue(look(mails))
        return self.env.cr.sql_log_count - before

    def test_queries(self):
        self.clerk = new_test_user(self.env, "query_clerk", "base.group_user,mail_delivery_status.group_user")
        administrator = new_test_user(self.env, "query_admin", "base.group_user,base.group_system")
        few, many = self.fill(6), self.fill(24)
        for user in (self.clerk, administrator):
            for name in ("queued", "sent", "problem", "returned", "all"):
                action = f"mail_delivery_status.mail_mail_action_{name}"
                for view_type in ("list", "kanban"):
                    asked = self.specification(user, action, view_type)

                    def page(mails, asked=asked, user=user):
                        found = (
                            self.env["mail.mail"]
                            .with_user(user)
                            .web_search_read([("id", "in", mails.ids)], asked, limit=80)
                        )
                        return len(found["records"]) == len(mails)

                    self.queries(few, page)  # what is cached for all
                    counts = [self.queries(mails, page) for mails in (few, many)]
                    with self.subTest(user=user.login, action=name, view=view_type):
                        self.assertLessEqual(max(counts), MOST)
                        self.assertEqual(*counts, "whatever the number of mails")
            asked = self.specification(user, action, "form")

            def form(mail, asked=asked, user=user):
                return mail.with_user(user).web_read(asked)[0]["display_name"]

            self.queries(few[2], form)  # the rules of all models in it
            counts = [self.queries(mail, form) for mail in few]
            with self.subTest(user=user.login, view="form"):
                self.assertLessEqual(max(counts), MOST, counts)

    def test_queries_of_evidence(self):
        self.clerk = new_test_user(self.env, "query_clerk", "base.group_user,mail_delivery_status.group_user")
        few, many = self.fill(6), self.fill(24)
        for model in ("mail.recipient", "mail.transaction", "mail.report", "mail.report.recipient"):
            records = self.env[model].with_user(self.clerk)
            for view_type, limit in (("list", 80), ("form", 1)):
                arch = etree.fromstring(records.get_view(view_type=view_type)["arch"])
                names = {node.get("name") for node in arch.iter("field") if not node.xpath("ancestor::field")}
                asked = {name: {} for name in names if not records._fields[name].relational}
                asked |= {name: {"fields": {"display_name": {}}} for name in names - asked.keys()}

                def look(mails, records=records, asked=asked, limit=limit):
                    return records.web_search_read([("mail_mail_id", "in", mails.ids)], asked, limit=limit)["records"]

                self.queries(few, look)
                counts = [self.queries(mails, look) for mails in (few, many)]
                with self.subTest(model=model, view=view_type):
                    self.assertLessEqual(max(counts), MOST)
                    self.assertEqual(*counts, "whatever the number of mails")
