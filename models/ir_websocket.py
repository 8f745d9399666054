from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Add the channels that tell whoever may see mails, or imports of old ones, what becomes of them."""
        news = [channel for model in ("mail.mail", "mail.import") for channel in self.env[model]._news_channels()]
        return [*super()._build_bus_channel_list(channels), *news]
