from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.transaction_log import LOCK_SPACE

# In the order in which they are claimed; see _claim_query().
CLAIM_KINDS = ("timed", "freed", "plain")


class MailMail(models.Model):
    """Which mails of the buffer are due, and whose turn it is; the indexes that tell it without reading the others."""

    _inherit = "mail.mail"

    # What a claim looks for, in its order; lists and counters by state.
    _buffer = models.Index(
        "(sending_priority DESC, id) WHERE state = 'outgoing' AND waits_for_server_id IS NULL"
        " AND retry_date IS NULL AND scheduled_date IS NULL"
    )
    _buffer_timed = models.Index(
        "(GREATEST(retry_date, scheduled_date)) WHERE state = 'outgoing' AND waits_for_server_id IS NULL"
        " AND (retry_date IS NOT NULL OR scheduled_date IS NOT NULL)"
    )
    _buffer_freed = models.Index(
        "(waits_for_server_id, sending_priority DESC, id) WHERE state = 'outgoing' AND waits_for_server_id IS NOT NULL"
    )
    _by_state = models.Index("(state, id)")
    _by_delivery_status = models.Index("(delivery_status, id)")

    @api.model
    def _claim(self, limit):
        """Lock the next mails that are due: those whose time has come, whose server takes mail again, then the oldest.

        A mail with an open transaction is being sent by another worker and is passed over.

        :rtype: mail.mail
        """
        ids = []
        for kind in CLAIM_KINDS:
            if len(ids) < limit:
                ids += [row_id for (row_id,) in self.env.execute_query(self._claim_query(limit - len(ids), kind))]
        return self.browse(ids)

    @api.model
    def _claim_query(self, limit, kind="plain"):
        """The query of :meth:`_claim`.

        :param str kind: "timed", the mails that wait for a time (put off, scheduled); "freed", those that waited for a
            server that takes mail now; "plain", all others
        :rtype: SQL
        """
        now = fields.Datetime.now()
        due = {
            "timed": SQL(
                "waits_for_server_id IS NULL AND (retry_date IS NOT NULL OR scheduled_date IS NOT NULL)"
                " AND GREATEST(retry_date, scheduled_date) <= %s ORDER BY GREATEST(retry_date, scheduled_date)",
                now,
            ),
            # Whether a server takes mail is asked of the server, now: a date written on a mail would be too late when
            # the server is resumed, archived or given another limit.
            "freed": SQL(
                "waits_for_server_id IN (SELECT id FROM ir_mail_server WHERE NOT (%s))"
                " AND (scheduled_date IS NULL OR scheduled_date <= %s) ORDER BY sending_priority DESC, id",
                self.env["ir.mail_server"]._is_blocked_sql(now),
                now,
            ),
            "plain": SQL(
                "waits_for_server_id IS NULL AND retry_date IS NULL AND scheduled_date IS NULL"
                " ORDER BY sending_priority DESC, id"
            ),
        }[kind]
        # Another worker has a mail as long as one of its transactions is open, and until what it came to is recorded,
        # for which that worker must be alive (its advisory lock is taken).
        return SQL(
            """SELECT id FROM mail_mail m
                WHERE NOT EXISTS (
                          SELECT FROM mail_transaction t
                           WHERE t.mail_mail_id = m.id AND t.outcome != 'aborted'
                             AND (t.outcome = 'open'
                                  OR NOT EXISTS (SELECT FROM mail_recipient r
                                                  WHERE r.mail_mail_id = t.mail_mail_id AND r.transaction_id >= t.id
                                                    AND COALESCE(r.partner_id, 0) = COALESCE(t.partner_id, 0))
                                     AND NOT pg_try_advisory_xact_lock_shared(%s, t.worker)))
                  AND state = 'outgoing' AND is_held IS NOT TRUE AND %s
                LIMIT %s FOR UPDATE SKIP LOCKED""",
            LOCK_SPACE,
            due,
            limit,
        )

    def _lock_free(self):
        """Lock those of these mails that nobody sends or changes right now, until this database transaction ends.

        :return: the locked ones, in superuser mode
        :rtype: mail.mail
        """
        free = self.sudo().try_lock_for_update(allow_referencing=True)
        return free - free._on_their_way()

    def _on_their_way(self):
        """Those of these mails that are being sent, or were, and what became of them is not recorded yet.

        Asked in a database session of its own, too: ours sees the database as it was when the request began, and a
        sender lets go of the mails' rows as soon as its transactions are open.

        :rtype: mail.mail
        """
        query = SQL(
            """SELECT mail_mail_id, COALESCE(partner_id, 0), max(id), bool_or(outcome = 'open') FROM mail_transaction
                WHERE mail_mail_id = ANY(%s) AND outcome != 'aborted' GROUP BY 1, 2""",
            list(self._ids),
        )
        attempts = self.env.execute_query(query)
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            attempts += cr.fetchall()
        tried = self.browse({mail_id for mail_id, *_attempt in attempts})
        recorded = defaultdict(int)
        for _id, mail_id, _message_id, partner_id, _email, _state, transaction_id in tried.sudo()._recipient_rows():
            recorded[mail_id, partner_id] = max(recorded[mail_id, partner_id], transaction_id)
        return self.browse(
            {
                mail_id
                for mail_id, partner_id, last, is_open in attempts
                if is_open or last > recorded[mail_id, partner_id]
            }
        )

    def _first_that_fit(self, size):
        """The first of these mails that take no more than so many bytes together when they leave; at least one.

        A guess, before anything is read: attachments are encoded (a third more), and each contact gets a copy.

        :param int size: bytes
        :rtype: mail.mail
        """
        if len(self) <= 1:
            return self
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id,
                          (COALESCE(octet_length(m.body_html), 0) * 3
                           + (SELECT COALESCE(sum(a.file_size), 0) * 1.4
                                FROM message_attachment_rel x JOIN ir_attachment a ON a.id = x.attachment_id
                               WHERE x.message_id = m.mail_message_id))
                          * GREATEST(1, (SELECT count(*) FROM mail_mail_res_partner_rel p WHERE p.mail_mail_id = m.id))
                     FROM mail_mail m WHERE m.id = ANY(%s)""",
                list(self._ids),
            )
        )
        sizes = dict(rows)
        fitting, total = [], 0
        for mail_id in self._ids:
            total += sizes.get(mail_id, 0)
            if fitting and total > size:
                break
            fitting.append(mail_id)
        return self.browse(fitting)

    @api.model
    def _count_due(self):
        """Whether mails are due that nobody has claimed: 0 or 1. Leaves them where they are."""
        return int(any(self.env.execute_query(self._claim_query(1, kind)) for kind in CLAIM_KINDS))
