from odoo import api, fields, models

from ..const.causes import ACTORS, CAUSE_WORDS, CAUSES
from ..tools.explanation import Cause, Facts, explain
from ..tools.smtp.reply import Reply
from ..tools.smtp.transaction import Phase


class MailRecipient(models.Model):
    """Why the mail did not arrive at this address, or not yet: what that means, what to do, and who has to act."""

    _inherit = "mail.recipient"

    cause = fields.Selection(CAUSES, compute="_compute_cause", store=True)
    cause_meaning = fields.Char("Why", compute="_compute_advice")
    what_to_do = fields.Char(compute="_compute_advice")
    actor = fields.Selection(ACTORS, "Who acts", compute="_compute_actor")
    advice = fields.Text("What it means, what to do", compute="_compute_advice")

    @api.depends(
        "state",
        "phase",
        "problem",
        "smtp_code",
        "smtp_reply",
        "smtp_server_name",
        "bounce_code",
        "bounce_reason",
        "bounce_type",
    )
    def _compute_cause(self):
        for recipient in self:
            facts = recipient._facts()
            found = facts and explain(facts)
            recipient.cause = found and found.cause.value

    @api.depends("cause", "state")
    def _compute_actor(self):
        for recipient in self:
            # What a server refuses for good because of the account is tried again: the reply alone does not say that.
            is_final = recipient.state != "deferred"
            recipient.actor = recipient.cause and Cause(recipient.cause).who_acts(is_final).value

    @api.depends("cause")
    @api.depends_context("lang")
    def _compute_advice(self):
        for recipient in self:
            words = recipient.cause and CAUSE_WORDS[recipient.cause]
            recipient.cause_meaning = words and self.env._(words.meaning)
            recipient.what_to_do = words and self.env._(words.what_to_do)
            recipient.advice = words and f"{recipient.cause_meaning}\n{recipient.what_to_do}"

    def _facts(self):
        """What is known of a failure.

        :rtype: Facts | None
        """
        if self.state == "bounced":
            return Facts.of_return(self.bounce_code or "", self.bounce_reason or "", self.bounce_type == "hard")
        if self.state == "canceled":  # that it was put off before is of no interest any more
            return Facts(problem=self.problem) if self.problem else None
        if self.state not in ("deferred", "refused", "unknown"):
            return None
        phase, problem = Phase(self.phase) if self.phase else None, self.problem or ""
        server = (self.smtp_server_name or "").rpartition(":")[0]
        if self.smtp_code:
            return Facts.of_reply(Reply.of(self.smtp_code, self.smtp_reply or ""), phase, problem, server)
        return Facts(phase=phase, problem=problem, server=server)
