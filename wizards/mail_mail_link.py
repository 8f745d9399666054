from odoo import api, fields, models

from .dialog import opened


class MailMailLink(models.TransientModel):
    """A person says which invoice an imported mail belongs to. Who may is asked of the mail, and of the invoice."""

    _name = "mail.mail.link"
    _description = "Invoice of an Imported Mail"

    # No relation: it would lock the mail, and tell the name of a mail to whoever names its id.
    mail_id = fields.Integer("E-mail", required=True, readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id", compute_sudo=False)
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        domain="[('company_id', '=', company_id), ('move_type', 'in', ('out_invoice', 'out_refund', 'out_receipt'))]",
        compute="_compute_move_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Empty: the mail belongs to no invoice.",
    )

    def _mail(self):
        """The mail, if this person may read it.

        :rtype: mail.mail
        """
        mail = self.env["mail.mail"].browse(self.mail_id).exists()
        mail.check_access("read")
        return mail

    @api.depends("mail_id")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard._mail().record_company_id

    @api.depends("mail_id")
    def _compute_move_id(self):
        """What it belongs to now, where the person may read that."""
        for wizard in self:
            mail = wizard._mail()
            moves = self.env["account.move"]
            if mail.model == moves._name and moves.has_access("read"):
                moves = moves.browse(mail.res_id).exists()._filtered_access("read")
            wizard.move_id = moves

    def _open(self):
        return opened(self, self.env._("Choose the invoice"))

    def action_link(self):
        """Let the mail belong to the invoice, and look for its contacts once more."""
        self.ensure_one()
        mail = self._mail()
        mail._link_document(self.move_id)
        mail._match_contacts()
        return {"type": "ir.actions.act_window_close"}
