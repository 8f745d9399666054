"""Whoever looks at an import sees how far it has come, as it comes on."""

import base64
import json

from odoo.tests import HttpCase, new_test_user, tagged

from ..models import mail_import
from ..models.mail_mail_live import CHANGED
from .import_common import ImportCase, mbox, old_mail


@tagged("post_install", "-at_install")
class TestMailImportLive(ImportCase):
    def told(self):
        """What waits to be put on the bus about imports with the next commit: [(channel, ids)]."""
        waiting, told = self.env.cr.precommit.data.get("bus.bus.values", []), []
        for one in waiting:
            message = json.loads(one["message"])
            ids = message["type"] == CHANGED and message["payload"]["documents"].get("mail.import")
            if ids:
                self.assertEqual(message["payload"], {"mails": [], "documents": {"mail.import": ids}}, "ids alone")
                told.append((json.loads(one["channel"])[1:], ids))
        waiting.clear()
        return told

    def test_each_commit_tells(self):
        self.patch(mail_import, "BATCH", 3)
        job = self.import_of(mbox(*(old_mail(number) for number in range(10))))
        self.told()
        seen, commit = [], self.commit_progress

        def commit_and_look(*args, **values):
            seen.append((self.told(), job.imported_count, round(job.progress)))
            return commit(*args, **values)

        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda _self, *args, **values: commit_and_look(*args, **values),
        )
        self.env["mail.import"]._cron_run()
        channel = ["res.company", self.company.id, "mail_delivery_status/import"]
        self.assertEqual([count for told, count, _progress in seen if told], [3, 6, 9, 10, 10])
        self.assertEqual([progress for told, _count, progress in seen if told], [30, 60, 90, 100, 100])
        for told, _count, _progress in seen:
            self.assertTrue(all(one == (channel, job.ids) for one in told))

    def test_buttons_tell(self):
        """Whoever has it open in another tab sees that it was started, stopped, could not be read."""
        job = self.import_of(mbox(old_mail(1)))
        self.assertTrue(self.told(), "started")
        job.action_stop()
        self.assertTrue(self.told(), "stopped")

    def test_who_listens(self):
        other = self.env["res.company"].create({"name": "Other"})
        administrator = "base.group_user,base.group_system"
        there = {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        here = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        manager = "base.group_user,mail_delivery_status.group_manager"
        channel = (self.company, "mail_delivery_status/import")
        for user, listens in (
            (new_test_user(self.env, "admin_here", administrator, **here), True),
            (new_test_user(self.env, "admin_there", administrator, **there), False),
            (new_test_user(self.env, "manager_here", manager, **here), False),
            (self.env.ref("base.public_user"), False),
        ):
            imports = self.env["mail.import"].with_user(user)
            self.assertEqual(channel in imports._news_channels(), listens, user.sudo().login)
            self.assertEqual(bool(imports._news_channels()), imports.has_access("read"), user.sudo().login)


@tagged("post_install", "-at_install", "browser")
class TestMailImportTour(ImportCase, HttpCase):
    def test_it_is_seen_as_it_comes_on(self):
        here = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        admin = new_test_user(self.env, "import_tour", "base.group_user,base.group_system", **here)
        archive = mbox(old_mail(1), old_mail(2), old_mail(3, sender="customer@dest.test"))
        values = {"name": "Sent", "file": base64.b64encode(archive), "own_addresses": "odoo.test"}
        job = self.env["mail.import"].create(values)
        url = f"/odoo/action-mail_delivery_status.mail_import_action/{job.id}"
        self.start_tour(url, "mail_delivery_status_import", login=admin.login)
        self.assertEqual((job.state, job.imported_count), ("done", 2))
