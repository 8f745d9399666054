"""The connections to mail servers, as many as are allowed and needed, each in a thread of its own."""

import threading
from collections.abc import Callable, Iterable
from functools import partial
from queue import SimpleQueue
from smtplib import SMTP

from odoo import api

from ..tools.smtp.pipeline import WINDOW_MAILS
from .delivery import Delivery
from .log_session import ConnectionTransactionLog, session_name
from .queue import DeliveryQueue
from .route import Route
from .sender import Sender


class ConnectionPool:
    """A queue of deliveries and the threads that empty it, each over a connection of its own.

    :param start_sender: makes the sender of a new thread
    :param max_connections: at the same time
    """

    def __init__(self, start_sender: Callable[[DeliveryQueue], Sender], max_connections: int) -> None:
        self.queue = DeliveryQueue()
        self._start_sender = start_sender
        self._max_connections = max_connections
        self._threads: list[threading.Thread] = []

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Queue deliveries; there is at least one thread to take them, and more where the last ones still wait."""
        is_behind = len(self.queue) > 0
        self.queue.put(deliveries)
        if not self._alive():
            self._start(1)
        elif is_behind:
            self.widen()

    def widen(self) -> None:
        """Have twice as many connections, as far as they are allowed and mails wait for one."""
        alive = len(self._alive())
        waiting = -(-len(self.queue) // WINDOW_MAILS)
        self._start(min(max(alive, 1), waiting, self._max_connections - alive))

    def close(self) -> None:
        """Send what is queued and end the threads."""
        self.queue.close()
        for thread in self._threads:
            thread.join()

    def _alive(self) -> list[threading.Thread]:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return self._threads

    def _start(self, count: int) -> None:
        for _ in range(count):
            sender = self._start_sender(self.queue)
            thread = threading.Thread(target=self._run, args=(sender,), name="mail sender", daemon=True)
            thread.start()
            self._threads.append(thread)

    @staticmethod
    def _run(sender: Sender) -> None:
        try:
            sender.run()
        finally:
            sender.log.close()


class ConnectionPools:
    """The pools of one drain: one for each server and login.

    :ivar results: gets what the senders hand back
    """

    def __init__(self, env: api.Environment, worker: int) -> None:
        self.results: SimpleQueue = SimpleQueue()
        self._env = env
        self._worker = worker
        self._pools: dict[tuple[int, str], ConnectionPool] = {}

    def put(self, route: Route, deliveries: list[Delivery]) -> None:
        """Send these deliveries by this route."""
        if not deliveries:
            return
        server = route.mail_server
        key = (server.id, route.smtp_from)
        if key not in self._pools:
            start = partial(
                self._start_sender, key, per_connection=server._mails_per_connection(), mode=server._pipeline_mode()
            )
            self._pools[key] = ConnectionPool(start, server._max_connections())
        self._pools[key].put(deliveries)

    def widen(self) -> None:
        """Have more connections where mails wait for one."""
        for pool in self._pools.values():
            pool.widen()

    def close(self) -> None:
        """Send what is queued and end the threads."""
        for pool in self._pools.values():
            pool.close()

    def _start_sender(self, key: tuple[int, str], queue: DeliveryQueue, **options) -> Sender:
        env = self._env
        connect = partial(connect_apart, env.registry, env.uid, dict(env.context), *key)
        log = ConnectionTransactionLog(env.cr.dbname, self._worker, session_name(key[0]))
        return Sender(queue, connect, log, self.results, **options)


def connect_apart(registry, uid: int, context: dict, mail_server_id: int, smtp_from: str) -> SMTP:
    """Connect with an environment of its own: a sender thread must not touch the main thread's."""
    with registry.cursor() as cr:
        env = api.Environment(cr, uid, context)
        return env["ir.mail_server"]._connect__(mail_server_id=mail_server_id, smtp_from=smtp_from)
