"""Odoo's own tests of the mail queue, through the drain; without this they meet core's loop alone.

They run where Odoo's `test_mail` is installed: `dev.py compat mail`. A test rolls back and has one database session. So
what the drain commits is flushed here, and its connections are used one after the other, in the same thread.
"""

import sys

from odoo.tests import tagged
from odoo.tools import mute_logger

# The modules, not their classes: a class that stands here would be run from here, too.
from odoo.addons.mail.tests import test_ir_mail_server

from ..engine import drain, pool
from ..engine.log_session import CursorTransactionLog
from ..engine.queue import DeliveryQueue


class PoolInThisThread(pool.ConnectionPool):
    """Sends at once what it is given."""

    def put(self, deliveries):
        queue = DeliveryQueue()
        queue.put(deliveries)
        queue.close()
        self._run(self._start_sender(queue))

    def widen(self):
        pass


class DrainedQueue:
    """Lets ``process_email_queue()`` drain the buffer within a test's database transaction."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.drained = 0
        self.patch(type(self.env["mail.mail"]), "_may_commit", lambda mails: True)
        # What core's tests put in the place of `_send()`, to count its calls, is no add-on's.
        self.patch(type(self.env["mail.mail"]), "_is_extended", lambda mails, *names: False)
        self.patch(self.env.cr, "commit", self.env.cr.flush)
        self.patch(pool, "ConnectionPool", PoolInThisThread)
        for module in (drain, pool):
            self.patch(module, "ConnectionTransactionLog", self.log)
        self.patch(drain, "FIRST_BATCH", drain.BATCH)  # core takes all at once
        # In one session nobody sees the worker's sign of life: all is recorded before the next claim.
        self.patch(drain, "MOST_IN_FLIGHT", drain.BATCH)
        run = drain.Drain.run

        def count(one):
            self.drained += 1
            run(one)

        self.patch(drain.Drain, "run", count)

    def log(self, _database, worker, *_session_name):
        cr = self.registry.cursor()
        log = CursorTransactionLog(cr)
        log.worker = worker
        log.close = cr.close
        return log


def drained(core, *names):
    """A class with these tests of a class of core's, which fail where the drain was not met."""

    def test(name):
        original = getattr(core, name)

        @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
        def run(self):
            original(self)
            self.assertTrue(self.drained, "it went through the drain")

        return run

    hidden = {name: None for name in dir(core) if name.startswith("test_")}
    case = type(f"Drained{core.__name__}", (DrainedQueue, core), {**hidden, **{name: test(name) for name in names}})
    return tagged("post_install", "-at_install", "drained_queue")(case)


TestDrainedPersonalServer = drained(
    test_ir_mail_server.TestPersonalServer,
    "test_personal_mail_server_limit",
    "test_personal_mail_server_limit_many_recipient",
)
if "odoo.addons.test_mail" in sys.modules:  # only where it is installed: else its models must not become known
    from odoo.addons.test_mail.tests import test_mail_composer, test_mail_mail

    # Not test_mail_mail_send_configuration: it counts core's own batches.
    TestDrainedMailMail = drained(test_mail_mail.TestMailMail, "test_mail_mail_schedule")
    TestDrainedComposerComment = drained(
        test_mail_composer.TestComposerResultsComment, "test_mail_composer_wtpl_complete"
    )
    TestDrainedComposerMass = drained(test_mail_composer.TestComposerResultsMass, "test_mail_composer_wtpl_complete")
