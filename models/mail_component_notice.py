import json

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, models

from ..const.component import COMPONENT_CHECKS

# What administrators were last told: {check: level}.
PARAMETER = "mail_delivery_status.component_told"
# Of servers ``ir.mail_server._cron_health()`` tells; what waits for a person's decision is shown on the page alone.
_NOT_TOLD = ("servers", "returns")


class MailComponent(models.AbstractModel):
    """Tells the administrators within Odoo when something is no longer in order, and when it is again.

    Not by e-mail, which may be what does not work: OdooBot writes to each in a chat of their own.
    """

    _inherit = "mail.component"

    @api.model
    def _cron_tell(self):
        """Tell what has become worse or well since the last run (scheduled action).

        Whoever is slower of two that run at once waits for the row and is rolled back then: nothing is told twice.
        """
        if self._is_neutralized():
            return
        parameters = self.env["ir.config_parameter"].sudo()
        found = [(check, finding) for check, finding in self._findings() if check not in _NOT_TOLD]
        now = {check: finding.level for check, finding in reversed(found)}  # the worst is last
        known = self._told()
        parameters.set_param(PARAMETER, json.dumps(now, sort_keys=True))
        parameters.flush_model()
        bad = {check for check, level in now.items() if level != "ok" and level != known.get(check, "ok")}
        well = {check for check, level in known.items() if level != "ok" and now.get(check, "ok") == "ok"}
        if bad or well:
            for user in self._administrators():
                self._tell(user, bad, well)

    @api.model
    def _told(self):
        """What was told last.

        :rtype: dict[str, str]
        """
        told = self.env["ir.config_parameter"].sudo().get_param(PARAMETER)
        return json.loads(told) if told else {}

    @api.model
    def _administrators(self):
        """Who is told."""
        group = self.env.ref("base.group_system")
        return self.env["res.users"].sudo().search([("all_group_ids", "in", group.ids), ("share", "=", False)])

    def _tell(self, user, bad, well):
        """Write to one administrator, in their language and time zone.

        :param set bad: words of ``COMPONENT_CHECKS`` that are worse than they were told
        :param set well: those that are in order again
        """
        component = self.with_context(lang=user.lang, tz=user.tz)
        lines = [
            (component._name_of(check), finding.text, finding.advice)
            for check, finding in (component._findings() if bad else ())
            if check in bad and finding.level != "ok"
        ]
        lines += [
            (component._name_of(check), component.env._("is in order again."), "")
            for check, _label in COMPONENT_CHECKS
            if check in well
        ]
        component._write_to(user.partner_id, component.env._("E-mails of this Odoo"), lines)

    @api.model
    def _write_to(self, partner, title, lines):
        """OdooBot writes to somebody in a chat: it is there whatever becomes of e-mails, and unread until it is read.

        :param str title: in the language of the reader, as all of it
        :param lines: (what it is about or "", what there is, what to do or "")
        """
        if not lines:
            return
        items = Markup()
        for name, text, advice in lines:
            words = Markup("<b>%s</b>: %s") % (name, text) if name else Markup("%s") % text
            items += Markup("<li>%s%s</li>") % (words, Markup("<br/><i>%s</i>") % advice if advice else "")
        where = self.env._("All of it: E-mails → Configuration → Is everything in order?")
        odoobot = self.env.ref("base.partner_root")
        chats = self.env["discuss.channel"].with_user(SUPERUSER_ID)
        chats._get_or_create_chat([odoobot.id, partner.id]).message_post(
            author_id=odoobot.id,
            body=Markup("<p>%s</p><ul>%s</ul><p>%s</p>") % (title, items, where),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _name_of(self, check):
        """A subject in the language of the reader."""
        labels = self.env["mail.component.status.line"]._fields["check"]._description_selection(self.env)
        return dict(labels)[check]
