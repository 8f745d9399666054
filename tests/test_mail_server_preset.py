"""The dialog that makes a mail server from an address."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..const.presets import AUTOCONFIG_PROBLEMS, DNS_STATES, PRESET_NEEDS
from ..tools.presets import Answers, Need
from ..tools.presets.autoconfig import MOST_BYTES, Reason
from ..wizards import mail_server_preset_apply as module
from .common import RpcMixin
from .tools.test_presets_autoconfig import config, server

GROUPS = {
    "portal": "base.group_portal",
    "plain": "base.group_user",
    "billing": "base.group_user,account.group_account_invoice",
    "sender": "base.group_user,mail_delivery_status.group_user",
    "manager": "base.group_user,mail_delivery_status.group_manager",
}


@tagged("post_install", "-at_install")
class TestMailServerPreset(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "preset_admin", "base.group_user,base.group_system")
        cls.env = cls.env(user=cls.administrator)
        cls.env["ir.mail_server"].search([]).active = False

    def form(self, address=None, **context):
        form = Form(self.env["mail.server.preset"].with_context(**context))
        if address:
            form.address = address
        return form

    def apply(self, form):
        """Press the button; return the server that is shown then, and what is said."""
        action = form.save().action_apply()
        self.assertEqual(action["tag"], "display_notification")
        shown = action["params"]["next"]
        return self.env[shown["res_model"]].browse(shown["res_id"]), action["params"]["message"]

    def without_oauth(self):
        """As if Odoo's add-ons for OAuth were not installed."""
        field = self.env["ir.mail_server"]._fields["smtp_authentication"]
        return patch.object(field, "selection", [("login", "Username")])

    # === WHAT IS FOUND === #

    def test_a_known_address(self):
        form = self.form("no-office+odoo@OP.pl")
        self.assertEqual((form.provider, form.smtp_host, form.smtp_port), ("onet", "smtp.poczta.onet.pl", 465))
        self.assertEqual((form.smtp_encryption, form.smtp_user), ("ssl_strict", "no-office@op.pl"))
        self.assertEqual(
            (form.from_filter, form.imap_host, form.imap_port), ("no-office+odoo@op.pl", "imap.poczta.onet.pl", 993)
        )
        self.assertIn("known by the domain op.pl", form.found)
        self.assertIn("https://github.com/thunderbird/autoconfig", form.sources)
        self.assertIn("DNS was not asked yet", form.dns_text)
        self.assertFalse(form.problem or form.config_url)

    def test_limits(self):
        form = self.form("not-a-person@icloud.com")
        self.assertEqual((form.limit_minute, form.limit_hour, form.limit_day), (0, 0, 1000))
        self.assertEqual((form.smtp_user, form.imap_user), ("not-a-person@icloud.com", "not-a-person"))

    def test_nothing_is_known(self):
        form = self.form("no-office@firma.example")
        self.assertIn("Nothing is known of firma.example", form.found)
        self.assertEqual(form.config_url, "https://autoconfig.firma.example/mail/config-v1.1.xml")
        self.assertFalse(form.provider or form.smtp_host or form.problem)
        with self.assertRaisesRegex(UserError, "needs a name"):
            form.save().action_apply()

    def test_without_a_source(self):
        for address in ("no-office@home.pl", "no-office@serwer1.nazwa.pl"):
            form = self.form(address)
            self.assertIn("servers of their own", form.found)
            self.assertFalse(form.smtp_host)

    def test_no_address(self):
        for text in (
            "not-a-person",
            "not-a-person@",
            "not-a-person@wp.pl, no-other@wp.pl",
            "<script>@x.pl",
            "not-a-person@127.0.0.1",
        ):
            form = self.form(text)
            self.assertEqual(form.problem, "This is no e-mail address.")
            self.assertFalse(form.smtp_host)

    def test_a_chosen_service(self):
        form = self.form("no-office@Żółw.example")
        form.provider = "ses"
        form.region = "eu-west-1"
        self.assertEqual((form.smtp_host, form.from_filter), ("email-smtp.eu-west-1.amazonaws.com", "żółw.example"))
        self.assertIn("as you have chosen", form.found)
        self.assertIn("DNS records", form.needs)
        form.provider = "mailgun_eu"
        self.assertEqual(form.smtp_user, "postmaster@xn--w-uga1v8h.example")

    def test_another_address_begins_anew(self):
        form = self.form("not-a-person@wp.pl")
        form.smtp_host = "changed.example"
        form.address = "not-a-person@gmx.de"
        self.assertEqual((form.provider, form.smtp_host), ("gmx_net", "mail.gmx.net"))

    # === DNS === #

    def asked(self, address, answers):
        wizard = self.form(address).save()
        with patch.object(module, "ask", lambda domain: answers):
            action = wizard.action_ask_dns()
        self.assertEqual((action["res_model"], action["res_id"], action["target"]), (wizard._name, wizard.id, "new"))
        return wizard

    def test_dns_mx(self):
        wizard = self.asked("no-office@firma.example", Answers("answered", ["firma.mail.protection.outlook.com."]))
        self.assertEqual((wizard.provider, wizard.smtp_host), ("microsoft_365", "smtp.office365.com"))
        self.assertIn("the mails of the domain go to firma.mail.protection.outlook.com", wizard.found)
        self.assertIn("Mail goes to: firma.mail.protection.outlook.com", wizard.dns_text)

    def test_dns_srv(self):
        srv = {"_submissions._tcp": [("poczta.firma.example.", 465)], "_imaps._tcp": [("imap.firma.example.", 993)]}
        wizard = self.asked("no-office@firma.example", Answers("answered", ["mx.firma.example."], srv))
        self.assertEqual((wizard.smtp_host, wizard.imap_host), ("poczta.firma.example", "imap.firma.example"))
        self.assertIn("_submissions._tcp.firma.example", wizard.found)
        wizard.address = "no-office@other.example"  # what one domain says is not true of another
        self.assertFalse(wizard.smtp_host)
        self.assertIn("not asked yet", wizard.dns_text)

    def test_dns_says_nothing(self):
        for state, words in (("no_resolver", "dnspython"), ("no_answer", "no name server answered")):
            wizard = self.asked("no-office@firma.example", Answers(state))
            self.assertIn(words, wizard.dns_text)
            self.assertFalse(wizard.smtp_host)

    def test_forged_answers(self):
        for answers in (
            "x",
            [1],
            {"domain": "firma.example"},
            {"domain": "firma.example", "state": "x", "srv": {"_submissions._tcp": [["../x", 1]]}},
        ):
            wizard = self.env["mail.server.preset"].create({"address": "no-office@firma.example", "answers": answers})
            self.assertFalse(wizard.smtp_host)
            self.assertTrue(wizard.dns_text)

    # === THE FILE === #

    def load(self, form, data):
        form.config_file = base64.b64encode(data)

    def test_a_file(self):
        form = self.form("not-a-person@firma.example")
        self.load(form, config(server("poczta.firma.example"), server("imap.firma.example", "993", kind="imap")))
        self.assertEqual((form.smtp_host, form.imap_host), ("poczta.firma.example", "imap.firma.example"))
        self.assertEqual(form.found, "From the file config-v1.1.xml.")
        made, _said = self.apply(form)
        self.assertEqual((made.smtp_host, made.smtp_user), ("poczta.firma.example", "not-a-person@firma.example"))

    def test_a_file_counts_more_than_the_table(self):
        form = self.form("not-a-person@wp.pl")
        self.load(form, config(server("poczta.firma.example"), domain="wp.pl"))
        self.assertEqual(form.smtp_host, "poczta.firma.example")

    def test_a_file_for_others(self):
        form = self.form("not-a-person@firma.example")
        self.load(form, config(server(), domain="other.example"))
        self.assertRegex(form.needs, r"about other domains.* other\.example$")

    def test_hostile_files(self):
        bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
        for data, words in (
            (config(server(), head=bomb), "declares a document type"),
            (config(server(), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "declares a document type"),
            (config(server())[:-20], "no complete XML file \\(line and column 1:"),
            (b"\0\1", "no complete XML file"),
            (b"<a>" * 1000, "nested too deeply"),
            (b"<html/>", "no autoconfig file"),
            (config(server(), version="3"), "newer version \\(3\\)"),
            (config(server(host="../../etc/passwd")), "no usable outgoing server"),
            (b"x" * (MOST_BYTES + 1), "bigger than 256 kB"),
        ):
            with self.subTest(data[:60]):
                form = self.form("not-a-person@firma.example")
                self.load(form, data)
                self.assertRegex(form.problem, words)
                self.assertFalse(form.smtp_host or form.imap_host or form.found)

    def test_50_megabytes(self):
        form = self.form("not-a-person@firma.example")
        self.load(form, b"x" * 50_000_000)
        self.assertIn("bigger than 256 kB", form.problem)
        with self.assertRaisesRegex(ValidationError, "bigger than 256 kB"):
            form.save()

    def test_every_case_has_words(self):
        self.assertEqual(set(PRESET_NEEDS), {need.value for need in Need})
        self.assertEqual(set(AUTOCONFIG_PROBLEMS), {reason.value for reason in Reason})
        self.assertEqual(set(DNS_STATES), {"", "no_resolver", "no_answer", "answered"})

    # === MAKING A SERVER === #

    def test_make(self):
        form = self.form("not-a-person@wp.pl")
        form.limit_day = 200
        made, said = self.apply(form)
        self.assertEqual((made.smtp_host, made.smtp_port, made.smtp_encryption), ("smtp.wp.pl", 465, "ssl_strict"))
        self.assertEqual((made.smtp_user, made.smtp_pass, made.smtp_authentication), ("not-a-person", False, "login"))
        self.assertEqual(
            (made.from_filter, made.limit_day, made.name), ("not-a-person@wp.pl", 200, "wp.pl (not-a-person@wp.pl)")
        )
        self.assertFalse(made.active, "it has no password yet: nothing may be sent over it")
        self.assertIn("archived", said)
        self.assertFalse(self.env["fetchmail.server"].search([("user", "=", "not-a-person")]))

    def test_buttons_of_the_servers(self):
        """From the form the server is changed; from the list, without one, a new one is made; it is switched on there."""
        made, _said = self.apply(self.form("not-a-person@wp.pl"))
        action = str(self.env.ref("mail_delivery_status.mail_server_preset_action").id)
        for kind in ("form", "list"):
            arch = self.env["ir.mail_server"].get_view(view_type=kind)["arch"]
            self.assertIn(f'name="{action}"', arch)
        self.assertFalse(self.form(active_model="ir.mail_server", active_id=False).server_id)
        made.action_unarchive()
        self.assertTrue(made.active)

    def test_what_was_edited_counts(self):
        form = self.form("not-a-person@wp.pl")
        form.smtp_host, form.smtp_port, form.smtp_encryption = " relay.wp.pl ", 587, "starttls_strict"
        made, _said = self.apply(form)
        self.assertEqual(
            (made.smtp_host, made.smtp_port, made.smtp_encryption), ("relay.wp.pl", 587, "starttls_strict")
        )

    def test_a_second_one_is_pointed_out(self):
        made, _said = self.apply(self.form("not-a-person@wp.pl"))
        form = self.form("not-a-person@wp.pl")
        self.assertEqual(form.same_server, made.name)
        form.server_id = made
        self.assertFalse(form.same_server or form.changes)

    def test_change(self):
        """Nothing is changed that was not shown before; a password does not get to another account."""
        old = self.env["ir.mail_server"].create(
            {
                "name": "Old",
                "smtp_host": "old.example",
                "smtp_user": "not-a-person",
                "smtp_pass": "secret",
                "sequence": 3,
            }
        )
        form = self.form(active_model="ir.mail_server", active_id=old.id)
        self.assertEqual(form.server_id, old)
        form.address = "not-a-person@wp.pl"
        self.assertEqual(
            form.changes.splitlines(),
            [
                "SMTP Server: old.example → smtp.wp.pl",
                "SMTP Port: 25 → 465",
                "Connection Encryption: None → SSL/TLS, encryption and validation",
                "FROM Filtering: – → not-a-person@wp.pl",
                "Password: removed, it was for the account so far",
            ],
        )
        self.assertEqual(old.smtp_host, "old.example")
        shown, said = self.apply(form)
        self.assertEqual((shown, said), (old, "“Old” was changed."))
        self.assertEqual(
            (old.smtp_host, old.smtp_pass, old.name, old.sequence, old.active), ("smtp.wp.pl", False, "Old", 3, True)
        )

    def test_the_same_account_keeps_its_password(self):
        old = self.env["ir.mail_server"].create(
            {
                "name": "Old",
                "smtp_host": "smtp.wp.pl",
                "smtp_user": "not-a-person",
                "smtp_pass": "secret",
                "from_filter": "not-a-person@wp.pl",
            }
        )
        form = self.form(active_model="ir.mail_server", active_id=old.id)
        self.assertEqual(form.address, "not-a-person@wp.pl")
        self.assertNotIn("Password", form.changes)
        self.apply(form)
        self.assertEqual((old.smtp_port, old.smtp_pass), (465, "secret"))

    def test_no_password_in_the_dialog(self):
        self.assertFalse([name for name in self.env["mail.server.preset"]._fields if "pass" in name or "token" in name])

    # === OAUTH === #

    def test_oauth(self):
        if "gmail" not in dict(self.env["ir.mail_server"]._fields["smtp_authentication"].selection):
            self.skipTest("Odoo's add-on google_gmail is not installed")
        form = self.form("not-a-person@gmail.com")
        self.assertEqual((form.login, form.is_oauth_ready), ("oauth", True))
        form.is_watch = True
        made, _said = self.apply(form)
        self.assertEqual((made.smtp_authentication, made.smtp_encryption), ("gmail", "starttls"))
        watch = self.env["fetchmail.server"].search([("user", "=", "not-a-person@gmail.com")])
        self.assertEqual((watch.server_type, watch.is_report_watch, watch.state), ("gmail", True, "draft"))

    def test_an_app_password_instead(self):
        form = self.form("not-a-person@gmail.com")
        form.login = "password"
        made, _said = self.apply(form)
        self.assertEqual((made.smtp_authentication, made.smtp_encryption), ("login", "starttls_strict"))

    def test_the_add_on_is_missing(self):
        with self.without_oauth():
            form = self.form("not-a-person@firma.example")
            form.provider = "microsoft_365"
            self.assertEqual(
                (form.login, form.is_oauth_ready, form.oauth_app), ("password", False, "microsoft_outlook")
            )
            self.assertIn("Microsoft Outlook", form.needs)
            action = form.save().action_open_app()
        self.assertEqual(
            (action["res_model"], action["domain"]), ("ir.module.module", [("name", "=", "microsoft_outlook")])
        )

    # === THE MAILBOX === #

    def test_watch(self):
        form = self.form("not-a-person@wp.pl")
        form.is_watch = True
        _made, said = self.apply(form)
        watch = self.env["fetchmail.server"].search([("is_report_watch", "=", True), ("server", "=", "imap.wp.pl")])
        self.assertEqual((watch.port, watch.is_ssl, watch.user, watch.server_type), (993, True, "not-a-person", "imap"))
        self.assertEqual((watch.state, watch.password), ("draft", False))
        self.assertIn("looks at nothing until", said)
        with patch.object(type(watch), "_watch", side_effect=AssertionError("it was not confirmed")):
            self.env["fetchmail.server"].sudo()._watch_all()

    def test_watched_already(self):
        for time in (1, 2):
            form = self.form("not-a-person@wp.pl")
            form.is_watch = True
            _made, said = self.apply(form)
            self.assertEqual("already" in said, time == 2)
        self.assertEqual(self.env["fetchmail.server"].search_count([("server", "=", "imap.wp.pl")]), 1)

    # === RIGHTS === #

    def test_only_administrators(self):
        for role, groups in GROUPS.items():
            user = new_test_user(self.env(su=True), f"preset_{role}", groups)
            wizards = self.env["mail.server.preset"].with_user(user)
            with self.subTest(role):
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(wizards.has_access(operation))
                with self.assertRaises(AccessError):
                    wizards.create({"address": "not-a-person@wp.pl"})
                of_another = self.form("not-a-person@wp.pl").save().with_user(user)
                for method in ("action_apply", "action_ask_dns"):
                    with self.assertRaises(AccessError):
                        getattr(of_another, method)()
        another = new_test_user(self.env(su=True), "preset_another", "base.group_user,base.group_system")
        with self.assertRaises(AccessError):
            self.form("not-a-person@wp.pl").save().with_user(another).action_apply()
        menu = self.env.ref("mail_delivery_status.menu_mail_server_preset")
        self.assertEqual(menu.group_ids, self.env.ref("base.group_system"))


@tagged("post_install", "-at_install")
class TestMailServerPresetRpc(RpcMixin, HttpCase):
    @mute_logger("odoo.http")
    def test_over_rpc(self):
        counts = [
            self.env[model].with_context(active_test=False).search_count([])
            for model in ("ir.mail_server", "fetchmail.server")
        ]
        wizard = self.env["mail.server.preset"].create({"address": "not-a-person@wp.pl", "is_watch": True})
        for role, groups in GROUPS.items():
            user = new_test_user(self.env, f"preset_rpc_{role}", groups)
            self.authenticate(user.login, user.login)
            for method, args in (
                ("create", [{"address": "not-a-person@wp.pl"}]),
                ("read", [wizard.ids, ["address", "smtp_host"]]),
                ("web_save", [[], {"address": "not-a-person@wp.pl"}, {"smtp_host": {}}]),
                ("action_apply", [wizard.ids]),
                ("action_ask_dns", [wizard.ids]),
                ("action_open_app", [wizard.ids]),
                (
                    "onchange",
                    [
                        [],
                        {"address": "not-a-person@wp.pl", "server_id": 1},
                        ["address"],
                        {"changes": {}, "same_server": {}},
                    ],
                ),
            ):
                with self.subTest(role=role, method=method):
                    answer = self.call("mail.server.preset", method, *args)
                    self.assertIn("error", answer)
        self.assertEqual(
            counts,
            [
                self.env[model].with_context(active_test=False).search_count([])
                for model in ("ir.mail_server", "fetchmail.server")
            ],
        )


@tagged("post_install", "-at_install", "browser")
class TestMailServerPresetTour(HttpCase):
    def test_tour(self):
        new_test_user(self.env, "preset_tour", "base.group_user,base.group_system")
        self.start_tour(
            "/odoo/action-mail_delivery_status.mail_server_preset_action",
            "mail_delivery_status_mail_server_preset",
            login="preset_tour",
        )
        server = (
            self.env["ir.mail_server"].with_context(active_test=False).search([("smtp_user", "=", "no-office@op.pl")])
        )
        self.assertEqual((server.smtp_host, server.active), ("smtp.poczta.onet.pl", False))
        self.assertEqual(self.env["fetchmail.server"].search([("user", "=", "no-office@op.pl")]).state, "draft")
