from odoo import api, models

from ..tools.context_key import NOTIFYING


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        """Ask what core asks of whoever makes a notification, and no more.

        The composer makes, in the rights of who writes, those of mails that are deleted when they are sent. Nobody
        reads the messages of such mails here, nor may who gets a notification.
        """
        made = super(MailNotification, self.with_context(**NOTIFYING.put(True))).create(vals_list)
        return made.with_env(self.env)
