"""The rules of the house that a machine can check."""

import doctest
import re
from pathlib import Path

from odoo.tests import BaseCase

from . import house_rules
from .house_rules import ROOMS, faults, imports

ROOT = Path(__file__).resolve().parent.parent
NOT_OF_THE_MODULE = {"dev"}
GUILTY = {
    "tools/retry.py": [
        "import odoo",
        "import odoo.tools as pure",
        "from odoo.addons.mail_delivery_status.tools import address",
        "from odoo.addons.mail_delivery_status.models.mail_mail import MailMail",
        "import time",
        "def later():\n    from time import monotonic",
        "import datetime\ndatetime.datetime.now()",
        "from ..const import PROBLEM_MEANINGS",
        "from ..const.causes import CAUSES",
        "from .. import const",
        "from ..models import mail_mail",
        "from ..dev import cache",
        "from ... import outside_of_the_house",
        "import dev.cache",
        "import importlib",
        "__import__('od' + 'oo')",
    ],
    "tools/smtp/reply.py": [
        "from .. import retry",
        "from ..retry import retry_delay",
        "from ..report.model import Kind",
        "from .. import compose",
        "from ...tools.address import address_key",
        "from ...const import PHASES",
        "from .. import *",
    ],
    "tools/compose/policy.py": ["from ..report import parse_report", "from ..retry import retry_delay"],
    "tools/report/format/exim.py": [
        "from ...compose import policy",
        "from ... import retry",
        "from ....const import X",
    ],
    "tools/another/file.py": ["from ..smtp import reply"],
    "engine/sender.py": [
        "from ..models.mail_mail import MailMail",
        "from .. import models",
        "from odoo.addons.mail_delivery_status import wizards",
        "from ..tests import common",
    ],
    "models/mail_mail.py": [
        "import threading",
        "from threading import Thread",
        "from queue import SimpleQueue",
        "import socket",
        "import concurrent.futures",
        "from psycopg2 import connect",
        "import psycopg2\npsycopg2.connect('')",
        "from ..wizards import mail_report_assign",
        "from ..hooks import plan",
        "from ..dev import cache",
    ],
    "wizards/assign.py": ["from ..tests import common", "from ..dev import cache", "from dev import cache"],
    "const/__init__.py": ["from ..tools import problem"],
    "const/causes.py": ["from ..tools.explanation import cause", "from ..models import mail_mail"],
    "tests/test_x.py": ["from ..dev import cache"],
    "room/file.py": ["import ast"],
}
INNOCENT = {
    "tools/retry.py": ["import re, socket", "from .smtp.reply import Reply", "from . import address", "x.timeout = 5"],
    "tools/smtp/reply.py": ["from . import scope", "from .scope import Scope", "from ..smtp import scope"],
    "tools/report/format/exim.py": ["from ..mime import Mail", "from .. import address", "from ...smtp import reply"],
    "tools/compose/build.py": ["from ..smtp.envelope import Envelope"],
    "engine/sender.py": [
        "import threading, queue",
        "import psycopg2\npsycopg2.connect('')",
        "from ..tools import retry",
    ],
    "models/mail_mail.py": [
        "import psycopg2",
        "from psycopg2.errors import UniqueViolation",
        "from ..engine import drain",
    ],
    "wizards/assign.py": ["from ..models.mail_mail import MailMail", "from . import other"],
    "models/mail_recipient_cause.py": ["from ..const.causes import CAUSES"],
    "const/causes.py": ["from . import PHASES", "from odoo.tools.translate import LazyTranslate"],
}
# Of Odoo, CPython and SQL beside the ORM; what is not there yet is here so that its first use is noticed.
PRIVATE = re.compile(
    r"\b(_(?:update|get|insert|set)_cache|_write_multi|_modified_triggers|_fetch_query|_read_from_database"
    r"|setswitchinterval|psycopg2\.connect|connection_info_for|_payload|_headers|_fold|_get_socket|_print_debug"
    r"|_create_socket|_simple_command|_putcmd|_getline|_get_tagged_response|_check_field_access|_order_groupby"
    r"|_message_fetch|current_test|_tables|(?:INSERT INTO|UPDATE|DELETE FROM) [a-z]+_[a-z_]+|core\.smtplib)\b"
)


class TestHouse(BaseCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(house_rules).failed)

    def test_the_rules_find_who_is_guilty(self):
        for path, sources in GUILTY.items():
            for source in sources:
                with self.subTest(path=path, source=source):
                    self.assertTrue(list(faults(path, source)))
        for path, sources in INNOCENT.items():
            for source in sources:
                with self.subTest(path=path, source=source):
                    self.assertFalse(list(faults(path, source)))

    def test_everybody_keeps_the_rules(self):
        """Imports run one way; tools/ is pure; models/ starts no thread and opens no connection; nobody needs dev/."""
        for path in ROOT.rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name.split("/")[0] in NOT_OF_THE_MODULE:
                continue
            self.assertFalse(list(faults(name, path.read_text())))

    def test_private_api_is_listed(self):
        """readme/DEVELOP.md says why each is used; it says so of none that is not."""
        table = (ROOT / "readme/DEVELOP.md").read_text().partition("## Private API in use")[2].partition("\n## ")[0]
        files = [path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py") if room != "tests"]
        source = "\n".join(path.read_text() for path in [*files, *ROOT.glob("*.py")])
        used = set(PRIVATE.findall(source))
        self.assertGreater(len(used), 15)
        self.assertFalse({name for name in used if f"`{name}`" not in table})
        column = "\n".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| `"))
        names = re.findall(r"`([^`]+)`", re.sub(r"\(`\w+`\)", "", column))  # in brackets is whose it is
        self.assertFalse([name for name in names if not re.search(rf"\b{re.escape(name)}\b", source)])

    def test_every_test_file_is_imported(self):
        """Odoo's runner sees only the modules that tests/__init__.py imports."""
        path = ROOT / "tests/__init__.py"
        imported = {name.removeprefix(".tests.") for name in imports("tests/__init__.py", path.read_text())}
        files = {
            ".".join(path.relative_to(ROOT / "tests").with_suffix("").parts)
            for path in (ROOT / "tests").rglob("test_*.py")
        }
        self.assertEqual(imported, files)
