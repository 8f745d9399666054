from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Not the customer, who reads the document in the portal: an internal note has recipients, too.
COLLEAGUES = "base.group_user"


class AccountMove(models.Model):
    _inherit = "account.move"

    mail_mail_count = fields.Integer("E-mail Count", compute="_compute_mail_mail_count", groups=COLLEAGUES)

    is_mail_returned = fields.Boolean(
        "E-mail came back",
        compute="_compute_mail_return",
        search="_search_is_mail_returned",
        groups=COLLEAGUES,
        help="An e-mail with this document came back, and no later one went well to the same recipient.",
    )
    mail_return_text = fields.Text("Why the e-mail came back", compute="_compute_mail_return", groups=COLLEAGUES)

    def _compute_mail_mail_count(self):
        # In superuser mode: the people who read a document may know how many mails it has (a mail's own rules
        # say the same), and counting must not depend on each reader's rights.
        counts = dict(
            self.env["mail.mail"]
            .sudo()
            ._read_group([("model", "=", self._name), ("res_id", "in", self.ids)], ["res_id"], ["__count"])
        )
        for move in self:
            move.mail_mail_count = counts.get(move.id, 0)

    def action_open_mails(self):
        """Show the mails of this document; the mail itself if there is only one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_mail_action_document")
        domain = [("model", "=", self._name), ("res_id", "=", self.id)]
        mails = self.env["mail.mail"].search(domain, limit=2)
        if len(mails) == 1:
            action |= {"views": [(False, "form")], "res_id": mails.id}
        return {**action, "domain": domain}

    @api.depends_context("lang")
    def _compute_mail_return(self):
        # In superuser mode, as the number of mails: who reads the document may know that it was not delivered.
        rows = self.env.execute_query(self._returned_recipients(self.ids)) if self.ids else []
        texts = {}
        for recipient in self.env["mail.recipient"].sudo().browse(row[0] for row in rows):
            words = " ".join(filter(None, (recipient.bounce_meaning, recipient.bounce_code)))
            texts.setdefault(recipient.res_id, []).append(f"{recipient.email}: {words}")
        for move in self:
            lines = texts.get(move.id)
            move.is_mail_returned = bool(lines)
            move.mail_return_text = "\n".join(lines or ()) or False

    def _search_is_mail_returned(self, operator, value):
        if operator != "in":
            return NotImplemented
        # The ORM asks for a field's groups where it is read, not where it is searched by its own method.
        self._check_field_access(self._fields["is_mail_returned"], "read")
        domain = Domain("id", "in", self._returned_recipients(column="res_id"))
        return domain if True in value else ~domain

    def _returned_recipients(self, ids=None, column="id"):
        """The recipients whose mail came back, and for whom no later mail of the same document went well.

        :param ids: of the documents; None: of all
        :param str column: of mail_recipient that the query gives
        :rtype: SQL
        """
        self.env["mail.recipient"].flush_model(["model", "res_id", "state", "partner_id", "email"])
        return SQL(
            """SELECT came_back.%s FROM mail_recipient came_back
                WHERE came_back.model = %s AND came_back.state = 'bounced' AND %s
                  AND NOT EXISTS (
                      SELECT FROM mail_recipient later
                       WHERE later.model = came_back.model AND later.res_id = came_back.res_id
                         AND later.id > came_back.id AND later.state IN ('accepted', 'relayed', 'delivered', 'read')
                         AND (later.partner_id = came_back.partner_id OR later.email = came_back.email))""",
            SQL.identifier(column),
            self._name,
            SQL("came_back.res_id IN %s", tuple(ids)) if ids is not None else SQL("TRUE"),
        )
