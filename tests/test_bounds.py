import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from odoo.tests import tagged

from .drain_common import DrainCase
from .servers.scripted import ScriptedServer, Step

MEGABYTE = 1024 * 1024


@tagged("post_install", "-at_install")
class TestBounds(DrainCase):
    """What is in memory at a time is bounded in bytes, whatever the number of mails and their recipients."""

    SIZE = 6 * MEGABYTE  # of the attachment; 8.2 MB when it is encoded
    MOST = 260 * MEGABYTE  # more than the start; all mails together are 330 MB, without any copy

    def setUp(self):
        super().setUp()
        self.taken = 0
        self.server = self.enterContext(ScriptedServer({".": self.take}))
        self.server_id = self.create_server(self.server.port)
        [self.attachment] = self.make(
            "ir.attachment", {"name": "scan.pdf", "raw": os.urandom(self.SIZE), "mimetype": "application/pdf"}
        )

    def take(self, _line):
        self.taken += 1
        return Step(b"250 2.0.0 Ok", keep=False)

    @contextmanager
    def peak(self):
        """How many bytes the process grows at most while this lasts: a list with one number."""

        def resident():
            return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        def watch():
            while not done.wait(0.005):
                found[0] = max(found[0], resident() - start)

        start, found, done = resident(), [0], threading.Event()
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield found
        finally:
            done.set()
            watcher.join()

    def test_many_mails_with_big_attachments(self):
        mails = self.create_mails(40, self.server_id, attachment_ids=[(6, 0, [self.attachment])])
        with self.peak() as peak:
            self.drain()
        self.assertEqual(set(self.values_of(mails, "state")), {"sent"})
        self.assertEqual(self.taken, 40)
        self.assertLess(peak[0], self.MOST)

    def one_mail_to_many(self):
        contacts = self.make("res.partner", *({"name": str(n), "email": f"f{n}@dest.test"} for n in range(40)))
        values = {"email_to": False, "recipient_ids": [(6, 0, contacts)], "attachment_ids": [(6, 0, [self.attachment])]}
        return self.create_mails(1, self.server_id, **values)[0]

    def test_one_mail_to_many_followers(self):
        mail = self.one_mail_to_many()
        with self.peak() as peak:
            self.drain()
        self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])
        self.assertEqual(self.taken, 40)
        self.assertLess(peak[0], self.MOST)

    def test_within_a_request(self):
        """What is too much for the memory is left to the buffer, which is woken; nothing is sent twice."""
        mail = self.one_mail_to_many()
        with self.peak() as peak, self.env_committed() as env:
            env["mail.mail"].browse(mail).send()
        self.assertLess(peak[0], self.MOST)
        self.assertEqual(self.values_of([mail], "state"), ["outgoing"])
        states = self.recipients(mail)
        self.assertEqual(len(states), 40, "each has a row that says whether it has the mail")
        self.assertGreater(list(states.values()).count("accepted"), 0)
        self.assertEqual(list(states.values()).count("queued"), 40 - self.taken)
        self.drain()
        self.assertEqual((self.taken, self.values_of([mail], "state")), (40, ["sent"]))

    def test_big_texts(self):
        """Pictures inside the text count, too."""
        text = "<p>" + "x" * (2 * MEGABYTE) + "</p>"
        mails = self.create_mails(40, self.server_id, body_html=text)
        start = time.monotonic()
        with self.peak() as peak:
            self.drain()
        self.assertEqual(set(self.values_of(mails, "state")), {"sent"}, f"after {time.monotonic() - start:.0f} s")
        self.assertLess(peak[0], self.MOST)
