from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Add the channels that tell whoever may see mails what becomes of them."""
        return [*super()._build_bus_channel_list(channels), *self.env["mail.mail"]._news_channels()]
