"""`odoo mail_import -d DATABASE PATH`: imports an archive of old mails that lies on the server, however big it is.

Odoo loads this file by its name, as a part of `odoo.cli`: so it names the module's models alone.
"""

import logging
import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.cli.command import Command
from odoo.modules.registry import Registry
from odoo.tools import config

_logger = logging.getLogger(__name__)


class MailImport(Command):
    """Import mails that another program has sent, from a file or folder on this server (E-mail Delivery Status)"""

    name = "mail_import"

    def run(self, args):
        self.parser.add_argument(
            "path", type=Path, help="a mail, a mbox file, a Maildir, a folder, or a zip file of these"
        )
        self.parser.add_argument("-c", "--config", help="Odoo's configuration file")
        self.parser.add_argument("-d", "--database", required=True)
        self.parser.add_argument("--company", help="name of the company; needed where there are several")
        self.parser.add_argument("--dialect", default="auto", help="auto, mboxo, mboxrd, mboxcl or mboxcl2")
        self.parser.add_argument(
            "--own", action="append", help="an own address or domain; may be repeated; default: as the company has them"
        )
        self.parser.add_argument("--all", action="store_true", help="take all mails for sent ones, whoever sent them")
        options = self.parser.parse_args(args)
        path = options.path.resolve()
        if not path.exists():
            sys.exit(f"There is no such file or folder: {path}")
        config.parse_config(["-c", options.config] if options.config else [], setup_logging=True)
        registry = Registry(options.database)
        if "mail.import" not in registry:
            sys.exit(f"The module mail_delivery_status is not installed in the database {options.database}.")
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            own = [] if options.all else options.own
            job = env["mail.import"]._of_path(path, options.company, own, options.dialect)
            job._run(path)
            job.invalidate_recordset()
            for line in job._report_lines():
                print(line)  # pylint: disable=print-used
            sys.exit(0 if job.state == "done" else 1)
