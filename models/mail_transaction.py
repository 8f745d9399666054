import hashlib
import secrets
from contextlib import contextmanager

from psycopg2.errors import SerializationFailure
from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OUTCOMES, PHASES
from .mail_evidence import LooseMany2one

# Namespace of this module's advisory locks (any fixed number that no other add-on uses).
_LOCK_SPACE = 0x6D6473


class MailTransaction(models.Model):
    """One attempt to hand one envelope to a mail server: a mail transaction (RFC 5321 §3.3).

    Its row is committed by a cursor of its own before the data leaves, closed once by the same cursor, and never
    changed after. So it stays true when the caller's database transaction is rolled back after the mail has left.
    """

    _name = "mail.transaction"
    _description = "Mail Transaction"
    _inherit = ["mail.evidence"]
    _order = "id desc"
    _rec_name = "envelope_id"

    envelope_id = fields.Char(
        "Envelope ID",
        readonly=True,
        index=True,
        help="Sent to the server (ENVID) and in a header of the mail, so that a report that comes back can name it.",
    )
    envelope_key = fields.Char(readonly=True, help="The same for two attempts with the same recipients.")
    sender = fields.Char("Envelope Sender", readonly=True, help="Where reports come back to (MAIL FROM).")
    partner_id = LooseMany2one("res.partner", "Contact", readonly=True, help="Whom the email was made for.")
    recipients = fields.Text(readonly=True)
    recipient_replies = fields.Json(
        "Replies", readonly=True, help="Per recipient: email, outcome, phase, code, enhanced_code, reply, problem."
    )
    mail_server_id = LooseMany2one("ir.mail_server", "Outgoing Mail Server", readonly=True)
    smtp_server_name = fields.Char("Server", readonly=True, help="Host and port of the mail server that answered.")
    tls_version = fields.Char(
        "Encryption", readonly=True, help="The TLS version of the connection; empty: not encrypted."
    )
    tls_cipher = fields.Char("Cipher", readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    start_date = fields.Datetime("Started", readonly=True, index=True)
    data_date = fields.Datetime("Data sent from", readonly=True, help="When the mail's content began to leave.")
    end_date = fields.Datetime("Ended", readonly=True)
    duration = fields.Float("Duration (s)", readonly=True, digits=(10, 3))
    outcome = fields.Selection(OUTCOMES, readonly=True, index=True)
    phase = fields.Selection(PHASES, readonly=True)
    smtp_code = fields.Integer("Reply Code", readonly=True)
    smtp_enhanced_code = fields.Char("Enhanced Status Code", readonly=True)
    smtp_reply = fields.Text("Server's Words", readonly=True, help="The server's own words.")
    smtp_receipt = fields.Char("Receipt", readonly=True, index=True, help="The id that the server gave the mail.")
    problem = fields.Char(readonly=True, help="What went wrong where the server gave no reply.")
    transcript = fields.Text("Dialogue", readonly=True, help="What was said, without passwords and without the mail.")
    worker = fields.Integer(readonly=True, help="The advisory lock that the sending process holds as its sign of life.")

    _one_open = models.UniqueIndex("(mail_mail_id, envelope_key) WHERE outcome = 'open'")

    @api.model
    @contextmanager
    def _journal(self):
        """A journal for the transactions of one sender, written by a cursor of its own.

        :return: a context manager that gives a :class:`Journal`
        """
        with self.env.registry.cursor() as cr:
            journal = Journal(cr)
            try:
                yield journal
            finally:
                journal.close()
        self.env["mail.transaction"].invalidate_model()


class Journal:
    """Writes transactions to the database at once, whatever becomes of the caller's own database transaction."""

    def __init__(self, cr):
        self._cr = cr
        self._worker = secrets.randbelow(2**31)
        # Held until the session ends or close(): another worker that gets this lock knows that we are gone.
        cr.execute(SQL("SELECT pg_advisory_lock(%s, %s)", _LOCK_SPACE, self._worker))
        cr.commit()  # pylint: disable=invalid-commit

    def close(self):
        """Give up the sign of life. Rows still open are from now on known to be abandoned."""
        self._cr.rollback()
        self._cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", _LOCK_SPACE, self._worker))
        self._cr.commit()  # pylint: disable=invalid-commit

    def open(self, values):
        """Write and commit an open transaction.

        :param dict values: columns of ``mail_transaction``; ``recipients`` is a tuple of addresses
        :return: the row's id, or None if the same envelope is being sent by another worker
        :rtype: int | None
        """
        recipients = values.pop("recipients")
        values |= {
            "recipients": "\n".join(recipients),
            "envelope_key": envelope_key(recipients),
            "outcome": "open",
            "worker": self._worker,
        }
        columns = SQL(", ").join(map(SQL.identifier, values))
        query = SQL(
            """INSERT INTO mail_transaction (%s, start_date, create_date, write_date)
               VALUES (%s, clock_timestamp() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
               ON CONFLICT (mail_mail_id, envelope_key) WHERE outcome = 'open' DO NOTHING RETURNING id""",
            columns,
            SQL(", ").join(SQL("%s", value) for value in values.values()),
        )
        try:
            rows = self._run(query)
        except SerializationFailure:  # another worker committed the same envelope at this moment
            self._cr.rollback()
            rows = []
        return rows[0][0] if rows else None

    def mark_data(self, transaction_id):
        """Commit that the content of the mail begins to leave: from here on the outcome can be unknown."""
        self._run(
            SQL(
                "UPDATE mail_transaction SET data_date = clock_timestamp() AT TIME ZONE 'UTC'"
                " WHERE id = %s AND outcome = 'open' RETURNING id",
                transaction_id,
            )
        )

    def end(self, transaction_id, values):
        """Write and commit what a transaction came to. A transaction that has ended is never changed.

        :param dict values: columns of ``mail_transaction``; ``recipient_replies`` is a list of dict
        """
        if "recipient_replies" in values:
            values["recipient_replies"] = Json(values["recipient_replies"])
        self._run(
            SQL(
                """UPDATE mail_transaction SET %s, end_date = clock_timestamp() AT TIME ZONE 'UTC',
                          duration = extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - start_date)
                    WHERE id = %s AND outcome = 'open' RETURNING id""",
                SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()),
                transaction_id,
            )
        )

    def ended_since(self, mail_id, transaction_id):
        """The transactions of a mail that have ended and are newer than the given one.

        Rows whose worker is gone are ended first: nothing was sent if the content had not begun to leave,
        otherwise the outcome is unknown.

        :return: list of dict: id, partner_id, recipient_replies, envelope_id, smtp_receipt, smtp_server_name
        """
        self._end_abandoned(mail_id)
        names = ("id", "partner_id", "recipient_replies", "envelope_id", "smtp_receipt", "smtp_server_name")
        rows = self._run(
            SQL(
                """SELECT id, partner_id, recipient_replies, envelope_id, smtp_receipt, smtp_server_name
                     FROM mail_transaction
                    WHERE mail_mail_id = %s AND id > %s AND outcome != 'open' ORDER BY id""",
                mail_id,
                transaction_id,
            )
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _end_abandoned(self, mail_id):
        rows = self._run(
            SQL(
                """SELECT id, recipients, data_date IS NOT NULL FROM mail_transaction
                    WHERE mail_mail_id = %s AND outcome = 'open' AND worker != %s
                      AND pg_try_advisory_xact_lock(%s, worker)""",
                mail_id,
                self._worker,
                _LOCK_SPACE,
            )
        )
        for transaction_id, recipients, data_sent in rows:
            outcome = "unknown" if data_sent else "aborted"
            problem = "the sending process ended before the server answered"
            self.end(
                transaction_id,
                {
                    "outcome": outcome,
                    "phase": "content" if data_sent else "connect",
                    "problem": problem,
                    "recipient_replies": [
                        {"email": email, "outcome": outcome, "phase": "content", "problem": problem}
                        for email in recipients.split("\n")
                    ]
                    if data_sent
                    else [],
                },
            )

    def _run(self, query):
        self._cr.execute(query)
        rows = self._cr.fetchall()
        self._cr.commit()  # pylint: disable=invalid-commit
        return rows


def envelope_key(recipients):
    """A short text that is the same for two envelopes with the same recipients, in any order and case."""
    addresses = "\n".join(sorted(address.lower() for address in recipients))
    return hashlib.sha256(addresses.encode()).hexdigest()[:32]


def new_envelope_id():
    """An unguessable token for one envelope, of letters and digits only.

    So xtext encoding (RFC 3461 §4) leaves it as it is, and every server brings it back unchanged.
    """
    return secrets.token_hex(16)
