"""kill -9 in the middle of an import by the command line: it goes on where it was, nothing is lost, nothing twice."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from odoo.tests import tagged
from odoo.tests.common import get_db_name
from odoo.tools import config

import odoo.addons

from .drain_common import DrainCase
from .import_common import mbox, old_mail

MAILS = 500
SECONDS = 120


@tagged("post_install", "-at_install")
class TestMailImportKilled(DrainCase):
    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.folder / "Sent"
        self.path.write_bytes(mbox(*(old_mail(f"killed-{number}") for number in range(MAILS))))
        addons = ",".join(dict.fromkeys(str(Path(path)) for path in odoo.addons.__path__))
        (self.folder / "odoo.conf").write_text(f"[options]\naddons_path = {addons}\ndata_dir = {config['data_dir']}\n")
        self.addCleanup(self.remove_imported)

    def remove_imported(self):
        with self.env_committed() as env:
            jobs = env["mail.import"].search([("path", "=", str(self.path))])
            for name in env["mail.recipient"]._models_of_evidence():
                rows = env[name].search([("mail_mail_id", "in", jobs.mail_ids.ids)])
                rows._with_evidence_token().unlink()
            jobs.mail_ids.unlink()
            jobs.write({"state": "paused"})
            jobs.unlink()

    def start_command(self):
        with self.env_committed() as env:
            company = env.company.name
        command = [sys.executable, "-m", "odoo", "mail_import", "-d", get_db_name(), "--company", company]
        return self.enterContext(
            subprocess.Popen(
                [*command, "--own", "odoo.test", str(self.path)],
                env={**os.environ, "ODOO_RC": str(self.folder / "odoo.conf"), "PYTHONPATH": os.pathsep.join(sys.path)},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )

    def figures(self):
        """State and counts of the import, and the subjects of its mails."""
        with self.env_committed() as env:
            job = env["mail.import"].search([("path", "=", str(self.path))])
            return job.state, job.imported_count, job.double_count, sorted(job.mail_ids.mapped("subject"))

    def test_killed(self):
        process, end = self.start_command(), time.monotonic() + SECONDS
        while not self.figures()[1] and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        process.kill()
        process.wait()
        state, count, _doubles, subjects = self.figures()
        self.assertEqual(state, "running")
        self.assertTrue(0 < count < MAILS, count)
        self.assertEqual(len(subjects), count, "what is committed is committed together")
        process = self.start_command()
        said, _error = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 0, said)
        expected = sorted(f"Offer killed-{number}" for number in range(MAILS))
        self.assertEqual(self.figures(), ("done", MAILS, 0, expected))
        self.assertIn(f"  Imported: {MAILS}", said)
