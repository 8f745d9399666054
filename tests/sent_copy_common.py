"""What the tests of copies in the Sent folder share: a mail server that takes mails, and a mailbox for the copies."""

import imaplib

from odoo import SUPERUSER_ID, api

from .report_common import ReportCase
from .servers.dovecot import PASSWORD


class SentCopyCase(ReportCase):
    def setUp(self):
        super().setUp()
        self.copies = self.env["mail.sent.copy"]
        # Other tests commit theirs.
        self.newest = self.env["mail.transaction"].search([], limit=1).id or 0
        # Then nothing is kept but what a copy needs.
        self.env["res.config.settings"].create({"mail_keep_exact": False}).execute()

    def create_mailbox(self, port, user="sales@odoo.test", **values):
        defaults = {"name": "Sales", "server": "127.0.0.1", "port": port, "user": user, "password": PASSWORD}
        return self.env["fetchmail.server"].create({**defaults, **values})

    def copy_to(self, port, user="sales@odoo.test", **values):
        """Let the mails of the server be copied to this account."""
        self.mailbox = self.create_mailbox(port, user)
        self.server.write({"is_sent_copy": True, "sent_copy_mailbox_id": self.mailbox.id, **values})

    def make(self):
        """One run of the scheduled action."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["mail.sent.copy"]._cron_make()
        self.env.invalidate_all()

    def due_now(self):
        """What is tried again later is due."""
        self.copies.search([("retry_date", "!=", False)])._with_evidence_token().write({"retry_date": False})

    def copies_of(self, mail):
        return self.copies.search([("mail_mail_id", "=", mail.id)], order="id")

    def kept(self):
        """The attempts of which it is kept what left."""
        self.env.invalidate_all()
        return self.attempts().filtered("has_sent_message")

    def own_files(self):
        """The files that are kept for them."""
        return self.env["mail.transaction"]._own_files(self.attempts().ids)

    def attempts(self):
        return self.env["mail.transaction"].search([("id", ">", self.newest)])

    def damage(self, attempts, packed):
        self.env.cr.execute("UPDATE mail_transaction SET sent_message = %s WHERE id = ANY(%s)", [packed, attempts.ids])
        self.env.invalidate_all()

    def grow_old(self):
        """What waits has waited for years."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_sent_copy SET create_date = '2020-01-01', retry_date = NULL")
        self.env.invalidate_all()

    def imap(self, port, user="sales@odoo.test"):
        connection = imaplib.IMAP4("127.0.0.1", port)
        connection.login(user, PASSWORD)
        return connection

    def empty(self, port, user="sales@odoo.test"):
        """Remove all folders of an account."""
        with self.imap(port, user) as imap:
            for line in imap.list()[1]:
                name = line.decode().rpartition(' "/" ')[2]
                if line and name.strip('"') != "INBOX":
                    imap.delete(name)
