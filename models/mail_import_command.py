from odoo import api, models
from odoo.exceptions import UserError

from ..const.archive import IMPORT_DIALECTS

# What the command line tells of an import.
_FIGURES = (
    "imported_count",
    "linked_count",
    "report_count",
    "matched_count",
    "double_count",
    "received_count",
    "skipped_count",
)


class MailImport(models.Model):
    """The import of a file or folder on the server, for the command line."""

    _inherit = "mail.import"

    @api.model
    def _of_path(self, path, company_name=None, own=None, dialect="auto"):
        """The import of this archive: one that was begun goes on where it was, else a new one.

        :param Path path: absolute
        :param str company_name: needed where there are several companies
        :param list[str] own: addresses and domains of the company; None: its own ones; empty: every sender
        :raise UserError: if the company or the dialect is not known
        """
        companies = self.env["res.company"].search(
            [("name", "=", company_name)] if company_name else [("active", "=", True)]
        )
        if len(companies) != 1:
            names = ", ".join(self.env["res.company"].search([("active", "=", True)]).mapped("name"))
            raise UserError(self.env._("Name the company whose mails they are (--company): %s", names))
        if dialect not in dict(IMPORT_DIALECTS):
            raise UserError(self.env._("This dialect of mbox is not known: %s", dialect))
        jobs = self.with_company(companies)
        begun = [("path", "=", str(path)), ("company_id", "=", companies.id), ("state", "!=", "done")]
        job = jobs.search(begun, limit=1)
        values = {"state": "running", "error": False}
        if own is not None:
            values["own_addresses"] = "\n".join(own)
        if not job:
            values |= {"name": path.name, "path": str(path), "company_id": companies.id, "dialect": dialect}
            job = jobs.create(values)
        else:
            job.write(values)
        self.env["ir.cron"]._commit_progress(0)
        return job

    def _report_lines(self):
        """What became of this import, as lines of text."""
        labels = {name: self._fields[name]._description_string(self.env) for name in _FIGURES}
        yield f"{self.name}: {dict(self._fields['state']._description_selection(self.env))[self.state]}"
        yield from (f"  {labels[name]}: {self[name]}" for name in _FIGURES)
        groups = self.env["mail.import.line"]._read_group([("import_id", "=", self.id)], ["reason"], ["__count"])
        words = dict(self.env["mail.import.line"]._fields["reason"]._description_selection(self.env))
        yield from (f"    {words[reason]}: {count}" for reason, count in groups)
        if self.error:
            yield f"  {self.error}"
