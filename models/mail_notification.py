from odoo import api, models

from ..tools.context_key import NOTIFYING


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        """Ask what core asks of whoever makes a notification, and no more.

        The composer makes them in the rights of who writes, also of a mail that is canceled (a recipient is on the
        blacklist) and stands in no conversation. Neither who writes nor who gets a notification may read that here.
        """
        made = super(MailNotification, self.with_context(**NOTIFYING.put(True))).create(vals_list)
        return made.with_env(self.env)
