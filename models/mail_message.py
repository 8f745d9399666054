from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def write(self, vals):
        """A message that is moved to another mail server takes along the mails that wait for the old one."""
        result = super().write(vals)
        if "mail_server_id" in vals:
            mails = self.env["mail.mail"].sudo().search([("mail_message_id", "in", self.ids)])
            mails._stop_waiting()
        return result

    def unlink(self):
        """Close what waits of the mails of these messages: the database deletes the mails with them, unasked."""
        if mails := self.env["mail.mail"].sudo().search([("mail_message_id", "in", self.ids)]):
            self.check_access("unlink")
            mails._end_rows()
        return super().unlink()

    def _check_access(self, operation):
        """Let whoever manages the sending of e-mails read the messages behind the mails that they may see."""
        result = super()._check_access(operation)
        if not result or operation != "read" or not self.env.user.has_group("mail_delivery_status.group_manager"):
            return result
        forbidden, error = result
        mails = self.env["mail.mail"].search([("mail_message_id", "in", forbidden.ids)])
        forbidden -= mails.sudo().mail_message_id.with_env(self.env)
        return (forbidden, error) if forbidden else None
