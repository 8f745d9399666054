from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ..const import DOCUMENT_STATUSES
from ..tools.recipient_state import FAILED_DOCUMENT
from .account_move import COLLEAGUES
from .notice import notice


class AccountMove(models.Model):
    """Sending again, with its PDF, what did not arrive: to those alone who have not got it."""

    _inherit = "account.move"

    mail_failed_partner_ids = fields.Many2many(
        "res.partner",
        string="E-mail did not reach",
        compute="_compute_mail_failed_partner_ids",
        compute_sudo=True,
        groups=COLLEAGUES,
        help="The contacts that this document did not reach by e-mail.",
    )
    is_mail_address_unchanged = fields.Boolean(
        "Still the address that failed",
        compute="_compute_mail_failed_partner_ids",
        compute_sudo=True,
        groups=COLLEAGUES,
        help="A contact still has the address that the e-mail did not reach.",
    )

    def _compute_mail_failed_partner_ids(self):
        partner_ids, addresses = defaultdict(set), defaultdict(set)
        if self.ids:
            lines = self._mail_lines(FAILED_DOCUMENT, self.ids)
            rows = self.env.execute_query(
                SQL(
                    """SELECT lines.res_id, partner.id, partner.id IS NOT NULL AND lower(partner.email) = lower(r.email)
                         FROM (%s) lines JOIN mail_recipient r ON r.id = lines.recipient_id
                         LEFT JOIN res_partner partner ON partner.id = r.partner_id AND partner.active""",
                    lines,
                )
            )
            for res_id, partner_id, is_unchanged in rows:
                partner_ids[res_id] |= {partner_id} if partner_id else set()
                addresses[res_id] |= {bool(is_unchanged)}
        for move in self:
            move.mail_failed_partner_ids = self.env["res.partner"].browse(sorted(partner_ids[move.id]))
            move.is_mail_address_unchanged = True in addresses[move.id]

    def action_send_failed_again(self):
        """Open core's dialog for those of these documents whose e-mail failed; say which are left out, and why."""
        self.env["account.move.send.wizard"].check_access("create")  # who may send invoices
        self.check_access("read")
        failed = self.filtered(lambda move: move.mail_delivery_status in FAILED_DOCUMENT and move.state == "posted")
        left_out = (self - failed)._left_out_text()
        if not failed:
            text = self.env._("No e-mail of these documents failed.")
            return notice("\n".join(filter(None, [text, left_out])), "info")
        action = failed.action_send_and_print()
        values = {"default_is_failed_only": True, "default_left_out_text": left_out}
        return {**action, "name": self.env._("Send again"), "context": {**action["context"], **values}}

    def action_correct_mail_address(self):
        """Ask for the right address in place of the one that failed; of several, show them to choose from."""
        self.ensure_one()
        self.check_access("read")
        query = SQL("SELECT recipient_id FROM (%s) lines", self._mail_lines(FAILED_DOCUMENT, self.ids))
        failed = self.env["mail.recipient"].browse(row_id for (row_id,) in self.env.execute_query(query) if row_id)
        if len(failed) == 1:
            return failed.action_correct_address()
        return self.action_open_mail_recipients()

    def _left_out_text(self):
        """Which documents are not sent again: how many of each status; "" if there are none."""
        if not self:
            return ""
        labels = dict(self._fields["mail_delivery_status"]._description_selection(self.env))
        order = [status for status, _label in DOCUMENT_STATUSES]
        counts = [(labels[status], len(found)) for status in order if (found := self._of_mail_status(status))]
        if without := self._of_mail_status(False):
            counts.append((self.env._("no e-mail"), len(without)))
        return self.env._("Not sent again: %s.", ", ".join(f"{label} ({count})" for label, count in counts))

    def _of_mail_status(self, status):
        return self.filtered(lambda move: move.mail_delivery_status == status)
