"""Writes mail transactions to the database at once, whatever becomes of the caller's own database transaction.

PostgreSQL is the only coordinator of any number of workers: an open row is a worker's claim on an email, the advisory
lock of the worker its sign of life. The columns are those of ``models/mail_transaction.py``.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID
from odoo.tools import SQL

from ..tools.recipient_state import TO_SEND, stored
from .delivery import Delivery, DeliveryResult

# Namespaces of this module's advisory locks (any fixed numbers that no other add-on uses): workers, limits.
LOCK_SPACE = 0x6D6473
LIMIT_SPACE = LOCK_SPACE + 1
# When PostgreSQL recovered from a crash last. Where one of its processes was killed its main process lives on, but it
# begins to count its statistics anew; whoever resets them by hand makes some attempts unknown, no more.
_LAST_RECOVERY = SQL(
    "(GREATEST(pg_postmaster_start_time(), (SELECT stats_reset FROM pg_stat_bgwriter)) AT TIME ZONE 'UTC')"
)
ABANDONED = "the sending process ended before the server answered"


def _columns(names: Iterable[str]) -> SQL:
    return SQL(", ").join(map(SQL.identifier, names))


# What is known of a transaction when it has ended. Of a message that nobody has, and nobody may have, there is no need.
_END_ASSIGNMENTS = SQL(", ").join(
    SQL("%s = n.%s", SQL.identifier(name), SQL.identifier(name))
    for name in (
        "message_sha256",
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
_END_ASSIGNMENTS = SQL(
    """%s, sent_message = CASE WHEN n.message_sha256 IS NOT NULL AND n.outcome IN ('accepted', 'partial', 'unknown')
                               THEN t.sent_message END""",
    _END_ASSIGNMENTS,
)

# As "outcome = 'open'", where rows are found by their ids: PostgreSQL would go through the index of what is open, where
# it expects hardly anything and where all that was open lately still is.
_IS_OPEN = SQL("COALESCE(t.outcome, '') = 'open'")


class TransactionLog:
    """The log as one worker writes it.

    :param run: executes, fetches and commits
    :param worker: the advisory lock that shows that the sending process is alive
    """

    def __init__(self, run: Callable[[SQL], list[tuple]], worker: int) -> None:
        self._run = run
        self.worker = worker

    def sign_on(self) -> None:
        """Take the advisory lock, held until the database session ends or :meth:`sign_off`."""
        self._run(SQL("SELECT pg_advisory_lock(%s, %s)", LOCK_SPACE, self.worker))

    def sign_off(self) -> None:
        """Give up the sign of life. Rows still open are from now on known to be abandoned."""
        self._run(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_SPACE, self.worker))

    @contextmanager
    def counting(self, mail_server) -> Iterator[None]:
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

    def open(self, rows: Sequence[Mapping[str, Any]]) -> list[int | None]:
        """Write and commit open transactions.

        A mail that another worker has taken since the caller looked is left to it: there is a transaction of the same
        email that the caller does not know. A lock on the mail's row does not show that: who waits for it sees the
        database as it was before.

        :param rows: columns of ``mail_transaction`` each; ``recipients`` is a sequence of addresses, ``id``
            the last transaction of the same email that the caller knows
        :return: the id of each row, in order; None where another worker has the mail
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
            columns=_columns({name: None for row in values for name in row if name != "id"}),
            worker=self.worker,
            uid=SUPERUSER_ID,
            rows=json.dumps(values),
        )
        try:
            ids = {envelope_id: row_id for row_id, envelope_id in self._run(query)}
        except SerializationFailure:  # another worker committed one of these envelopes at this moment
            ids = {}
        return [ids.get(row["envelope_id"]) for row in rows]

    def settle(self, ended: Sequence[Mapping[str, Any]] = (), leaving: Iterable[int] = ()) -> set[int]:
        """Write and commit, in one statement, what transactions came to and which ones begin to send their content.

        A transaction that has ended is never changed. From ``leaving`` on an outcome can be unknown.

        The SHA-256 of the message stays if a row of ``ended`` has it; the message itself stays if moreover somebody
        has it, or may have it.

        :param ended: dicts of columns of ``mail_transaction``, with ``id``
        :param leaving: ids
        :return: those of ``leaving`` that were still open; the others must not be sent
        """
        if not ended and not leaving:
            return set()
        rows = self._run(
            SQL(
                """WITH ended AS (
                       UPDATE mail_transaction t SET %(assignments)s, end_date = clock_timestamp() AT TIME ZONE 'UTC',
                              duration = extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - t.start_date)
                         FROM jsonb_populate_recordset(NULL::mail_transaction, %(ended)s) n
                        WHERE t.id = n.id AND t.id = ANY(%(ids)s) AND %(is_open)s)
                   UPDATE mail_transaction t SET data_date = clock_timestamp() AT TIME ZONE 'UTC'
                    WHERE id = ANY(%(leaving)s) AND %(is_open)s RETURNING id""",
                is_open=_IS_OPEN,
                assignments=_END_ASSIGNMENTS,
                ended=json.dumps(list(ended)),
                ids=[row["id"] for row in ended],
                leaving=list(leaving),
            )
        )
        return {row_id for (row_id,) in rows}

    def unrecorded(self, mail_ids: Iterable[int]) -> list[DeliveryResult]:
        """The transactions of these mails that have ended and that not all their recipients show yet.

        The database transaction that should have recorded them was rolled back, or its worker died.
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
                """SELECT %(columns)s, shown.transactions
                     FROM mail_transaction t,
                          LATERAL (SELECT jsonb_object_agg(r.email, COALESCE(r.transaction_id, 0)) AS transactions,
                                          max(r.transaction_id) AS last,
                                          bool_or(r.state = ANY(%(to_send)s) AND COALESCE(r.transaction_id, 0) < t.id)
                                          AS is_behind
                                     FROM mail_recipient r
                                    WHERE r.mail_mail_id = t.mail_mail_id
                                      AND COALESCE(r.partner_id, 0) = COALESCE(t.partner_id, 0)) shown
                    WHERE mail_mail_id = ANY(%(mails)s) AND outcome NOT IN ('open', 'aborted')
                      AND (shown.is_behind OR COALESCE(shown.last, 0) < t.id)
                    ORDER BY id""",
                columns=_columns(names),
                to_send=list(stored(TO_SEND)),
                mails=list(mail_ids),
            )
        )
        results = (
            DeliveryResult.of_log(dict(zip(names, row, strict=True))).not_shown(transactions or {})
            for *row, transactions in rows
        )
        return [result for result in results if result.recipients]

    def end_abandoned(self, mail_ids: Iterable[int] | None = None) -> None:
        """End the open transactions whose worker is gone.

        Nothing was sent if the content had not begun to leave; otherwise the outcome is unknown. After a crash of
        PostgreSQL the last marks may be lost (they are committed asynchronously), so what was open before it is
        unknown, too: rather that than a second mail.

        :param mail_ids: only those of these mails
        """
        self._run(
            SQL(
                """UPDATE mail_transaction t
                      SET outcome = CASE WHEN left_before THEN 'unknown' ELSE 'aborted' END,
                          phase = CASE WHEN left_before THEN 'content' ELSE 'connect' END,
                          message_sha256 = CASE WHEN left_before THEN message_sha256 END,
                          sent_message = CASE WHEN left_before THEN sent_message END,
                          problem = %(problem)s, end_date = clock_timestamp() AT TIME ZONE 'UTC',
                          recipient_replies = CASE WHEN left_before THEN (
                              SELECT jsonb_agg(jsonb_build_object('email', email, 'outcome', 'unknown',
                                                                  'phase', 'content', 'problem', %(problem)s::text))
                                FROM unnest(string_to_array(t.recipients, E'\\n')) email) END
                     FROM (SELECT id, data_date IS NOT NULL
                                  OR start_date < %(last_recovery)s AS left_before
                             FROM mail_transaction
                            WHERE outcome = 'open' AND worker != %(worker)s AND %(which)s
                              AND pg_try_advisory_xact_lock(%(space)s, worker)) gone
                    WHERE t.id = gone.id RETURNING t.id""",
                problem=ABANDONED,
                last_recovery=_LAST_RECOVERY,
                worker=self.worker,
                which=SQL("TRUE") if mail_ids is None else SQL("mail_mail_id = ANY(%s)", list(mail_ids)),
                space=LOCK_SPACE,
            )
        )


def open_transactions(deliveries: Sequence[Delivery], log: TransactionLog) -> list[Delivery]:
    """Open a transaction for each delivery, committed before anything leaves.

    :return: the deliveries, opened, without those that another worker is sending
    """
    if not deliveries:
        return []
    ids = log.open([delivery.columns() for delivery in deliveries])
    return [delivery.opened(row_id) for delivery, row_id in zip(deliveries, ids, strict=True) if row_id]


def envelope_key(recipients: Iterable[str], partner_id: int | None = None) -> str:
    """A short text that is the same for two attempts to send the same email of a mail.

    :param recipients: addresses, in any order and case
    :param partner_id: whom the email was made for: two contacts with one address get one email each
    """
    addresses = "\n".join(sorted(address.lower() for address in recipients))
    return hashlib.sha256(f"{partner_id or 0}\n{addresses}".encode()).hexdigest()[:32]
