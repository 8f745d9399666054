import hashlib
import json
import secrets
from contextlib import contextmanager

import psycopg2
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields, models
from odoo.sql_db import connection_info_for
from odoo.tools import SQL

from ..const import OUTCOMES, PHASES
from ..tools.evidence import EVIDENCE_COLUMNS
from .mail_evidence import ADMINISTRATORS, LooseMany2one

# Namespaces of this module's advisory locks (any fixed numbers that no other add-on uses): workers, limits.
LOCK_SPACE = 0x6D6473
LIMIT_SPACE = LOCK_SPACE + 1
ABANDONED = "the sending process ended before the server answered"


def _columns(*names):
    return SQL(", ").join(map(SQL.identifier, names))


# What is known of a transaction when it is opened, and when it ends.
_OPEN_COLUMNS = _columns(
    *EVIDENCE_COLUMNS,
    "partner_id",
    "envelope_id",
    "envelope_key",
    "sender",
    "recipients",
    "mail_server_id",
    "smtp_server_name",
    "tls_version",
    "tls_cipher",
    "size",
)
_END_ASSIGNMENTS = SQL(", ").join(
    SQL("%s = n.%s", SQL.identifier(name), SQL.identifier(name))
    for name in (
        "outcome",
        "phase",
        "smtp_code",
        "smtp_enhanced_code",
        "smtp_reply",
        "smtp_receipt",
        "problem",
        "transcript",
        "recipient_replies",
        "tls_version",
        "tls_cipher",
    )
)


class MailTransaction(models.Model):
    """One attempt to hand one envelope to a mail server: a mail transaction (RFC 5321 §3.3).

    Its row is committed by a cursor of its own before the data leaves, closed once by the same cursor, and never
    changed after. So it stays true when the caller's database transaction is rolled back after the mail has left.
    """

    _name = "mail.transaction"
    _description = "Mail Transaction"
    _inherit = ["mail.evidence"]
    _order = "id desc"
    _rec_name = "smtp_server_name"

    envelope_id = fields.Char(
        "Envelope ID",
        readonly=True,
        index=True,
        groups=ADMINISTRATORS,
        help="Sent to the server (ENVID) and in a header of the mail, so that a report that comes back can name it.",
    )
    envelope_key = fields.Char(readonly=True, help="The same for two attempts with the same recipients.")
    sender = fields.Char(
        "Envelope Sender", readonly=True, groups=ADMINISTRATORS, help="Where reports come back to (MAIL FROM)."
    )
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
    start_date = fields.Datetime("Started", readonly=True)
    data_date = fields.Datetime("Data sent from", readonly=True, help="When the mail's content began to leave.")
    end_date = fields.Datetime("Ended", readonly=True)
    duration = fields.Float("Duration (s)", readonly=True, digits=(10, 3))
    outcome = fields.Selection(OUTCOMES, readonly=True)
    phase = fields.Selection(PHASES, readonly=True)
    smtp_code = fields.Integer("Reply Code", readonly=True)
    smtp_enhanced_code = fields.Char("Enhanced Status Code", readonly=True)
    smtp_reply = fields.Text("Server's Words", readonly=True, help="The server's own words.")
    smtp_receipt = fields.Char("Receipt", readonly=True, index=True, help="The id that the server gave the mail.")
    problem = fields.Char(readonly=True, help="What went wrong where the server gave no reply.")
    transcript = fields.Text(
        "Dialogue",
        readonly=True,
        groups=ADMINISTRATORS,
        help="What was said, without passwords and without the mail.",
    )
    worker = fields.Integer(readonly=True, help="The advisory lock that the sending process holds as its sign of life.")

    # Rate limits count the latest transactions of a server.
    _by_server = models.Index("(mail_server_id, start_date)")
    _one_open = models.UniqueIndex("(mail_mail_id, envelope_key) WHERE outcome = 'open'")

    @api.model
    @contextmanager
    def _journal(self):
        """A journal for the mails of one request, written by a cursor of its own.

        :return: a context manager that gives a :class:`Journal`
        """
        with self.env.registry.cursor() as cr:
            journal = CursorJournal(cr)
            journal.sign_on()
            try:
                yield journal
            finally:
                journal.sign_off()
        self.invalidate_model()


class Journal:
    """Writes transactions to the database at once, whatever becomes of the caller's own database transaction.

    :param run: ``run(query: SQL) -> list[tuple]``, which executes, fetches and commits
    :param int worker: the advisory lock that shows that the sending process is alive
    """

    def __init__(self, run, worker):
        self._run = run
        self.worker = worker

    def sign_on(self):
        """Take the advisory lock, held until the database session ends or :meth:`sign_off`."""
        self._run(SQL("SELECT pg_advisory_lock(%s, %s)", LOCK_SPACE, self.worker))

    def sign_off(self):
        """Give up the sign of life. Rows still open are from now on known to be abandoned."""
        self._run(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_SPACE, self.worker))

    @contextmanager
    def counting(self, mail_server):
        """While this lasts no other worker opens transactions for a server with limits: what is free is free for us.

        Take it before the limits are looked at, until the transactions are open.
        """
        if not mail_server._has_limits():
            yield
            return
        self._run(SQL("SELECT pg_advisory_lock(%s, %s)", LIMIT_SPACE, mail_server.id))
        try:
            yield
        finally:
            self._run(SQL("SELECT pg_advisory_unlock(%s, %s)", LIMIT_SPACE, mail_server.id))

    def open(self, rows):
        """Write and commit open transactions.

        A mail that another worker has taken since the caller looked is left to it: there is a transaction of the same
        email that the caller does not know. A lock on the mail's row does not show that: who waits for it sees the
        database as it was before.

        :param list[dict] rows: columns of ``mail_transaction`` each; ``recipients`` is a sequence of addresses, ``id``
            the last transaction of the same email that the caller knows
        :return: the id of each row, in order; None where another worker has the mail
        :rtype: list[int | None]
        """
        values = [
            {
                **row,
                "recipients": "\n".join(row["recipients"]),
                "envelope_key": envelope_key(row["recipients"], row.get("partner_id")),
            }
            for row in rows
        ]
        query = SQL(
            """INSERT INTO mail_transaction
                      (%(columns)s, outcome, worker, start_date, create_uid, create_date, write_uid, write_date)
               SELECT %(columns)s, 'open', %(worker)s, clock_timestamp() AT TIME ZONE 'UTC',
                      %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                 FROM jsonb_populate_recordset(NULL::mail_transaction, %(rows)s) n
                WHERE NOT EXISTS (SELECT FROM mail_transaction t
                                   WHERE t.mail_mail_id = n.mail_mail_id AND t.id > COALESCE(n.id, 0)
                                     AND COALESCE(t.partner_id, 0) = COALESCE(n.partner_id, 0)
                                     AND t.outcome != 'aborted')
               ON CONFLICT (mail_mail_id, envelope_key) WHERE outcome = 'open' DO NOTHING
               RETURNING id, envelope_id""",
            columns=_OPEN_COLUMNS,
            worker=self.worker,
            uid=SUPERUSER_ID,
            rows=json.dumps(values),
        )
        try:
            ids = {envelope_id: row_id for row_id, envelope_id in self._run(query)}
        except SerializationFailure:  # another worker committed one of these envelopes at this moment
            ids = {}
        return [ids.get(row["envelope_id"]) for row in rows]

    def settle(self, ended=(), leaving=()):
        """Write and commit, in one statement, what transactions came to and which ones begin to send their content.

        A transaction that has ended is never changed. From ``leaving`` on an outcome can be unknown.

        :param ended: dicts of columns of ``mail_transaction``, with ``id``
        :param leaving: ids
        :return: those of ``leaving`` that were still open; the others must not be sent
        :rtype: set[int]
        """
        if not ended and not leaving:
            return set()
        rows = self._run(
            SQL(
                """WITH ended AS (
                       UPDATE mail_transaction t SET %(assignments)s, end_date = clock_timestamp() AT TIME ZONE 'UTC',
                              duration = extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - t.start_date)
                         FROM jsonb_populate_recordset(NULL::mail_transaction, %(ended)s) n
                        WHERE t.id = n.id AND t.outcome = 'open')
                   UPDATE mail_transaction SET data_date = clock_timestamp() AT TIME ZONE 'UTC'
                    WHERE id = ANY(%(leaving)s) AND outcome = 'open' RETURNING id""",
                assignments=_END_ASSIGNMENTS,
                ended=json.dumps(list(ended)),
                leaving=list(leaving),
            )
        )
        return {row_id for (row_id,) in rows}

    def unrecorded(self, mail_ids):
        """The transactions of these mails that have ended and that no recipient shows yet.

        The database transaction that should have recorded them was rolled back, or its worker died.

        :rtype: list[dict]
        """
        names = (
            "id",
            "mail_mail_id",
            "partner_id",
            "recipient_replies",
            "envelope_id",
            "smtp_receipt",
            "smtp_server_name",
        )
        rows = self._run(
            SQL(
                """SELECT %s FROM mail_transaction t
                    WHERE mail_mail_id = ANY(%s) AND outcome NOT IN ('open', 'aborted')
                      AND NOT EXISTS (SELECT FROM mail_recipient r
                                       WHERE r.mail_mail_id = t.mail_mail_id AND r.transaction_id >= t.id
                                         AND COALESCE(r.partner_id, 0) = COALESCE(t.partner_id, 0))
                    ORDER BY id""",
                SQL(", ").join(map(SQL.identifier, names)),
                list(mail_ids),
            )
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def end_abandoned(self, mail_ids=None):
        """End the open transactions whose worker is gone.

        Nothing was sent if the content had not begun to leave; otherwise the outcome is unknown. After a restart of
        PostgreSQL the last marks may be lost (they are committed asynchronously), so what was open before it is
        unknown, too: rather that than a second mail.

        :param mail_ids: only those of these mails
        """
        self._run(
            SQL(
                """UPDATE mail_transaction t
                      SET outcome = CASE WHEN left_before THEN 'unknown' ELSE 'aborted' END,
                          phase = CASE WHEN left_before THEN 'content' ELSE 'connect' END,
                          problem = %(problem)s, end_date = clock_timestamp() AT TIME ZONE 'UTC',
                          recipient_replies = CASE WHEN left_before THEN (
                              SELECT jsonb_agg(jsonb_build_object('email', email, 'outcome', 'unknown',
                                                                  'phase', 'content', 'problem', %(problem)s::text))
                                FROM unnest(string_to_array(t.recipients, E'\\n')) email) END
                     FROM (SELECT id, data_date IS NOT NULL
                                  OR start_date < pg_postmaster_start_time() AT TIME ZONE 'UTC' AS left_before
                             FROM mail_transaction
                            WHERE outcome = 'open' AND worker != %(worker)s AND %(which)s
                              AND pg_try_advisory_xact_lock(%(space)s, worker)) gone
                    WHERE t.id = gone.id RETURNING t.id""",
                problem=ABANDONED,
                worker=self.worker,
                which=SQL("TRUE") if mail_ids is None else SQL("mail_mail_id = ANY(%s)", list(mail_ids)),
                space=LOCK_SPACE,
            )
        )


class CursorJournal(Journal):
    """Through an Odoo cursor of its own: for mails sent inside somebody's request."""

    def __init__(self, cr):
        super().__init__(self._run_on_cursor, new_worker())
        self._cr = cr

    def _run_on_cursor(self, query):
        try:
            self._cr.execute(query)
            rows = self._cr.fetchall()
        except Exception:
            self._cr.rollback()
            raise
        self._cr.commit()  # pylint: disable=invalid-commit
        return rows


class ConnectionJournal(Journal):
    """Through a database connection of its own, for one sender thread; each statement commits by itself."""

    def __init__(self, database, worker):
        super().__init__(self._run_on_connection, worker)
        self._connection = psycopg2.connect(**connection_info_for(database)[1])
        self._connection.autocommit = True
        # Waiting for the disk at each mark would cost more than the mail; end_abandoned() knows what may be lost.
        self._run_on_connection(SQL("SELECT set_config('synchronous_commit', 'off', false)"))

    def close(self):
        self._connection.close()

    def _run_on_connection(self, query):
        with self._connection.cursor() as cr:
            cr.execute(query.code, query.params)
            return cr.fetchall()


def envelope_key(recipients, partner_id=None):
    """A short text that is the same for two attempts to send the same email of a mail.

    :param recipients: addresses, in any order and case
    :param partner_id: whom the email was made for: two contacts with one address get one email each
    """
    addresses = "\n".join(sorted(address.lower() for address in recipients))
    return hashlib.sha256(f"{partner_id or 0}\n{addresses}".encode()).hexdigest()[:32]


def recovered_entry(row):
    """What a row of :meth:`Journal.unrecorded` says, for ``mail.recipient._record_replies()``."""
    return {
        "mail_id": row["mail_mail_id"],
        "partner_id": row["partner_id"] or False,
        "replies": row["recipient_replies"] or [],
        "facts": {
            "transaction_id": row["id"],
            **{name: row[name] for name in ("envelope_id", "smtp_receipt", "smtp_server_name")},
        },
        "kinds": {},
    }


def new_worker():
    """A number for the advisory lock of a sending process."""
    return secrets.randbelow(2**31)


def new_envelope_id():
    """An unguessable token for one envelope, of letters and digits only.

    So xtext encoding (RFC 3461 §4) leaves it as it is, and every server brings it back unchanged.
    """
    return secrets.token_hex(16)
