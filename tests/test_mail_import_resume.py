"""An import that was stopped, by a person or a crash, goes on without doubles."""

import subprocess
import sys
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import mail_import
from .import_common import ImportCase, mbox, old_mail


class Killed(BaseException):
    """The process is gone: nothing catches it."""


@tagged("post_install", "-at_install")
class TestMailImportResume(ImportCase):
    def setUp(self):
        super().setUp()
        self.patch(mail_import, "BATCH", 3)
        self.archive = mbox(*(old_mail(number) for number in range(10)))

    def killed(self, job, after):
        """Kill the import in the batch behind so many commits: what was not committed is gone."""
        create = type(self.env["mail.recipient"]).create

        def dying(rows, vals_list):
            if len(self.commits) >= after:
                raise Killed
            return create(rows, vals_list)

        savepoint = None
        commit = self.commit_progress

        def commit_and_keep(*args, **values):
            nonlocal savepoint
            answer = commit(*args, **values)
            savepoint = self.env.cr.savepoint()
            return answer

        self.patch(type(self.env["mail.recipient"]), "create", dying)
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda _self, *args, **values: commit_and_keep(*args, **values),
        )
        try:  # not assertRaises(), which rolls back what was committed, too
            self.env["mail.import"]._cron_run()
            self.fail("it was not killed")
        except Killed:
            self.assertGreaterEqual(len(self.commits), after)
        savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.patch(type(self.env["mail.recipient"]), "create", create)

    def test_crash(self):
        job = self.import_of(self.archive)
        self.killed(job, 2)
        self.assertEqual((job.state, job.imported_count, len(job.mail_ids)), ("running", 6, 6))
        self.env["mail.import"]._cron_run()
        self.assertEqual((job.state, job.imported_count, job.double_count), ("done", 10, 0))
        self.assertEqual(sorted(job.mail_ids.mapped("subject")), [f"Offer {number}" for number in range(10)])

    def test_stopped_by_a_person(self):
        job = self.import_of(self.archive)
        commit = self.commit_progress

        def stop(*args, **values):
            if len(self.commits) == 1:
                job.action_stop()
            return commit(*args, **values)

        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda _self, *args, **values: stop(*args, **values))
        self.env["mail.import"]._cron_run()
        self.assertEqual((job.state, job.imported_count), ("paused", 6))
        self.assertEqual(round(job.progress), 60)
        job.action_start()
        with self.assertRaises(UserError):
            job.unlink()
        self.env["mail.import"]._cron_run()
        self.assertEqual((job.state, job.imported_count), ("done", 10))

    def test_out_of_time(self):
        job = self.import_of(self.archive)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda _self, *_args, **_values: 0)
        self.env["mail.import"]._cron_run()
        self.assertEqual((job.state, job.imported_count), ("running", 3))

    def test_no_archive(self):
        job = self.import_of(self.archive)
        with mute_logger("odoo.addons.mail_delivery_status.models.mail_import"):
            job._run(Path("/nonexistent/archive"))
        self.assertEqual(job.state, "failed")
        self.assertIn("cannot be read", job.error)

    # === COMMAND LINE === #

    def job_of(self, path, **options):
        return self.env["mail.import"].sudo()._of_path(path, self.company.name, ["odoo.test"], **options)

    def test_folder_on_the_server(self):
        for number in range(4):
            (self.folder / f"{number}.eml").write_bytes(old_mail(number))
        job = self.job_of(self.folder)
        job._run(self.folder)
        self.assertEqual((job.state, job.imported_count), ("done", 4))
        self.assertIn("  Imported: 4", list(job._report_lines()))

    def test_goes_on_with_what_was_begun(self):
        path = self.folder / "Sent"
        path.write_bytes(self.archive)
        job = self.job_of(path)
        self.assertEqual(self.job_of(path), job)
        job._run(path)
        self.assertNotEqual(self.job_of(path), job)
        with self.assertRaises(UserError):
            self.job_of(path).action_start()

    def test_unknown_company_or_dialect(self):
        with self.assertRaisesRegex(UserError, "--company"):
            self.env["mail.import"]._of_path(self.folder, "Nobody Ltd.")
        with self.assertRaisesRegex(UserError, "dialect"):
            self.job_of(self.folder, dialect="mboxx")

    def test_command_is_found(self):
        """Odoo finds the command by the name of its file, and prints what it takes."""
        program = (
            "import sys; from odoo.cli.command import find_command; import odoo.cli;"
            "sys.argv = ['odoo']; found = find_command('mail_import'); found().run(['--help'])"
        )
        addons = ",".join(dict.fromkeys(str(Path(path)) for path in __import__("odoo.addons").addons.__path__))
        program = f"from odoo.tools import config; config.parse_config(['--addons-path={addons}']);" + program
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("--company", done.stdout, done.stderr[-2000:])
