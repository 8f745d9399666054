from odoo import api, models
from odoo.tools import SQL

from ..tools.recipient_state import FAILED_DOCUMENT, SUCCESS, stored


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_sending_settings(self, move, from_cron=False, **custom_settings):
        """Whether a read receipt is asked for: as chosen in the dialog, else as the settings say.

        What is sent again because its e-mail failed goes by e-mail alone, to those who have not got it.
        """
        saved = (move.sending_data or {}) if from_cron else {}
        is_failed_only = custom_settings.get("is_failed_only", saved.get("is_failed_only"))
        if is_failed_only:
            # Meanwhile somebody else may have sent it, and it arrived.
            methods = {"email"} if move.mail_delivery_status in FAILED_DOCUMENT else set()
            custom_settings = {"sending_methods": methods, "extra_edis": {}, **custom_settings}
        settings = super()._get_default_sending_settings(move, from_cron=from_cron, **custom_settings)
        if is_failed_only and "mail_partner_ids" not in custom_settings:
            settings["mail_partner_ids"] = self._failed_partner_ids(move, settings.get("mail_partner_ids", ()))
        chosen = custom_settings.get("is_receipt_requested", saved.get("is_receipt_requested"))
        settings["is_receipt_requested"] = self.env["mail.mail"]._is_receipt_default() if chosen is None else chosen
        return settings

    def _failed_partner_ids(self, move, usual_ids):
        """The contacts that it did not reach; where they are gone, the usual ones that have not got it."""
        if failed := move.mail_failed_partner_ids:
            return failed.filtered("email").ids
        domain = [("model", "=", move._name), ("res_id", "=", move.id), ("state", "in", stored(SUCCESS))]
        have_it = self.env["mail.recipient"].sudo().search(domain)._stored_ids("partner_id").values()
        return [partner_id for partner_id in usual_ids if partner_id not in have_it]

    @api.model
    def _failed_again_alerts(self, moves, left_out_text):
        """What to know before what failed is sent again, as core's dialogs show it."""
        alerts = {}
        if left_out_text:
            alerts["mail_left_out"] = {"level": "info", "message": left_out_text}
        if unchanged := moves.filtered("is_mail_address_unchanged").mail_failed_partner_ids.filtered("email"):
            alerts["mail_address_unchanged"] = {
                "level": "warning",
                "message": self.env._(
                    "These contacts still have the address that the e-mail did not reach: %s. Correct it first.",
                    "; ".join(unchanged[:5].mapped("display_name")) + ("…" if len(unchanged) > 5 else ""),
                ),
                "action_text": self.env._("View contacts"),
                "action": unchanged._get_records_action(name=self.env._("Contacts")),
            }
        return alerts

    @api.model
    def _get_mail_params(self, move, move_data):
        params = super()._get_mail_params(move, move_data)
        if params:
            params["is_receipt_requested"] = bool(move_data.get("is_receipt_requested"))
        return params

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        """Record of which documents no mail was made: core leaves no trace of a customer without an address."""
        [(last,)] = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM mail_message"))
        res = super()._hook_if_success(moves_data, from_cron=from_cron)
        asked = {move: data for move, data in moves_data.items() if "email" in data["sending_methods"]}
        made = self._sent_since(asked, last) if asked else ()
        without = {move: data for move, data in asked.items() if move.id not in made}
        if without:
            self._record_no_mail(without)
        return res

    @api.model
    def _sent_since(self, moves, last):
        """The ids of those of these documents of which a mail to somebody was made.

        :param int last: the id of the last message before
        """
        messages = self.env["mail.message"]
        messages.flush_model(["message_type", "model", "res_id"])
        # As _send_mail() posts it; a copy for the journal's subscribers is no mail to the customer.
        query = SQL(
            """SELECT res_id FROM mail_message m
                WHERE model = 'account.move' AND res_id = ANY(%(ids)s) AND id > %(last)s AND message_type = 'comment'
                  AND (%(has_mail)s OR EXISTS (SELECT FROM mail_notification WHERE mail_message_id = m.id))""",
            ids=[move.id for move in moves],
            last=last,
            has_mail=messages._sql_has_mail(messages, "m"),
        )
        return {move_id for (move_id,) in self.env.execute_query(query)}

    def _record_no_mail(self, moves_data):
        """Record that no e-mail could be made for want of an address, as evidence of the document.

        :param dict moves_data: ``{move: sending settings}``
        """
        no_address = self.env["ir.mail_server"].NO_VALID_RECIPIENT
        self.env["mail.recipient"].sudo()._record_unmade(
            [
                {
                    "model": move._name,
                    "res_id": move.id,
                    "company_id": move.company_id.id,
                    "author_id": data.get("author_partner_id") or None,
                    "partner_id": move.partner_id.id or None,
                    "email": move.partner_id.email or move.partner_id.display_name or move.display_name,
                    "problem": no_address,
                }
                for move, data in moves_data.items()
            ]
        )
