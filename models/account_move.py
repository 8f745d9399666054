from odoo import fields, models

# Not the customer, who reads the document in the portal: an internal note has recipients, too.
COLLEAGUES = "base.group_user"


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "mail.document.status"]

    mail_mail_count = fields.Integer("E-mail Count", compute="_compute_mail_mail_count", groups=COLLEAGUES)

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
        self.check_access("read")
        if not self.mail_mail_count:  # those of mails that are gone, or could not be made
            return self.action_open_mail_recipients()
        action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_mail_action_document")
        domain = [("model", "=", self._name), ("res_id", "=", self.id)]
        mails = self.env["mail.mail"].search(domain, limit=2)
        if len(mails) == 1:
            action |= {"views": [(False, "form")], "res_id": mails.id}
        return {**action, "domain": domain}

    def action_open_mail_recipients(self):
        """Show each address that this document was, or could not be, sent to; also those of mails that are gone."""
        self.ensure_one()
        self.check_access("read")
        self.env["mail.recipient"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_recipient_action")
        return {**action, "domain": [("model", "=", self._name), ("res_id", "=", self.id)]}

    def action_certificate(self):
        """Ask what the certificate of sending of all e-mails of this document is to be like."""
        self.ensure_one()
        self.check_access("read")
        wizards = self.env["mail.certificate.issue"]
        return wizards.create({"document_model": self._name, "document_id": self.id})._open()

    def action_set_mail_hold(self):
        """Ask why all e-mails of these documents are to be kept."""
        self.check_access("read")
        return self.env["mail.retention.hold.set"]._open(self._name, self.ids)
