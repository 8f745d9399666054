"""What is run: Odoo's own tests of what sends mail, and the tests of add-ons that change how mail is sent."""

import re
from dataclasses import dataclass
from pathlib import Path

from cache import MODULE
from odoo_install import Odoo

# A test file that speaks of emails, not only of messages.
OF_MAIL = re.compile(
    r"mail\.mail\b|mock_mail|ir\.mail_server|send_e?mail|MailCommon|mail\.compose|move\.send|_new_mails"
    r"|assertSentEmail|assertMailMail|process_email_queue"
)


@dataclass(frozen=True)
class Suite:
    """Tests that run in one database."""

    name: str
    modules: tuple[str, ...]  # installed beside `mail` and `account`
    whole: tuple[str, ...] = ()  # modules all of whose tests are run
    of_mail: tuple[str, ...] = ()  # modules of which the files are run that speak of emails
    own: tuple[str, ...] = ()  # tests of ours that need these modules, or are to pass beside them: tags

    @property
    def is_ours(self) -> bool:
        """Whether there is nothing to run without the module."""
        return not (self.whole or self.of_mail)

    def tags(self, odoo: Odoo, with_module: bool = False) -> str:
        chosen = [f"/{module}" for module in self.whole]
        for module in self.of_mail:
            files = sorted((module_folder(odoo, module) / "tests").glob("test_*.py"))
            chosen += [f"/{module}/tests/{path.name}" for path in files if OF_MAIL.search(path.read_text())]
        return ",".join([*chosen, *self.own] if with_module else chosen)


def module_folder(odoo: Odoo, module: str) -> Path:
    """
    :raise SystemExit: if this Odoo does not have it
    """
    for folder in (odoo.home / "odoo/addons" / module, odoo.home / "addons" / module):
        if (folder / "__manifest__.py").exists():
            return folder
    raise SystemExit(f"dev: {odoo.home} has no module {module}")


BUSINESS = ("calendar", "crm", "hr", "hr_holidays", "project", "purchase", "sale_management", "survey")
TRACKING = ("mail_tracking", "mail_tracking_mass_mailing")
OTHERS = (
    "mail_debranding",
    "mail_multicompany",
    "mail_notification_custom_subject",
    "mail_outbound_static",
    "mail_partner_opt_out",
    "mail_post_defer",
    "mail_show_follower",
)
# Where the module sends, and takes in what comes back.
OURS = (
    "TestBlindCopies",
    "TestBufferActions",
    "TestDelivery",
    "TestDrain",
    "TestGate",
    "TestMailEdit",
    "TestMailResend",
    "TestRecipientIdentity",
    "TestReportGateway",
    "TestReportPostfix",
    "TestSendPostfix",
    "TestSentMessage",
    "TestServerTrouble",
)
SUITES = {
    suite.name: suite
    for suite in (
        Suite(
            "mail",
            ("test_mail", "test_mass_mailing"),
            whole=("mail", "test_mail", "mass_mailing", "test_mass_mailing"),
            own=("drained_queue",),  # tests/test_core_queue.py
        ),
        Suite("account", ("account_edi_ubl_cii",), of_mail=("base", "account", "account_edi_ubl_cii")),
        Suite(
            "business",
            (*BUSINESS, "auth_signup", "auth_totp_mail", "digest", "event", "mail_group", "portal"),
            whole=("auth_signup", "digest", "event", "mail_group", "portal"),
            of_mail=(*BUSINESS, "sale", "auth_totp_mail"),
        ),
        Suite("test_mail_full", ("test_mail_full", "test_mail_sms"), whole=("test_mail_full", "test_mail_sms")),
        # Of the OCA
        Suite("mail_tracking", TRACKING, whole=TRACKING),
        Suite("mail_environment", ("mail_environment",), whole=("mail_environment",)),
        Suite("oca", OTHERS, whole=OTHERS),
        Suite("beside", TRACKING + OTHERS, own=tuple(f"/{MODULE}:{name}" for name in OURS)),
    )
}
