from odoo import api, fields, models

from ..hooks import IMPORTED, plan


class BaseModuleUninstall(models.TransientModel):
    """Says, before this module is uninstalled, what becomes of the mails in the buffer."""

    _inherit = "base.module.uninstall"

    mail_delivery_text = fields.Text(compute="_compute_mail_delivery_text")

    @api.depends("module_ids")
    def _compute_mail_delivery_text(self):
        for wizard in self:
            names = wizard._get_modules().mapped("name")
            wizard.mail_delivery_text = "mail_delivery_status" in names and self._what_becomes_of_mails()

    def _what_becomes_of_mails(self):
        leaving, stopped = plan(self.env)
        imported = self.env["mail.mail"].sudo().search_count(IMPORTED)
        words = [
            self.env._("%s mails in the buffer will be sent by Odoo at its next run.", len(leaving)),
            self.env._(
                "%s mails will be cancelled: held, of a paused server, or already sent to some recipients.",
                sum(map(len, stopped.values())),
            ),
            self.env._("Paused mail servers and watched mailboxes will be archived."),
            imported and self.env._("%s imported mails will be removed. Keep their archive.", imported),
            self.env._("What mail servers answered, and what came back, will be lost."),
        ]
        return "\n".join(filter(None, words))
