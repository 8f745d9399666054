"""Which group may do what with which model, of which company: `readme/ACCESS.md` has the table, and it is tried."""

import logging
from pathlib import Path

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_doors import MODULE, DoorsCase

_logger = logging.getLogger(__name__)
ACCESS = Path(__file__).resolve().parent.parent / "readme/ACCESS.md"
# The letters of the table. Small: in one's own company. Capital: in all.
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
COLUMNS = ("portal", "plain", "billing", "sender", "manager", "admin")


@tagged("post_install", "-at_install")
class TestRights(DoorsCase):
    def test_matrix(self):
        found = {name: [self.letters(name, self.users[role]) for role in COLUMNS] for name in self.own_models()}
        for name, row in found.items():
            _logger.info("TABLE %s", " | ".join(["", f"`{name}`", *row, ""]).strip())
        self.assertEqual(found, table_of_rights())

    def test_dialogs(self):
        """Odoo does not keep people out of each other's dialogs; a rule of each dialog does."""
        names = [name for name in self.own_models() if self.env[name]._transient]
        self.assertGreater(len(names), 4)
        for name in names:
            for role in ("billing", "manager", "admin"):
                rules = self.env["ir.rule"].with_user(self.users[role])
                own = [("create_uid", "in", [self.users[role].id])]
                self.assertEqual(list(rules._compute_domain(name, "write")), own, (name, role))

    def own_models(self):
        """The module's models that hold something, and the mail."""
        models = {
            name: model
            for name, model in self.env.items()
            if model._original_module == MODULE and not model._abstract or name == "mail.mail"
        }
        self.assertGreater(len(models), 5)
        return sorted(models)

    def letters(self, name, user):
        """What somebody may do, as in the table: "–" for nothing."""
        found = ""
        for letter, operation in OPERATIONS.items():
            own, other = (self.may(name, operation, user, evidence) for evidence in (self.own, self.other))
            self.assertFalse(other and not own, (name, operation, user.login))
            found += letter.upper() if other else letter if own else ""
        return found or "–"

    def may(self, name, operation, user, evidence):
        records = evidence.get(name, self.env[name]).with_env(self.env(user=user, su=False, context={}))
        if records._transient:  # everybody has their own: test_dialogs
            return evidence is self.own and records.has_access(operation)
        self.assertTrue(records, f"{name}: a record to try it with is missing")
        savepoint = self.env.cr.savepoint()
        try:
            with mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db"):
                self.do(records, operation)
            return True
        except (AccessError, UserError, psycopg2.Error):
            return False
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    @staticmethod
    def do(records, operation):
        if operation == "read":
            records.read(["id", "display_name"])
        elif operation == "write":
            records.write({"write_uid": records.env.uid})
        elif operation == "create":
            values = {"subject": "x"} if records._name == "mail.mail" else records.sudo()[:1].copy_data()[0]
            records.create(values)
        else:
            records.unlink()


def table_of_rights():
    """``{model: [letters, in the order of COLUMNS]}`` as `readme/ACCESS.md` says."""
    section = ACCESS.read_text().partition("## Who may do what")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if "|" in line]
    found = {row[0].strip("`"): row[1:] for row in rows[2:]}
    assert len(found) == len(rows) - 2, "a model stands there twice"
    return found
