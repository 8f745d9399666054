from odoo import models
from odoo.tools import config

from ..tools.smtp.diagnosis import diagnose


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _connect__(self, *args, mail_server_id=None, **kwargs):  # noqa: PLW3201
        """Note why a connection failed, for ``mail.mail.send()``, which gets only the exception's text.

        :raise: whatever the connection raised
        """
        try:
            return super()._connect__(*args, mail_server_id=mail_server_id, **kwargs)
        except Exception as error:
            failures = self.env.context.get("mail_connect_failures")
            if failures is not None:
                failures.append(diagnose(error))
            raise

    def _address(self):
        """Host and port of this server, or of Odoo's configuration file where there is no record."""
        if self and self.smtp_authentication != "cli":
            return f"{self.smtp_host}:{self.smtp_port}"
        return f"{config.get('smtp_server')}:{config.get('smtp_port')}"
