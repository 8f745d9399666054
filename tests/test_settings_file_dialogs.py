"""Moving mail servers and settings: the dialogs that write and read the file."""

import base64
import json
import logging
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..const.moving import ACTIONS, MISFITS, SECRET_CHANGES, SETTINGS_FILE_PROBLEMS
from ..tools.settings_file import Action, Misfit, Reason, SecretChange
from ..wizards.settings_records import MODELS, own_values
from .common import RpcMixin
from .test_mail_server_preset import GROUPS
from .tools.test_presets_autoconfig import config, server
from .tools.test_settings_file_thunderbird import PREFS

PASSPHRASE = "four words in a row"
CERTIFICATE = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()
KEY = base64.b64encode(b"a key, unsaid").decode()
SECRETS = ("smtp-pa:ss", "imap-pa:ss", "unsaid", KEY, PASSPHRASE)


class SettingsFileCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, "moving_admin", "base.group_user,base.group_system", email="a@odoo.test"
        )
        cls.env = cls.env(user=cls.administrator)
        cls.env["ir.mail_server"].with_context(active_test=False).search([]).unlink()
        cls.env["fetchmail.server"].with_context(active_test=False).search([]).unlink()
        cls.office = cls.env["ir.mail_server"].create(
            {
                "name": "Office",
                "smtp_host": "mail.example.com",
                "smtp_port": 465,
                "smtp_encryption": "ssl_strict",
                "smtp_user": "office@example.com",
                "smtp_pass": "smtp-pa:ss",
                "from_filter": "example.com",
                "limit_day": 500,
                "sequence": 3,
                "is_dsn_delay": True,
            }
        )
        cls.partner = cls.env["ir.mail_server"].create(
            {
                "name": "Partner",
                "smtp_host": "relay.example.com",
                "smtp_port": 587,
                "smtp_encryption": "starttls_strict",
                "smtp_authentication": "certificate",
                "smtp_ssl_certificate": CERTIFICATE,
                "smtp_ssl_private_key": KEY,
                "active": False,
                "owner_user_id": cls.administrator.id,
            }
        )
        cls.mailbox = cls.env["fetchmail.server"].create(
            {
                "name": "Mailbox",
                "server_type": "imap",
                "server": "imap.example.com",
                "port": 993,
                "is_ssl": True,
                "user": "office@example.com",
                "password": "imap-pa:ss",
                "is_report_watch": True,
                "report_since": "2026-11-01",
                "object_id": cls.env.ref("base.model_res_partner").id,
                "state": "done",
            }
        )
        cls.office.write({"is_sent_copy": True, "sent_copy_mailbox_id": cls.mailbox.id})

    def export(self, passphrase="", **values):
        wizard = self.env["mail.server.export"].browse(self.env["mail.server.export"].action_open()["res_id"])
        wizard.write({"is_with_secrets": bool(passphrase), "passphrase": passphrase, **values})
        action = wizard.with_context(password=passphrase).action_export()
        self.assertIn(f"/mail.server.export/{wizard.id}/content/", action["url"])
        return base64.b64decode(wizard.content)

    def form(self, data, passphrase="", address=""):
        """The dialog as it is after the file was loaded."""
        wizard = self.env["mail.server.import"].browse(self.env["mail.server.import"].action_open()["res_id"])
        form = Form(wizard)
        form.file = base64.b64encode(data)
        if address:
            form.address = address
        if passphrase:
            form.passphrase = passphrase
        return form

    def do_import(self, data, passphrase="", address=""):
        form = self.form(data, passphrase, address)
        self.assertFalse(form.problem)
        return form.save().with_context(password=passphrase).action_import()["params"]

    def changed(self, data, kind="outgoing", number=0, **values):
        content = json.loads(data)
        content[kind][number].update(values)
        return json.dumps(content).encode()

    def rows(self):
        """All that an import can change, as the database has it."""
        self.env.flush_all()
        tables = ("ir_mail_server", "fetchmail_server", "ir_config_parameter", "ir_cron")
        return [
            self.env.execute_query(SQL("SELECT row_to_json(t)::text FROM %s t ORDER BY id", SQL.identifier(table)))
            for table in tables
        ]

    def remove_all(self):
        (self.office | self.partner).unlink()
        self.mailbox.unlink()

    def servers(self, kind="outgoing"):
        return self.env[MODELS[kind]].with_context(active_test=False).search([], order="name")


@tagged("post_install", "-at_install")
class TestSettingsExport(SettingsFileCase):
    def test_without_secrets(self):
        data = self.export()
        for secret in SECRETS:
            self.assertNotIn(secret, data.decode())
        content = json.loads(data)
        self.assertEqual(list(content), ["format", "version", "outgoing", "incoming", "settings"])
        office, partner = content["outgoing"]
        self.assertEqual((office["name"], office["smtp_port"], office["limit_day"]), ("Office", 465, 500))
        self.assertEqual((office["owner_user_id"], partner["owner_user_id"]), (None, "moving_admin"))
        self.assertEqual(partner["smtp_ssl_certificate"], CERTIFICATE)
        [mailbox] = content["incoming"]
        self.assertEqual(
            (mailbox["object_id"], mailbox["report_since"], mailbox["is_report_watch"]),
            ("res.partner", "2026-11-01", True),
        )
        self.assertEqual(content["settings"], own_values(self.env))
        self.assertEqual(content["settings"]["mail_sending_mode"], "now")

    def test_states_stay(self):
        """What a server is doing, and what it has met with, is not moved."""
        content = json.loads(self.export())
        self.assertFalse(
            {
                "id",
                "active",
                "is_paused",
                "suspended_until",
                "suspension_count",
                "limited_until",
                "owner_limit_count",
                "owner_limit_time",
                "create_date",
            }
            & set(content["outgoing"][0])
        )
        self.assertFalse(
            {"state", "date", "error_message", "report_position", "message_ids"} & set(content["incoming"][0])
        )

    def test_every_setting_is_there(self):
        """What this module and core let people choose on the form of a server: nothing is forgotten."""
        content = json.loads(self.export())
        for kind, known in (
            ("outgoing", {"smtp_pass", "smtp_ssl_private_key", "is_paused", "active"}),
            ("incoming", {"password"}),
        ):
            model = self.env[MODELS[kind]]
            chosen = {
                name
                for name, field in model._fields.items()
                if field.store
                and not field.readonly
                and field.type not in ("one2many", "many2many")
                and field._modules
                and set(field._modules) <= {"base", "mail", "mail_delivery_status"}
                and name not in ("owner_limit_time", "owner_limit_count", "active", "is_paused")
            }
            self.assertEqual(chosen - set(content[kind][0]) - known, set(), kind)

    def test_stable(self):
        self.assertEqual(self.export(), self.export())

    def test_with_secrets(self):
        data = self.export(PASSPHRASE).decode()
        for secret in SECRETS:
            self.assertNotIn(secret, data)
        self.assertEqual(json.loads(data)["secrets"]["kdf"], "scrypt")

    def test_the_passphrase_is_kept_nowhere(self):
        with self.assertLogs("odoo", "DEBUG") as logs:
            data = self.export(PASSPHRASE)
            form = self.form(data, PASSPHRASE)
            form.save()
        self.env.flush_all()
        for model in ("mail.server.export", "mail.server.import"):
            table = self.env[model]._table
            rows = str(self.env.execute_query(SQL("SELECT row_to_json(t)::text FROM %s t", SQL.identifier(table))))
            content = [base64.b64encode(secret.encode()).decode() for secret in SECRETS]
            for secret in (*SECRETS, *content):
                self.assertNotIn(secret, rows)
            columns = self.env.execute_query(
                SQL("SELECT column_name FROM information_schema.columns WHERE table_name = %s", table)
            )
            self.assertFalse([name for (name,) in columns if "pass" in name or "word" in name])
        self.remove_all()
        with self.assertLogs("odoo", logging.INFO) as import_logs:
            self.do_import(data, PASSPHRASE)
        said = "\n".join([*logs.output, *import_logs.output])
        for secret in SECRETS:
            self.assertNotIn(secret, said)
        self.assertIn("with passwords", said)
        self.assertIn("imported by moving_admin: 3 servers new", said)

    def test_weak_passphrases(self):
        for passphrase, words in (("short", "at least 12"), ("aaaaaaaaaaaaaa", "too few characters")):
            with self.assertRaisesRegex(UserError, words):
                self.export(passphrase)
        with self.assertRaisesRegex(UserError, "Type a passphrase"):
            self.export("", is_with_secrets=True)
        with self.assertRaisesRegex(UserError, "Type a passphrase"):
            self.env["mail.server.export"].create({"is_with_secrets": True}).with_context(
                password={"a": 1}
            ).action_export()

    def test_typed_twice(self):
        form = Form(self.env["mail.server.export"].create({}))
        form.is_with_secrets = True
        form.passphrase = PASSPHRASE
        self.assertFalse(form.passphrase_fault)
        form.passphrase_again = "another one"
        self.assertEqual(form.passphrase_fault, "The two passphrases differ.")
        form.passphrase_again = PASSPHRASE
        self.assertFalse(form.passphrase_fault)

    def test_what_is_chosen(self):
        """From the list: the servers that were marked, alone."""
        chosen = self.env["mail.server.export"].with_context(active_model="ir.mail_server", active_ids=self.office.ids)
        wizard = self.env["mail.server.export"].browse(chosen.action_open()["res_id"])
        self.assertEqual(wizard.mail_server_ids, self.office)
        self.assertFalse(wizard.fetchmail_server_ids or wizard.is_with_settings)
        wizard.action_export()
        content = json.loads(base64.b64decode(wizard.content))
        self.assertEqual((len(content["outgoing"]), content["incoming"], content["settings"]), (1, [], {}))


@tagged("post_install", "-at_install")
class TestSettingsImport(SettingsFileCase):
    def test_every_case_has_words(self):
        for words, enum in (
            (SETTINGS_FILE_PROBLEMS, Reason),
            (MISFITS, Misfit),
            (SECRET_CHANGES, SecretChange),
            (ACTIONS, Action),
        ):
            self.assertEqual(set(words), {one.value for one in enum})

    # === THERE AND BACK === #

    def test_nothing_to_do(self):
        for passphrase in ("", PASSPHRASE):
            form = self.form(self.export(passphrase), passphrase)
            self.assertFalse(form.has_changes or form.problem)
            self.assertIn("Stays as it is", form.preview)
            with self.assertRaisesRegex(UserError, "nothing to change"):
                form.save().with_context(password=passphrase).action_import()

    def test_into_an_empty_database(self):
        before = json.loads(self.export())
        data = self.export(PASSPHRASE)
        self.remove_all()
        form = self.form(data, PASSPHRASE)
        self.assertEqual((form.is_sealed, form.has_changes), (True, True))
        for words in ("Office", "mail.example.com", "SSL/TLS, encryption and validation", "is set", "moving_admin"):
            self.assertIn(words, form.preview)
        for secret in SECRETS:
            self.assertNotIn(secret, form.preview)
        said = self.do_import(data, PASSPHRASE)
        self.assertIn("New servers: 3, changed servers: 0.", said["message"])
        office, partner = self.servers()
        self.assertEqual((office.smtp_pass, office.limit_day, office.sequence), ("smtp-pa:ss", 500, 3))
        self.assertFalse(office.active, "nothing is sent over it until somebody has looked at it")
        self.assertEqual((partner.smtp_ssl_private_key.decode(), partner.owner_user_id), (KEY, self.administrator))
        mailbox = self.servers("incoming")
        self.assertEqual(
            (mailbox.password, mailbox.state, mailbox.object_id.model), ("imap-pa:ss", "draft", "res.partner")
        )
        self.assertEqual((office.is_sent_copy, office.sent_copy_mailbox_id), (True, mailbox))
        self.assertEqual(json.loads(self.export()), before)

    def test_copies_into_a_mailbox_that_is_not_there(self):
        content = json.loads(self.export())
        del content["incoming"][0]
        self.remove_all()
        data = json.dumps(content).encode()
        self.assertIn("Office", self.form(data).preview)
        with self.assertRaises(UserError):
            self.do_import(data)
        self.assertFalse(self.servers())

    def test_without_the_passphrase(self):
        data = self.export(PASSPHRASE)
        self.remove_all()
        form = self.form(data)
        self.assertIn("it is secret", form.preview, "a server with a certificate is of no use without its key")
        self.do_import(data)
        self.assertEqual((self.servers().name, self.servers().smtp_pass), ("Office", False))

    def test_what_changes(self):
        data = self.changed(self.export(), smtp_encryption="starttls_strict", smtp_port=587, limit_day=0)
        form = self.form(data)
        text = str(form.preview)
        for words in (">465<", ">587<", "TLS (STARTTLS), encryption and validation", ">500<", ">0<", "Changes"):
            self.assertIn(words, text)
        self.assertNotIn("Password", text)
        said = self.do_import(data)
        self.assertIn("New servers: 0, changed servers: 1.", said["message"])
        self.assertEqual(
            (self.office.smtp_port, self.office.limit_day, self.office.smtp_pass, self.office.active),
            (587, 0, "smtp-pa:ss", True),
        )

    def test_another_account_gets_no_password(self):
        data = self.changed(self.export(), smtp_host="evil.example")
        data = self.changed(data, "incoming", server="evil.example")
        form = self.form(data)
        self.assertEqual(form.preview.count("is removed"), 2)
        self.assertEqual(form.preview.count("confirmed it again"), 1)
        self.do_import(data)
        self.assertEqual((self.office.smtp_host, self.office.smtp_pass), ("evil.example", False))
        self.assertEqual((self.mailbox.password, self.mailbox.state), (False, "draft"))

    def test_a_password_stays_with_its_host(self):
        """A sealed file in which the host was changed is refused, so no password goes there."""
        data = self.changed(self.export(PASSPHRASE), smtp_host="evil.example")
        before = self.rows()
        self.assertIn("the file was changed", self.form(data, PASSPHRASE).problem)
        with self.assertRaisesRegex(UserError, "the file was changed"):
            self.form(data, PASSPHRASE).save().with_context(password=PASSPHRASE).action_import()
        self.assertEqual(self.rows(), before)

    def test_settings(self):
        content = json.loads(self.export())
        content["settings"] |= {
            "mail_workers": 99,
            "mail_give_up_hours": 24,
        }
        modes = [value for value, _label in self.env["res.config.settings"]._fields["mail_sending_mode"].selection]
        content["settings"]["mail_sending_mode"] = modes[-1]
        form = self.form(json.dumps(content).encode())
        self.assertIn("the number is too small or too big", form.preview)
        self.do_import(json.dumps(content).encode())
        self.assertEqual(own_values(self.env)["mail_sending_mode"], modes[-1])
        self.assertFalse({"mail_content_days", "mail_retention_text"} & own_values(self.env).keys())
        self.assertEqual(self.env["ir.mail_server"]._give_up_age(), 24 * 60 * 60)

    # === WHAT IS LEFT OUT === #

    def test_what_this_database_does_not_know(self):
        data = self.export()
        self.remove_all()
        data = self.changed(data, smtp_authentication="carrier_pigeon")
        data = self.changed(data, number=1, owner_user_id="somebody.else", smtp_authentication="login")
        data = self.changed(data, "incoming", report_company_id="No Such Company", colour="red")
        form = self.form(data)
        self.assertIn("perhaps an add-on is missing", form.preview)
        self.assertIn("nothing of this name is here", form.preview)
        self.do_import(data)
        self.assertFalse(self.servers(), "somebody's own server must not become everybody's")
        self.assertFalse(self.servers("incoming").report_company_id)

    def test_owner_with_a_server_already(self):
        data = self.changed(self.export(), owner_user_id="moving_admin")
        form = self.form(data)
        self.assertIn("another server has it already", form.preview)
        self.assertFalse(form.has_changes)

    # === ALL OR NOTHING === #

    def test_all_or_nothing(self):
        content = json.loads(self.export())
        content["settings"]["mail_give_up_hours"] = 7
        content["outgoing"][0]["limit_day"] = 7
        data = json.dumps(content).encode()
        before = self.rows()
        wizard = self.form(data).save()
        module = type(self.env["res.config.settings"])
        for error, words in (
            (ValidationError("A rule of an add-on."), "Nothing was changed. Settings of e-mail sending: A rule"),
            (UserError("No."), "Nothing was changed. .*: No."),
        ):
            with patch.object(module, "set_values", side_effect=error), self.assertRaisesRegex(UserError, words):
                wizard.action_import()
            self.assertEqual(self.rows(), before)
            self.assertEqual(self.office.limit_day, 500)
        self.assertTrue(wizard.file, "it can be tried again")
        wizard.action_import()
        self.assertEqual(self.office.limit_day, 7)
        self.assertFalse(wizard.file or wizard.shown)
        with self.assertRaisesRegex(UserError, "nothing to change"):
            wizard.action_import()

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses(self):
        """Its details show the row, with the password: they are not passed on."""
        data = self.changed(self.export(), max_connections=5)
        wizard = self.form(data).save()
        self.env.cr.execute("ALTER TABLE ir_mail_server ADD CONSTRAINT moving_test CHECK (max_connections != 5)")
        with self.assertRaises(UserError) as caught:
            wizard.action_import()
        self.assertIn("moving_test", str(caught.exception))
        self.assertNotIn("smtp-pa:ss", str(caught.exception))

    def test_what_was_shown_is_what_is_done(self):
        data = self.changed(self.export(), limit_day=7)
        wizard = self.form(data).save()
        self.office.limit_day = 100
        said = wizard.action_import()["params"]
        self.assertEqual((said["type"], said["title"]), ("warning", "Nothing was changed"))
        self.assertEqual(said["next"]["res_id"], wizard.id)
        self.assertEqual(self.office.limit_day, 100)
        self.assertIn(">100<", wizard.preview.replace("\n", ""))
        wizard.action_import()
        self.assertEqual(self.office.limit_day, 7)

    def test_another_file_than_the_one_shown(self):
        wizard = self.form(self.changed(self.export(), limit_day=7)).save()
        shown = wizard.shown
        wizard.write({"file": base64.b64encode(self.changed(self.export(), limit_day=8)), "shown": shown})
        self.assertEqual(wizard.action_import()["params"]["type"], "warning")
        self.assertEqual(self.office.limit_day, 500)

    def test_a_passphrase_that_was_not_shown(self):
        data = self.export(PASSPHRASE)
        self.office.smtp_pass = "another"
        wizard = self.form(data).save()
        self.assertFalse(wizard.has_changes)
        self.assertEqual(wizard.with_context(password=PASSPHRASE).action_import()["params"]["type"], "warning")
        self.assertEqual(self.office.smtp_pass, "another")

    def test_wrong_passphrase(self):
        data = self.export(PASSPHRASE)
        self.remove_all()
        before = self.rows()
        form = self.form(data, "another passphrase")
        self.assertIn("not the one that the file was made with", form.problem)
        self.assertFalse(form.has_changes or form.preview)
        self.assertTrue(form.is_sealed, "it can be typed again")
        with self.assertRaisesRegex(UserError, "not the one that the file was made with"):
            form.save().with_context(password="another passphrase").action_import()
        self.assertEqual(self.rows(), before)

    # === OTHER FILES === #

    def test_thunderbird(self):
        form = self.form(PREFS.encode())
        self.assertIn("Odoo would empty it", form.preview)
        said = self.do_import(PREFS.encode())
        # Of one account there is the mailbox already, and of another the relay.
        self.assertIn("New servers: 1, changed servers: 2.", said["message"])
        made = (
            self.env["ir.mail_server"].with_context(active_test=False).search([("smtp_host", "=", "smtp.example.com")])
        )
        self.assertEqual((made.name, made.from_filter), ('Zażółć \\ "1"', "office@example.com,sales@example.com"))
        self.assertFalse(made.active or made.smtp_pass)
        self.assertEqual(self.mailbox.is_report_foreign_kept, False)

    def test_autoconfig(self):
        data = config(server("poczta.firma.example"), server("imap.firma.example", "993", kind="imap"))
        form = self.form(data)
        self.assertTrue(form.needs_address)
        self.assertFalse(form.problem or form.preview)
        form.address = "this is none"
        self.assertEqual(form.problem, "This is no e-mail address.")
        self.assertTrue(form.needs_address)
        self.do_import(data, address="office@firma.example")
        made = (
            self.env["ir.mail_server"]
            .with_context(active_test=False)
            .search([("smtp_host", "=", "poczta.firma.example")])
        )
        self.assertEqual((made.smtp_user, made.from_filter), ("office@firma.example", "office@firma.example"))
        watch = self.env["fetchmail.server"].search([("server", "=", "imap.firma.example")])
        self.assertEqual((watch.is_report_watch, watch.state), (True, "draft"))

    # === HOSTILE FILES === #

    def test_hostile_files(self):
        good = self.export()
        bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
        before = self.rows()
        for data, words in (
            (b"\0\1\2", "no file of settings"),
            (b"hello", "no file of settings"),
            (good[:-30], "no complete JSON file"),
            (b"[" * 500_000, "nested too deeply"),
            (b'{"format": "a", "format": "b"}', "stands twice"),
            (b'{"a": NaN}', "no setting can have"),
            (b'{"a": 1' + b"0" * 50_000 + b"}", "no setting can have"),
            (b'{"a": "\\ud800"}', "no text can have"),
            (b'{"a": "\xff"}', "no text in UTF-8"),
            (b"{}", "not one that"),
            (good.replace(b'"version": 1', b'"version": 2'), "newer than this module knows"),
            (good.replace(b'"outgoing": [', b'"outgoing": [1,'), "not built as"),
            (config(server(), head=bomb), "declares a document type"),
            (config(server(), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "declares a document type"),
            (config(server())[:-20], "no complete XML file"),
            (b"<a>" * 1000, "nested too deeply"),
            (b"<html/>", "no autoconfig file"),
            (b'user_pref("browser.x", 1);', "No account"),
            (b"x" * 6_000_000, "too big"),
        ):
            with self.subTest(data[:60]):
                form = self.form(data)
                self.assertRegex(form.problem, words)
                self.assertFalse(form.has_changes or form.preview)
                with self.assertRaises(UserError):
                    form.save().action_import()
        self.assertEqual(self.rows(), before)

    def test_hostile_values(self):
        """Wrong types, names of paths, HTML: left out, or shown as the text that they are."""
        data = self.export()
        self.remove_all()
        data = self.changed(
            data,
            name="<img src=x onerror=alert(1)><t t-esc='x'/>",
            smtp_host="../../etc/passwd",
            sequence="3; DROP TABLE ir_mail_server",
        )
        data = self.changed(
            data, number=1, smtp_authentication="login", name="<b>x</b>", max_connections=-5, id=1, create_uid=1
        )
        form = self.form(data)
        self.assertNotIn("<img", form.preview)
        self.assertIn("&lt;b&gt;x&lt;/b&gt;", form.preview)
        self.assertIn("no name of a server", form.preview)
        self.do_import(data)
        made = self.servers()
        self.assertEqual((made.name, made.max_connections, made.create_uid), ("<b>x</b>", 3, self.administrator))

    def test_50_megabytes(self):
        for data in (b"{" + b" " * 50_000_000, b"<a/>" + b" " * 50_000_000):
            form = self.form(data)
            self.assertIn("too big", form.problem)
            with self.assertRaisesRegex(ValidationError, "too big"):
                form.save()

    def test_no_base64(self):
        wizard = self.env["mail.server.import"].create({"file": b"%%%"})
        self.assertTrue(wizard.problem)
        with self.assertRaises(UserError):
            wizard.action_import()

    # === RIGHTS === #

    def test_only_administrators(self):
        data = self.changed(self.export(), limit_day=7)
        own = {
            "mail.server.import": self.form(data).save(),
            "mail.server.export": self.env["mail.server.export"].create({}),
        }
        methods = {"mail.server.import": "action_import", "mail.server.export": "action_export"}
        another = new_test_user(self.env(su=True), "moving_another", "base.group_user,base.group_system")
        for model, wizard in own.items():
            for role, groups in GROUPS.items():
                user = new_test_user(self.env(su=True), f"{model}_{role}", groups)
                with self.subTest(role, model=model):
                    for operation in ("read", "write", "create", "unlink"):
                        self.assertFalse(self.env[model].with_user(user).has_access(operation))
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).action_open()
                    with self.assertRaises(AccessError):
                        getattr(wizard.with_user(user), methods[model])()
            with self.assertRaises(AccessError):  # what one administrator has prepared is not another's to do
                getattr(wizard.with_user(another), methods[model])()
        self.assertEqual(self.office.limit_day, 500)
        for name in ("menu_mail_server_import", "menu_mail_server_export"):
            self.assertEqual(self.env.ref(f"mail_delivery_status.{name}").group_ids, self.env.ref("base.group_system"))

    def test_buttons_of_the_list(self):
        arch = self.env["ir.mail_server"].get_view(view_type="list")["arch"]
        for name in ("import", "export"):
            self.assertIn(f'name="{self.env.ref(f"mail_delivery_status.mail_server_{name}_action").id}"', arch)


@tagged("post_install", "-at_install")
class TestSettingsFileRpc(RpcMixin, HttpCase):
    @mute_logger("odoo.http")
    def test_over_rpc(self):
        administrator = new_test_user(self.env, "moving_rpc_admin", "base.group_user,base.group_system")
        wizards = {
            model: self.env[model].with_user(administrator).create({})
            for model in ("mail.server.import", "mail.server.export")
        }
        for role, groups in GROUPS.items():
            user = new_test_user(self.env, f"moving_rpc_{role}", groups)
            self.authenticate(user.login, user.login)
            for model, wizard in wizards.items():
                for method, args in (
                    ("action_open", []),
                    ("create", [{}]),
                    ("read", [wizard.ids]),
                    ("web_save", [[], {}, {}]),
                    ("onchange", [[], {}, [], {"shown": {}} if "import" in model else {"passphrase_fault": {}}]),
                    ("action_import" if "import" in model else "action_export", [wizard.ids]),
                ):
                    with self.subTest(role=role, model=model, method=method):
                        self.assertIn("error", self.call(model, method, *args))

    def test_as_the_browser_does_it(self):
        """The form is saved with the passphrase, answers with it, and the button sends it along: see `typed_passphrase`."""
        administrator = new_test_user(self.env, "moving_rpc_admin", "base.group_user,base.group_system")
        self.authenticate(administrator.login, administrator.login)
        wizard_id = self.call("mail.server.export", "action_open")["result"]["res_id"]
        [saved] = self.call(
            "mail.server.export",
            "web_save",
            [wizard_id],
            {"is_with_secrets": True, "passphrase": PASSPHRASE},
            {"passphrase": {}, "is_with_secrets": {}},
        )["result"]
        self.assertEqual(saved["passphrase"], PASSPHRASE)
        action = self.call(
            "mail.server.export", "action_export", [wizard_id], context={"password": saved["passphrase"]}
        )["result"]
        response = self.url_open(action["url"])
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn("scrypt", response.text)
        [read] = self.call("mail.server.export", "read", [wizard_id], ["passphrase"])["result"]
        self.assertFalse(read["passphrase"])
        another = new_test_user(self.env, "moving_rpc_other", "base.group_user,base.group_system")
        self.authenticate(another.login, another.login)
        self.assertNotIn("scrypt", self.url_open(action["url"]).text)
