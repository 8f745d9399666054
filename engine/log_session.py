"""The database sessions that the transaction log is written through, apart from the caller's own."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2

from odoo.sql_db import BaseCursor, connection_info_for
from odoo.tools import SQL

from .transaction_log import TransactionLog


class CursorTransactionLog(TransactionLog):
    """Through an Odoo cursor of its own: for mails sent inside somebody's request."""

    def __init__(self, cr: BaseCursor) -> None:
        super().__init__(self._run_on_cursor, new_worker())
        self._cr = cr

    def _run_on_cursor(self, query: SQL) -> list[tuple]:
        try:
            self._cr.execute(query)
            rows = self._cr.fetchall()
        except Exception:
            self._cr.rollback()
            raise
        self._cr.commit()  # pylint: disable=invalid-commit
        return rows


class ConnectionTransactionLog(TransactionLog):
    """Through a database connection of its own, for one sender thread; each statement commits by itself.

    :param name: of the database session, by which it is found in ``pg_stat_activity``
    """

    def __init__(self, database: str, worker: int, name: str = "") -> None:
        super().__init__(self._run_on_connection, worker)
        self._connection = psycopg2.connect(**connection_info_for(database)[1])
        self._connection.autocommit = True
        self._do_not_wait()
        if name:
            self._run_on_connection(SQL("SELECT set_config('application_name', %s, false)", name))

    def _do_not_wait(self) -> None:
        """Waiting for the disk at each mark would cost more than the mail; end_abandoned() knows what may be lost."""
        self._run_on_connection(SQL("SELECT set_config('synchronous_commit', 'off', false)"))

    def open(self, rows: Sequence[Mapping[str, Any]]) -> list[int | None]:
        """Wait for the disk: of an attempt whose row a crash takes away nobody would know."""
        with self._connection.cursor() as cr:
            cr.execute("RESET synchronous_commit")
        ids = super().open(rows)
        self._do_not_wait()
        return ids

    def close(self) -> None:
        """End the database session, and with it the sign of life."""
        self._connection.close()

    def _run_on_connection(self, query: SQL) -> list[tuple]:
        with self._connection.cursor() as cr:
            cr.execute(query.code, query.params)
            return cr.fetchall()


@contextmanager
def transaction_log(env) -> Iterator[TransactionLog]:
    """A log for the mails of one request, written by a cursor of its own."""
    with env.registry.cursor() as cr:
        log = CursorTransactionLog(cr)
        log.sign_on()
        try:
            yield log
        finally:
            log.sign_off()
    env["mail.transaction"].invalidate_model()


def session_name(server_id: int) -> str:
    """The name of the sessions whose threads have a connection to this mail server, or are making one."""
    return f"mail_delivery_status server {server_id}"


def new_worker() -> int:
    """Make a number for the advisory lock of a sending process."""
    return secrets.randbelow(2**31)
