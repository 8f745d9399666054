"""Words with markup in every field, in every view, in a real browser: they are shown as text, and nothing is fetched."""

import base64
import json
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import IrCron

from ..tools.context_key import EVIDENCE_TOKEN
from ..tools.doctor import Outcome, Step
from ..tools.settings_file import Entry, write_settings
from ..tools.smtp.secret import Secrets
from .import_common import with_file
from .report_common import delivery_status, report
from .test_doors import MODULE, DoorsCase

WALK = (Path(__file__).parent / "hostile_walk.js").read_text()
# What would run if it became markup, or be computed; its name says where it stood.
MARKUP = "<img src=x onerror=window.__xss='{}'>"
HOSTILE = (
    f"\"'>{MARKUP}<svg/onload=window.__xss=1>{{{{{{{{7*7}}}}}}}}<script>window.__xss=2</script>%s"
    " javascript:window.__xss=3"
)
SPY = "https://spy.test/"
SCRIPTS = f"""<p onclick="window.__xss=4">Hello <b>Ada</b></p><script>window.__xss=5</script>
<img src=x onerror=window.__xss=6><a href="javascript:window.__xss=7">a</a><svg onload=window.__xss=8><a/></svg>
<iframe srcdoc="<script>parent.__xss=9</script>" src="{SPY}0"></iframe>
<img alt=' src="' title=" ' onerror=window.__xss=10 x="><b title='"'>b</b>"""
REMOTE = f"""<img src="{SPY}1"><img srcset="{SPY}2 1x, {SPY}3 2x"><table background="{SPY}4"><td>x</td></table>
<p style='font-family:"a"; background-image:url({SPY}5)'>c</p><p style="background:image-set('{SPY}6' 1x)">d</p>
<style>@import url({SPY}7); body {{ background: url({SPY}8) }}</style><link rel="stylesheet" href="{SPY}9">
<meta http-equiv="refresh" content="0;url={SPY}10"><object data="{SPY}11"></object><embed src="{SPY}12"><base href="{SPY}">
<picture><source srcset="{SPY}13"><img src='{SPY}14"'></picture><video poster="{SPY}15" src="{SPY}16" autoplay></video>
<audio src="{SPY}17" autoplay></audio><input type="image" src="{SPY}18"><svg><image href="{SPY}19"/></svg>"""
# No words, but what the code goes by.
STRUCTURE = frozenset(
    "access_model model res_model document_model message_id envelope_id token envelope_key headers lang release_key"
    " import_fingerprint references facts message_sha256 path member digest phase format mail.sent.copy.reason".split()
)
# What must have been seen, each as text: the words of strangers.
OF_STRANGERS = {
    "subject",
    "mail.recipient.email",
    "mail.recipient.smtp_reply",
    "mail.recipient.smtp_receipt",
    "mail.recipient.smtp_enhanced_code",
    "mail.recipient.smtp_server_name",
    "mail.recipient.bounce_reason",
    "mail.recipient.bounce_code",
    "mail.transaction.smtp_reply",
    "mail.transaction.smtp_server_name",
    "mail.transaction.tls_cipher",
    "mail.transaction.transcript",
    "mail.transaction.sender",
    "mail.report.subject",
    "mail.report.email_from",
    "mail.report.reason",
    "mail.report.reporting_mta",
    "mail.report.recipient.diagnostic",
    "mail.report.recipient.original_email",
    "mail.report.recipient.status_code",
    "mail.import.line.subject",
    "mail.import.name",
    "waiting.email_to",
    "waiting.email_cc",
    "waiting.failure_reason",
    "file",
    "server",
    "contact",
}


def form_of(record, **values):
    """A stop of the walk: the form of a record."""
    action = {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "res_id": record.id,
        "views": [[False, "form"]],
    }
    return {"name": f"{record._name} form", "action": action, **values}


class HostileViewsCase(DoorsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_system,account.group_account_manager,base.group_partner_manager"
        new_test_user(cls.env, "hostile", f"base.group_user,{groups},{MODULE}.group_manager")

    def walk(self, stops, markers=()):
        """Look at each stop in the browser, as an administrator.

        :param list[dict] stops: as `hostile_walk.js` has them
        :param markers: names that must have been seen, each as text
        """
        self.asked = []
        given = json.dumps({"stops": stops, "markers": sorted(markers)})
        code = f"(async () => {{ const given = {given};\n{WALK}\n}})().catch((error) => console.error(String(error)))"
        ready = "odoo.isReady === true && !!odoo.__WOWL_DEBUG__"
        self.env.flush_all()
        self.browser_js("/odoo", code, ready, login="hostile", timeout=420)
        self.assertFalse(self.asked, "fetched from elsewhere")

    def fetch_proxy(self, url):
        """What the browser asks of any other host."""
        self.asked.append(url)
        return super().fetch_proxy(url)


@tagged("post_install", "-at_install", "browser")
class TestHostileViews(HostileViewsCase):
    """Whatever stands in the database."""

    def setUp(self):
        super().setUp()
        self.move = self.env["account.move"].browse(self.own["mail.mail"].access_res_id)
        document = {"model": "account.move", "res_id": self.move.id, "record_company_id": self.company_1.id}
        self.waiting = self.create_mail("ada@dest.test", self.server, **document)
        mails = self.env["mail.mail"].with_context(**EVIDENCE_TOKEN.put(True))
        self.imported = mails.create({**document, "email_to": "ada@dest.test", "is_imported": True, "state": "sent"})
        self.records = {**self.own, "ir.mail_server": self.server}
        for records in self.records.values():
            if records and records._auto and records._name != "ir.mail_server":
                self.poison(records)
        self.poison(self.waiting, "waiting")
        messages = (self.own["mail.mail"] + self.waiting + self.imported).mail_message_id
        messages.write({"subject": HOSTILE.format("subject"), "body": SCRIPTS})
        messages.attachment_ids = self.env["ir.attachment"].create({"name": HOSTILE.format("file"), "raw": b"x"})
        self.server.write({"name": HOSTILE.format("server"), "smtp_host": HOSTILE.format("host")})
        self.customer.name = HOSTILE.format("contact")

    def poison(self, records, name=None):
        """Put hostile words into every text of the records, as the database keeps it."""
        sets = [
            SQL("%s = %s", SQL.identifier(field.name), HOSTILE.format(f"{name or records._name}.{field.name}"))
            for field in records._fields.values()
            if field.type in ("char", "text") and field.store and field.column_type and not field.inherited
            if not field.translate and not STRUCTURE & {field.name, f"{records._name}.{field.name}"}
        ]
        self.env.flush_all()
        if sets:
            table, values = SQL.identifier(records._table), SQL(", ").join(sets)
            self.env.cr.execute(SQL("UPDATE %s SET %s WHERE id = ANY(%s)", table, values, records.ids))
        self.env.invalidate_all()

    def stops_of_actions(self):
        """Each action of the module, in each of its views."""
        listed = self.env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", "ir.actions.act_window")])
        for action in self.env["ir.actions.act_window"].browse(listed.mapped("res_id")):
            for view_type in action.view_mode.split(",") if action.target != "new" else ():
                record = self.records.get(action.res_model, self.env[action.res_model])[:1]
                if view_type == "form" and record:
                    yield form_of(record)
                elif view_type != "form":
                    values = {**action._get_action_dict(), "domain": [], "context": {}}
                    yield {"name": f"{action.xml_id} {view_type}", "action": values, "viewType": view_type}

    def test_views(self):
        """With each tab, each column, and the popover of the conversation."""
        stops = [*self.stops_of_actions(), form_of(self.waiting), form_of(self.imported)]
        stops += [form_of(self.move, popover=True), form_of(self.server)]
        for action in ("account.open_account_journal_dashboard_kanban", "base_setup.action_general_configuration"):
            stops.append({"name": action, "action": action})
        self.walk(stops, OF_STRANGERS)

    def test_dialogs(self):
        settings = write_settings([Entry({"name": HOSTILE.format("import"), "smtp_host": "mail.example.com"})], [], {})
        person = self.env["res.users"].search([("login", "=", "hostile")])
        own = self.env(user=person)
        upload = own["mail.server.import"].create({"file": base64.b64encode(settings), "file_name": "x.json"})
        lookup = own["mail.line.lookup"].create(
            {"text": HOSTILE.format("line"), "searched_text": HOSTILE.format("line")}
        )
        doctor = own["mail.server.doctor"].create({"mail_server_id": self.server.id})
        values = {
            "address": HOSTILE.format("to"),
            "receipt": HOSTILE.format("receipt"),
            "reason": HOSTILE.format("step"),
        }
        step = Step("test_mail", Outcome.FAILED, "test_mail_failed", 0.1, values, HOSTILE.format("raw"))
        doctor._add([step], Secrets())
        mail, row = self.own["mail.mail"], self.own["mail.recipient"]
        values = {**mail._evidence_values(), "mail_mail_id": False, "email": HOSTILE.format("gone"), "state": "refused"}
        gone = self.env["mail.recipient"]._with_evidence_token().create(values)
        calls = [
            *(
                (mail, name)
                for name in ("action_preview", "action_support_report", "action_certificate", "action_send_again")
            ),
            *(
                (self.waiting, name)
                for name in ("action_edit", "action_send_later", "action_set_hold", "action_preview")
            ),
            (self.imported, "action_link_document"),
            (self.own["mail.report"], "action_assign"),
            (row, "action_correct_address"),
            (self.env["mail.server.export"], "action_open"),
            (gone, "action_send_again"),  # a notification
        ]
        stops = [
            {"name": f"{records._name}.{method}", "call": [records._name, method, [records.ids] if records else []]}
            for records, method in calls
        ]
        stops += [form_of(record) for record in (upload, lookup, doctor)]
        stops.append({"name": "status", "action": f"{MODULE}.mail_component_status_server_action"})
        markers = {"subject", "import", "line", "server", "file", "step", "raw", "gone", "mail.recipient.email"}
        self.walk(stops, markers | {"mail.recipient.smtp_reply"})

    def test_pages(self):
        """The paper of a certificate, and the page that confirms it."""
        own = self.env(user=self.env["res.users"].search([("login", "=", "hostile")]))
        certificates = own["mail.certificate"]
        certificate = certificates._issue(certificates._scope_of_mail(self.own["mail.mail"].with_env(own)), "en_US")
        self.company_1.name = HOSTILE.format("company")
        self.env.flush_all()
        pages = {
            f"/report/html/{MODULE}.certificate/{certificate.id}": {"subject", "mail.recipient.email"},
            f"/mail_delivery_status/verify/{certificate.sudo().token}?hash=%3Cimg%20src%3Dx%20onerror%3Dwindow.__xss%3D%27typed%27%3E": {
                "company"
            },
        }
        self.asked = []
        for page, markers in pages.items():
            words = json.dumps([MARKUP.format(marker) for marker in sorted(markers)])
            code = f"""
                const missing = {words}.filter((one) => !document.body.textContent.includes(one));
                const made = document.querySelector("[onerror]:not([src^='/web/assets/']), [onload], script:not([src]):not([type])");
                if (window.__xss !== undefined || made || missing.length) {{
                    console.error(`${{window.__xss}} ${{made?.outerHTML.slice(0, 500)}} ${{missing}}`);
                }} else {{
                    console.log("test successful");
                }}"""
            self.browser_js(page, code, "document.readyState === 'complete'", login="hostile")
        self.assertFalse(self.asked)


@tagged("post_install", "-at_install", "browser")
class TestHostileArrivals(HostileViewsCase):
    """On the ways by which they really come: a mail server's reply, a returned mail, an archive."""

    def test_replies_and_returns(self):
        self.smtp.script = {"RCPT refused@dest.test": f"550 5.1.1 {MARKUP.format('reply')}".encode()}
        refused, sent = self.send("refused@dest.test"), self.send("ada@dest.test")
        diagnostic = f"smtp; 550 {MARKUP.format('diagnostic')}"
        blocks = delivery_status("ada@dest.test", diagnostic=diagnostic) + f"Remote-MTA: dns; {MARKUP.format('mta')}\n"
        envelope_id = sent.recipient_status_ids.envelope_id
        subject = MARKUP.format("title")
        found = self.take_in(report(blocks, envelope_id=envelope_id, subject=subject, own_id="hostile@far.test"))
        unmatched = self.take_in(report(blocks, subject=subject, own_id="hostile-2@far.test"))
        self.assertEqual(sent.recipient_status_ids.state, "bounced")
        rows = refused.recipient_status_ids + sent.recipient_status_ids
        stops = [form_of(one) for records in (refused, sent, found, unmatched, rows) for one in records]
        self.walk(stops, {"reply", "diagnostic", "title"})

    def test_an_archive(self):
        source = with_file(
            '<img src=x onerror=window.__xss="name">.pdf', html=SCRIPTS + REMOTE, Subject=MARKUP.format("old")
        )
        job = self.env["mail.import"].create({"name": "x.eml", "file": base64.b64encode(source), "own_addresses": ""})
        with patch.object(IrCron, "_commit_progress", lambda *args, **values: 60):
            job.action_start()
            job._run()
        self.assertEqual(job.imported_count, 1)
        mail = job.mail_ids
        for text in (mail.body, mail.body_html, mail.readable_body):
            self.assertNotIn("spy.test", text)
            self.assertNotRegex(text, "<[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*\\son\\w+=")
        core_form = self.env.ref("mail.view_mail_form").id
        in_core = form_of(mail)
        in_core["action"]["views"] = [[core_form, "form"]]
        preview = {"name": "preview", "call": ["mail.mail", "action_preview", [mail.ids]]}
        self.walk([form_of(mail), in_core, preview], {"old"})
