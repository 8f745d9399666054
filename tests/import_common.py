"""What the tests of the import of old mails share: an archive on the disk, and an import of it."""

import base64
import io
import shutil
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

from odoo.addons.base.models.ir_cron import IrCron

from .document_common import DocumentCase

DATE = "Mon, 15 Jun 2020 10:00:00 +0200"
LINE = b"From - Mon Jun 15 10:00:00 2020\n"


def old_mail(
    number=1, head="", body="\nDear Ada,\nhere it is.\n", sender="sales@odoo.test", to="Ada <ada@dest.test>", **fields
):
    """A mail as Thunderbird keeps it.

    :rtype: bytes
    """
    lines = {
        "From": f"Sales <{sender}>",
        "To": to,
        "Date": DATE,
        "Subject": f"Offer {number}",
        "Message-ID": f"<{number}@old.example.com>",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
    return (text + head + body).encode()


def with_file(name, data=b"%PDF-1.4 x", number=1, html="<p>See</p>", **fields):
    """A mail with a text in HTML and a file."""
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n'
    encoded = base64.encodebytes(data).decode()
    body = (
        f"\n--B\nContent-Type: text/html; charset=utf-8\n\n{html}\n--B\nContent-Type: application/pdf\n"
        f'Content-Disposition: attachment; filename="{name}"\nContent-ID: <f>\nContent-Transfer-Encoding: base64\n\n{encoded}\n--B--\n'
    )
    return old_mail(number, head, body, **fields)


def mbox(*mails):
    return b"".join(LINE + one + b"\n" for one in mails)


class ImportCase(DocumentCase):
    def setUp(self):
        super().setUp()
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.commits = []
        self.startPatcher(patch.object(IrCron, "_commit_progress", self.commit_progress))
        self.company = self.env.company

    def commit_progress(self, processed=0, **_values):
        """In place of the commit, which a test must not do."""
        self.env.flush_all()
        self.commits.append(processed)
        return 60

    def import_of(self, data, name="archive.mbox", **values):
        """An import that has been uploaded.

        :param data: bytes, or list of (name, bytes) for a zip file
        """
        if isinstance(data, list):
            whole = io.BytesIO()
            with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
                for inner, content in data:
                    archive.writestr(inner, content)
            data, name = whole.getvalue(), "archive.zip"
        values = {"own_addresses": "odoo.test", **values}
        job = self.env["mail.import"].create({"name": name, "file": base64.b64encode(data), **values})
        job.action_start()
        return job

    def run_import(self, data, **values):
        job = self.import_of(data, **values)
        self.env["mail.import"]._cron_run()
        self.env.flush_all()
        self.env.invalidate_all()
        return job

    def reasons(self, job):
        return job.line_ids.mapped("reason")
