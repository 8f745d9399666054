"""Installing and uninstalling: what is made at run time has no external id, so Odoo does not know that it is ours."""

import logging

from odoo.fields import Domain
from odoo.tools import SQL

from .engine.log_session import transaction_log
from .models.mail_transaction_message import FILES_MODEL
from .tools.recipient_state import HANDED_OVER, STATE_OF_MAIL_STATE, WENT_WELL

_logger = logging.getLogger(__name__)

# Mails that are removed in one go.
BATCH = 1000
# The mails that were sent by another program.
IMPORTED = Domain("is_imported", "=", True)


def post_init_hook(env):
    """Give the mails that are there already the status that core's state stands for, and mark those that have ended.

    The database has filled the new column with its default: "to send", for mails that were sent long ago, too.
    """
    cases = SQL(" ").join(SQL("WHEN %s THEN %s", core, state.value) for core, state in STATE_OF_MAIL_STATE.items())
    env.cr.execute(
        SQL(
            """UPDATE mail_mail SET delivery_status = CASE state %s ELSE 'queued' END,
                                    is_older_than_module = state != 'outgoing'""",
            cases,
        )
    )
    env["mail.mail"].invalidate_model(["delivery_status", "is_older_than_module"])


def uninstall_hook(env):
    """Leave an Odoo that sends nothing that this module held back, and nothing twice."""
    _record_what_left(env)
    for reason, mails in plan(env)[1].items():
        _stop(mails, reason)
    _close_servers_and_mailboxes(env)
    env["mail.mail"]._set_buffer_crons(1)
    env["ir.config_parameter"].sudo().search([("key", "=like", "mail_delivery_status.%")]).unlink()
    env["mail.retention.hold"].sudo().search([]).unlink()  # else nothing of what they keep could be removed
    env["mail.retention.hold"]._forget()
    _remove_kept_mails(env)
    _remove_sources(env)
    env["mail.mail"]._forget_changed()


def plan(env):
    """What becomes of the mails of the buffer, which Odoo alone would all send at its next run.

    :return: those that it may send, and those that must not leave, each once: ``{reason in words: mails}``
    :rtype: tuple[mail.mail, dict[str, mail.mail]]
    """
    waiting = env["mail.mail"].sudo().search([("state", "=", "outgoing")])
    waiting -= waiting.filtered(_is_done)
    being_sent = waiting._being_sent()
    with_some = waiting.filtered(_was_handed_over_to_some) - being_sent
    held = waiting.filtered("is_held") - being_sent - with_some
    paused = waiting.filtered(lambda mail: (mail.mail_server_id or mail.waits_for_server_id).is_paused)
    paused -= being_sent + with_some + held
    reasons = {
        env._("Being sent while “E-mail Delivery Status” was uninstalled: it may have arrived."): being_sent,
        env._("Held when “E-mail Delivery Status” was uninstalled: it was not sent."): held,
        env._("Its mail server was paused when “E-mail Delivery Status” was uninstalled: it was not sent."): paused,
    }
    for mail in with_some:
        done, rest = mail.recipient_status_ids, mail.recipient_status_ids
        done = done.filtered(lambda row: row.state in HANDED_OVER)
        reason = env._(
            "“E-mail Delivery Status” was uninstalled before this mail had been sent to everybody."
            " Sent, or perhaps sent, to: %(done)s. Not sent to: %(rest)s",
            done=", ".join(done.mapped("email")),
            rest=", ".join((rest - done).mapped("email")) or "-",
        )
        reasons[reason] = reasons.get(reason, env["mail.mail"]) + mail
    reasons = {reason: mails for reason, mails in reasons.items() if mails}
    return waiting - waiting.browse().union(*reasons.values()), reasons


def _was_handed_over_to_some(mail):
    return any(row.state in HANDED_OVER for row in mail.recipient_status_ids)


def _is_done(mail):
    """Whether every recipient's server has the mail: only core's mark is missing."""
    states = mail.recipient_status_ids.mapped("state")
    return bool(states) and all(state in WENT_WELL for state in states)


def _record_what_left(env):
    """Take over from the transaction log what servers answered and no mail shows yet, as the next run would have."""
    mails = env["mail.mail"].sudo().search([("state", "=", "outgoing")])
    with transaction_log(env) as log:
        log.end_abandoned()
        env["mail.sender"].sudo()._recover(mails, log)
    mails.filtered("recipient_status_ids")._update_summary()
    done = mails.filtered(_is_done)
    done._update_summary(state="sent", failure_type=False, failure_reason=False)


def _stop(mails, reason):
    """Cancel mails and say why, on the mail and in the chatter."""
    _logger.warning("%s Mails: %s", reason, mails.ids)
    waiting = mails.recipient_status_ids.filtered(lambda row: row.state not in HANDED_OVER)
    notifications = mails.env["mail.notification"].sudo().search([("mail_mail_id", "in", mails.ids)])
    partners = waiting.partner_id
    not_sent = notifications.filtered(
        lambda one: (
            one.notification_status in ("ready", "process", "pending", "exception")
            and (not one.mail_mail_id.recipient_status_ids or one.res_partner_id in partners)
        )
    )
    not_sent.write({"notification_status": "canceled", "failure_reason": reason})
    mails.write({"state": "cancel", "failure_reason": reason})


def _close_servers_and_mailboxes(env):
    """Archive what Odoo alone would use in another way than was wanted: paused servers, and watched mailboxes.

    A mailbox that was only looked through would be fetched by Odoo: each mail in it marked as read, and imported.
    """
    paused = env["ir.mail_server"].sudo().search([("is_paused", "=", True)])
    watched = env["fetchmail.server"].sudo().with_context(active_test=False).search([("is_report_watch", "=", True)])
    if paused:
        _logger.warning("Archived, because paused: outgoing mail servers %s", paused.mapped("name"))
        paused.active = False
    if watched:
        _logger.warning("Archived, because only watched: mailboxes %s", watched.mapped("name"))
        watched.write({"active": False, "state": "draft"})


def _remove_kept_mails(env):
    """Remove the mails that Odoo itself would have removed when they were sent; with them goes what they say.

    Imported mails go, too: Odoo alone would show them in conversations as if they had been sent at the import.
    """
    mails = env["mail.mail"].sudo()
    ids = mails.search(Domain("state", "=", "sent") & (Domain("auto_delete", "=", True) | IMPORTED)).ids
    for start in range(0, len(ids), BATCH):
        mails.browse(ids[start : start + BATCH]).unlink()


def _remove_sources(env):
    """Remove what is kept of returned and of sent mails; what a note on a document shows goes to that document."""
    env.flush_all()
    env.cr.execute(
        SQL(
            """UPDATE ir_attachment a SET res_model = m.model, res_id = m.res_id
                 FROM message_attachment_rel rel JOIN mail_message m ON m.id = rel.message_id
                WHERE rel.attachment_id = a.id AND a.res_model = 'mail.report' AND m.model IS NOT NULL
                  AND m.model != 'mail.report'"""
        )
    )
    env.invalidate_all()
    models = (
        "mail.import",
        "mail.recipient",
        "mail.report",
        "mail.report.recipient",
        "mail.transaction",
        FILES_MODEL,
    )
    sources = [("res_model", "in", models)]
    env["ir.attachment"].sudo().search([*sources, ("id", "!=", False)]).unlink()
