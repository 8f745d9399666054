import logging
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import email_normalize, email_normalize_all

from ..const.archive import IMPORT_DIALECTS, IMPORT_STATES
from ..tools.address import address_key
from ..tools.archive.container import Archive
from ..tools.archive.model import Dialect

_logger = logging.getLogger(__name__)

# What is read and stored at a time, and committed together.
BATCH = 100
BATCH_BYTES = 8_000_000


class MailImport(models.Model):
    """An archive of mails that another program has sent, and how far its import has come.

    It runs in the scheduled action, or in the command line for files on the server (``cli/mail_import.py``). The place
    in the archive is committed with the mails before it, so after a crash it goes on there.
    """

    _name = "mail.import"
    _description = "Import of Old Mails"
    _order = "id desc"

    name = fields.Char("Archive", required=True, help="The name of the file.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, help="Whose mails they are."
    )
    file = fields.Binary(
        attachment=True,
        copy=False,
        help="A mail (.eml, .msg), a mbox file, or a zip file of mails, mbox files or a Maildir.",
    )
    path = fields.Char(
        "Folder or File on the Server",
        readonly=True,
        copy=False,
        help="Given to the command line, which alone reads it.",
    )
    dialect = fields.Selection(
        IMPORT_DIALECTS,
        "Form of mbox Files",
        required=True,
        default="auto",
        help="How the mbox file marks a line that begins with “From ” within a mail. Programs do not say which form"
        " they use.",
    )
    own_addresses = fields.Text(
        default=lambda self: self._default_own_addresses(),
        help="Addresses, or domains such as example.com, one a line. A mail from any other sender was received, not"
        " sent, and is left out; bounces and read receipts are taken all the same. Empty: all mails are taken for sent"
        " ones.",
    )
    state = fields.Selection(IMPORT_STATES, "Status", required=True, readonly=True, default="draft", copy=False)
    error = fields.Char(readonly=True, copy=False)
    member = fields.Char("File in the Archive", readonly=True, copy=False)
    place = fields.Float("Place in the File", digits=(20, 0), readonly=True, copy=False)
    total_bytes = fields.Float("Size", digits=(20, 0), readonly=True, copy=False)
    done_bytes = fields.Float("Read so far", digits=(20, 0), readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", help="How much of the archive has been read, in percent.")
    start_date = fields.Datetime("Started", readonly=True, copy=False)
    end_date = fields.Datetime("Ended", readonly=True, copy=False)
    imported_count = fields.Integer("Imported", readonly=True, copy=False)
    linked_count = fields.Integer(
        "With a Document", readonly=True, copy=False, help="By the number in subject or file name."
    )
    report_count = fields.Integer("Bounces and Receipts", readonly=True, copy=False)
    matched_count = fields.Integer("Matched with a Mail", readonly=True, copy=False)
    double_count = fields.Integer("There already", readonly=True, copy=False)
    received_count = fields.Integer("Received Mails", readonly=True, copy=False)
    skipped_count = fields.Integer("Not imported", readonly=True, copy=False, help="For another reason.")
    line_ids = fields.One2many("mail.import.line", "import_id", "What was left out", readonly=True)
    mail_ids = fields.One2many("mail.mail", "import_id", "Imported Mails", readonly=True)

    @api.depends("total_bytes", "done_bytes", "state")
    def _compute_progress(self):
        for one in self:
            share = one.done_bytes / one.total_bytes if one.total_bytes else 0
            one.progress = 100 if one.state == "done" else min(100 * share, 100)

    @api.model
    def _default_own_addresses(self):
        """The domains that the company sends from, its own address, and those of its users."""
        company = self.env.company
        users = self.env["res.users"].sudo().search([("company_ids", "in", company.ids), ("share", "=", False)])
        found = [company.alias_domain_id.sudo().name, email_normalize(company.email)]
        found += [email_normalize(user.email) for user in users]
        return "\n".join(dict.fromkeys(filter(None, found)))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        if self.filtered(lambda one: one.state == "running"):
            raise UserError(self.env._("This import is running. Stop it first."))

    # === BUTTONS === #

    def action_start(self):
        """Start, or go on where it was stopped: the scheduled action does the work."""
        self.check_access("write")
        for one in self:
            if one.path:
                raise UserError(
                    self.env._(
                        "This archive lies on the server: go on with the command line, as the administration does it."
                    )
                )
            if not one.file:
                raise UserError(self.env._("Choose the file first."))
        waiting = self.filtered(lambda one: one.state != "running")
        waiting.write({"state": "running", "error": False, "end_date": False})
        self._wake()

    def action_stop(self):
        """Stop behind the mails that are being stored now."""
        self.check_access("write")
        self.filtered(lambda one: one.state == "running").write({"state": "paused"})

    def action_open_mails(self):
        """The mails that this import has made."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_mail_action_all")
        return {**action, "domain": [("import_id", "=", self.id)]}

    # === RUNNING === #

    @api.model
    def _cron_run(self):
        """Go on with what was uploaded, one archive after the other, as long as there is time."""
        try:
            for one in self.search([("state", "=", "running"), ("path", "=", False)], order="id"):
                if not one._run():
                    return
        except psycopg2.OperationalError as error:  # the database was busy, or restarted: soon once more
            _logger.info("The import of old mails waits: %s", type(error).__name__)
            self.env.cr.rollback()
            self._wake(minutes=1)

    @api.model
    def _wake(self, minutes=0):
        """Let the scheduled action run, at once or in a while."""
        cron = self.env.ref("mail_delivery_status.ir_cron_mail_import", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(fields.Datetime.now() + timedelta(minutes=minutes))

    def _run(self, path=None):
        """Import as long as there is time.

        :param Path path: of the archive on the server, for the command line; none: what was uploaded
        :return: whether there is time left
        """
        self.ensure_one()
        try:
            with self._archive(path) as archive:
                is_time_left = self._read(archive)
        except OSError as error:
            _logger.warning("Import %s cannot read its archive: %s", self.id, error)
            self.write(
                {"state": "failed", "error": self.env._("The archive cannot be read: %s", error.strerror or error)}
            )
            return bool(self.env["ir.cron"]._commit_progress(1))
        return is_time_left

    @contextmanager
    def _archive(self, path):
        """The archive, opened: a file on the disk, so that nobody needs it whole in memory."""
        dialect = Dialect(self.dialect)
        if path:
            yield Archive(path, dialect)
            return
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_field", "=", "file"), ("res_id", "=", self.id)], limit=1)
        )
        if attachment.store_fname and Path(attachment._full_path(attachment.store_fname)).is_file():
            yield Archive(Path(attachment._full_path(attachment.store_fname)), dialect, self.name)
            return
        with tempfile.NamedTemporaryFile() as copy:  # where files are kept in the database
            copy.write(attachment.raw or b"")
            copy.flush()
            yield Archive(Path(copy.name), dialect, self.name)

    def _read(self, archive):
        """Take the archive up, batch by batch.

        :return: whether there is time left
        """
        cron = self.env["ir.cron"]
        for batch in batches(archive.items(self.member or "", int(self.place))):
            if not self._may_go_on():
                return True
            counts, before, last = self._take_all(batch), int(self.progress), batch[-1]
            self.write(
                {
                    **{name: self[name] + count for name, count in counts.items()},
                    "member": last.member,
                    "place": last.end,
                    "done_bytes": last.done,
                    "total_bytes": archive.total,
                    "start_date": self.start_date or fields.Datetime.now(),
                }
            )
            if int(self.progress) > before:  # whoever waits at the command line
                _logger.info("Import %s: %d %%, %s mails", self.id, self.progress, self.imported_count)
            self.env.flush_all()
            self.env.invalidate_all()
            if not cron._commit_progress(len(batch), remaining=1):
                return False
        if self._may_go_on():
            self._finish(archive)
        return bool(cron._commit_progress(0, remaining=0))

    def _may_go_on(self):
        """Whether nobody has stopped this import, nor another worker has taken it over."""
        place = (self.member, self.place)
        if not self.try_lock_for_update():  # somebody is stopping it, or is just changing it
            self._wake(minutes=1)
            return False
        self.invalidate_recordset()
        return self.state == "running" and (self.member, self.place) == place

    def _finish(self, archive):
        """Everything has been read: what came back is matched with the mails, whichever was found first."""
        matched = self.env["mail.report"]._match_imported()
        self.write(
            {
                "state": "done",
                "matched_count": self.matched_count + matched,
                "total_bytes": archive.total,
                "done_bytes": archive.total,
                "end_date": fields.Datetime.now(),
            }
        )
        # The archive itself is not kept: what was in it is in the mails.
        self.file = False
        _logger.info("Import %s: %s mails, %s returns", self.id, self.imported_count, self.report_count)

    def _own_senders(self):
        """The company's own addresses and domains, in the form of ``address_key()``; none: every sender."""
        lines = [line.strip().lower() for line in (self.own_addresses or "").splitlines()]
        addresses = {address_key(one) for line in lines for one in email_normalize_all(line)}
        return addresses | {line.lstrip("@") for line in lines if line and "@" not in line.lstrip("@")}


def batches(items):
    """Items in lists that are neither too long nor too big."""
    items = iter(items)
    while batch := list(islice(items, 1)):
        size = len(batch[0].source)
        while size < BATCH_BYTES and len(batch) < BATCH and (more := list(islice(items, 1))):
            batch += more
            size += len(more[0].source)
        yield batch
