from odoo import api, models
from odoo.tools import SQL


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let the evidence of a contact's mails follow the contact; core sees only columns with a foreign key."""
        super()._update_foreign_keys(src_partners, dst_partner)
        sources = list(src_partners._ids)
        for model in self.env["mail.recipient"]._models_of_evidence():
            self._follow(self.env[model], "author_id", sources, dst_partner.id, SQL("TRUE"))
        self._follow(self.env["mail.transaction"], "partner_id", sources, dst_partner.id, SQL("TRUE"))
        # Two rows of one mail with one address stay as they are: each tells of an email of its own.
        is_free = SQL(
            """NOT EXISTS (SELECT FROM mail_recipient other
                            WHERE other.mail_mail_id = row.mail_mail_id AND lower(other.email) = lower(row.email)
                              AND other.id != row.id AND other.partner_id = ANY(%s))""",
            [*sources, dst_partner.id],
        )
        self._follow(self.env["mail.recipient"], "partner_id", sources, dst_partner.id, is_free)
        self.env["mail.retention.hold"]._extend_to("res.partner", sources, dst_partner.id)

    def _follow(self, records, name, sources, target, condition):
        records.flush_model([name])
        self.env.execute_query(
            SQL(
                "UPDATE %(table)s row SET %(name)s = %(target)s WHERE %(name)s = ANY(%(sources)s) AND %(condition)s"
                " RETURNING id",
                table=SQL.identifier(records._table),
                name=SQL.identifier(name),
                target=target,
                sources=sources,
                condition=condition,
            )
        )
        records.invalidate_model([name], flush=False)
