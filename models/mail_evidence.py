from odoo import api, fields, models
from odoo.exceptions import AccessError

# The object itself is the permission: a context that comes over RPC can hold any text, never this.
_PEN = object()
_KEY = "mail_evidence_pen"
# Whoever knows the token of an envelope can make up a report that counts. So what holds it is for administrators.
ADMINISTRATORS = "base.group_system"


class LooseMany2one(fields.Many2one):
    """A Many2one without a foreign key.

    Evidence is committed by a cursor of its own while the mail's row may still be uncommitted, and it stays when
    the row it names is gone.
    """

    def update_db_foreign_key(self, model, column):
        pass


class MailEvidence(models.AbstractModel):
    """Base of the models that record what mail servers did: only the module's own code writes them."""

    _name = "mail.evidence"
    _description = "Evidence of mail delivery"
    _inherit = ["mail.document.access"]

    mail_mail_id = LooseMany2one("mail.mail", "Mail", readonly=True, index=True)
    mail_message_id = LooseMany2one("mail.message", "Message", readonly=True)
    message_id = fields.Char("Message-ID", readonly=True, index=True, help="The mail's own unique name (RFC 5322).")
    model = fields.Char("Document Model", readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="model", readonly=True)
    author_id = LooseMany2one("res.partner", "Author", readonly=True)
    company_id = LooseMany2one("res.company", "Company", readonly=True)

    # Not one more than is searched by: each is paid for with each mail.
    _by_document = models.Index("(model, res_id)")

    def _with_pen(self):
        """These records, allowed to be written. For the module's own code."""
        return self.with_context(**{_KEY: _PEN})

    def _without_defaults(self):
        """These records, without the default values that a caller's context names: they would be evidence, too."""
        context = {key: value for key, value in self.env.context.items() if not key.startswith("default_")}
        return self if len(context) == len(self.env.context) else self.with_context(context)  # pylint: disable=W8121

    def _check_pen(self):
        """:raise AccessError: if the caller is not the module's own code"""
        if self.env.context.get(_KEY) is not _PEN:
            raise AccessError(
                self.env._(
                    "What mail servers answered is evidence: it is recorded by the system and nobody may change it."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_pen()
        return super(MailEvidence, self._without_defaults()).create(vals_list)

    def write(self, vals):
        self._check_pen()
        return super().write(vals)

    def unlink(self):
        self._check_pen()
        return super().unlink()

    def copy(self, default=None):
        self._check_pen()
        return super().copy(default)
