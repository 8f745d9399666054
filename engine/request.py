"""Sends within somebody's request, over the connection that core has made; the caller commits."""

from functools import partial
from queue import SimpleQueue

from .delivery import DeliveryResults
from .drain import BATCH, MOST_BYTES
from .log_session import transaction_log
from .queue import DeliveryQueue
from .route import Route
from .sender import Sender
from .sent_message import keep_messages
from .transaction_log import open_transactions

# A mail or two go step by step: then a mail is marked as leaving only when its content really leaves.
MOST_STEP_BY_STEP = 2


def send_mails(
    mails, connection, *, alias_domain, mail_server, auto_commit=False, raise_exception=False, post_send_callback=None
) -> None:
    """Send mails over one connection.

    :param mail.mail mails: those in another state than ``outgoing`` are skipped
    :param smtplib.SMTP connection: connected and logged in; closed by the caller
    :param bool auto_commit: commit before the first batch, so that nothing undoes what has left, and after each
    :raise MailDeliveryException: if ``raise_exception`` and a mail was not handed over for all its recipients;
        then none of the mails behind it was sent
    """
    env = mails.env
    route = Route(mail_server, connection.smtp_from, alias_domain, connection.from_filter)
    connections = [connection]
    if auto_commit:
        env.cr.commit()  # pylint: disable=invalid-commit
    with transaction_log(env) as log:
        start = 0
        while batch := mails[start : start + (1 if raise_exception else BATCH)]._first_that_fit(MOST_BYTES):
            start += len(batch)
            wanted = batch.filtered(lambda mail: mail.state == "outgoing")
            # Whoever holds the lock is sending it. A lock that cannot be had because the row has changed raises
            # now, before anything leaves.
            locked = wanted.try_lock_for_update(allow_referencing=True)
            locked._open_notifications().try_lock_for_update(allow_referencing=True)
            _send_batch(locked, route, log, connections)
            if raise_exception:
                wanted._check_handed_over()
            if auto_commit:
                if post_send_callback:
                    post_send_callback(batch.ids)
                env.cr.commit()  # pylint: disable=invalid-commit
    if post_send_callback:
        post_send_callback(mails.ids)


def _send_batch(mails, route, log, connections) -> None:
    sender, server = mails.env["mail.sender"], route.mail_server
    results = DeliveryResults()
    log.end_abandoned(mails.ids)
    sender._recover(mails, log)
    queue, came_back = DeliveryQueue(), SimpleQueue()
    with log.counting(server):
        deliveries = sender._prepare(mails, route, results, sender._budget(server, MOST_BYTES))
        opened = open_transactions(deliveries, log)
    keep_messages(mails.env, server, opened)
    queue.put(opened)
    queue.close()
    mode = "step_by_step" if len(deliveries) <= MOST_STEP_BY_STEP else server._pipeline_mode()
    connect = partial(_next_connection, mails.env, connections, route)
    Sender(queue, connect, log, came_back, server._mails_per_connection(), mode).run()
    while not came_back.empty():
        results.add(*came_back.get())
    sender._record(mails, results)
    sender._tell_add_ons([delivery.email for delivery in deliveries], results)
    if results.left:  # what is left of a mail that is too much for one go leaves from the buffer
        sender._wait_if_limited(mails.browse(results.left), route)
        mails._wake_buffer()


def _next_connection(env, connections, route):
    """Return the caller's connection first; when that is of no use any more, a new one."""
    if connections:
        return connections.pop()
    return env["ir.mail_server"]._connect__(mail_server_id=route.mail_server.id, smtp_from=route.smtp_from)
