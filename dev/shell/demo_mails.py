"""Run in an Odoo shell on a new demo database: a mail in every state, for a newcomer to look at.

They are really sent, to a server that refuses, puts off or hangs up as real ones do. What came back later is in the
words of real servers, and is taken up as what comes into a mailbox is. Only `sending` is missing: that state lasts as
long as a mail is on its way to the server.
"""

import contextlib
import random
import shutil
import ssl
import sys
import tempfile
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple

from odoo import Command, fields

import odoo.addons.mail_delivery_status as this_module

sys.path.insert(0, str(Path(this_module.__path__[0], "tests")))
from servers.scripted import EXTENSIONS, ScriptedServer, Step  # noqa: E402
from servers.tls import Authority  # noqa: E402

NO_USER = "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table"
REPLIES = {
    "k.wojcik@stolarnia.test": "550 5.1.1 <k.wojcik@stolarnia.test>: Recipient address rejected: User unknown",
    "accounts@northwind.test": "550 5.7.1 Message rejected: the domain of the sender is on our block list",
    "greylist@odoo.test": "450 4.7.1 Greylisted, please try again later",  # and so says the demo's own Postfix
    "liam.turner@contoso.test": "451 4.3.0 Temporary system problem, try again later",
    "tomasz.stary@jablon.test": "550 5.1.1 <tomasz.stary@jablon.test>: Recipient address rejected: User unknown",
    "recepcja@hotel-lipa.test": "550 5.2.1 The mailbox is disabled",
    "old.address@harbour.test": "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
}
# The same receipts each time: they are seen in the pictures of the documents.
chance = random.Random(1)
UNHEARD = "orders@lighthouse.test"  # at the end of this one's mail the connection breaks
PL, EN = "pl_PL", "en_US"


class Report(NamedTuple):
    """What came back: an action of RFC 3464 with its status and reason, or "displayed" of RFC 8098."""

    action: str
    status: str = ""
    reason: str = ""
    server: str = "mx.example.com"


class Case(NamedTuple):
    company: str
    people: dict[str, str]  # name -> address
    language: str
    product: str
    price: float
    report: Report | None = None


SENT = [
    Case("Kwiaciarnia Róża", {"Anna Żółkiewska": "anna@roza.test"}, PL, "Dekoracja sali, listopad", 1240),
    Case("Brown & Sons Ltd", {"Emily Brown": "emily.brown@example.com"}, EN, "Garden furniture", 2315.5),
    Case("Stolarnia Wójcik", {"Krzysztof Wójcik": "k.wojcik@stolarnia.test"}, PL, "Blaty dębowe, 4 szt.", 3600),
    Case("Northwind Traders", {"Accounts": "accounts@northwind.test"}, EN, "Shelf system", 870),
    Case("Urząd Gminy Dąbrówka", {"Sekretariat": "greylist@odoo.test"}, PL, "Meble biurowe", 15890),
    Case("Lighthouse Café", {"Orders": UNHEARD}, EN, "Bar stools, 12 pcs", 1428),
    Case(
        "Harbour Logistics",
        {"Olivia Clark": "olivia.clark@harbour.test", "Peter Wells": "old.address@harbour.test"},
        EN,
        "Packing tables",
        2990,
    ),
    Case(
        "Spółdzielnia Jabłoń",
        {"Maria Jabłońska": "maria@jablon.test", "Tomasz Stary": "tomasz.stary@jablon.test"},
        PL,
        "Stoły warsztatowe, 6 szt.",
        4380,
    ),
    Case(
        "Zakład Ślusarski Gęś",
        {"Łukasz Gęś": "lukasz@slusarz.test"},
        PL,
        "Okucia meblowe",
        415.2,
        Report(
            "delayed", "4.4.1", "connect to mx.slusarz.test[192.0.2.25]:25: Connection timed out", "relay.odoo.test"
        ),
    ),
    Case(
        "Fabrikam Inc.",
        {"Noah Miller": "noah.miller@fabrikam.test"},
        EN,
        "Conference table",
        4100,
        Report("relayed", "2.0.0", "", "relay.odoo.test"),
    ),
    Case(
        "Drukarnia Ąkcent",
        {"Małgorzata Dąbrowska": "m.dabrowska@akcent.test"},
        PL,
        "Regały magazynowe",
        5230,
        Report("delivered", "2.0.0", "250 2.0.0 <m.dabrowska@akcent.test> Saved", "mx.akcent.test"),
    ),
    Case(
        "Hurtownia Jesion",
        {"Paweł Zieliński": "pawel.zielinski@jesion.test"},
        PL,
        "Krzesła biurowe, 20 szt.",
        7980,
        Report("failed", "5.1.1", NO_USER.format("pawel.zielinski@jesion.test"), "mx.jesion.test"),
    ),
    Case(
        "Greenfield Schools",
        {"Office": "office@greenfield.test"},
        EN,
        "Classroom desks",
        9650,
        Report(
            "failed", "4.2.2", "452 4.2.2 <office@greenfield.test> Mailbox full, quota exceeded", "mx.greenfield.test"
        ),
    ),
    Case(
        "Biuro Rachunkowe Świerk",
        {"Ewa Świerk": "ewa@swierk.test"},
        PL,
        "Biurko narożne",
        1350,
        Report("displayed"),
    ),
    Case(
        "Meadow Clinic",
        {"Julia Adams": "julia.adams@meadow.test"},
        EN,
        "Waiting room chairs",
        2640,
        Report("displayed"),
    ),
]
HELD = Case("Apteka pod Lwem", {"Zofia Lew": "zofia@apteka-lew.test"}, PL, "Gabloty szklane", 2760)
AGAIN = Case("Hotel Lipa", {"Recepcja": "recepcja@hotel-lipa.test"}, PL, "Fotele do holu, 8 szt.", 6720)
CANCELED = Case("Contoso Rentals", {"Liam Turner": "liam.turner@contoso.test"}, EN, "Folding chairs", 640)
SCHEDULED = Case("Szkoła Podstawowa nr 7", {"Jan Kowalski": "sekretariat@sp7.test"}, PL, "Ławki szkolne", 12400)
PAUSED = Case("Bluebird Hotel", {"Grace Hall": "grace.hall@bluebird.test"}, EN, "Reception desk", 3875)

# Not sent yet: what comes of them is up to the demo's own mail server.
READY = [
    Case("Magazyn Północ (odmowa)", {"Biuro": "nobody@odoo.test"}, PL, "Wózek paletowy", 2100),
    Case("Sunrise Bakery (comes back)", {"Office": "nobody@dest.test"}, EN, "Display cabinet", 1890),
    Case("Corner Bookshop (arrives)", {"Office": "bob@dest.test"}, EN, "Bookcases", 3120),
]

template = env.ref("account.email_template_edi_invoice")
users = {PL: env.ref("base.user_admin").search([("login", "=", "demo-pl")]), EN: env.ref("base.user_admin")}
postfix = env["ir.mail_server"].search([("name", "=", "Demo Postfix")])
paused = env["ir.mail_server"].search([("is_paused", "=", True)])
template.with_context(lang=PL).subject = "{{ object.company_id.name }}: faktura {{ object.name or '' }}"


def token():
    return f"{chance.getrandbits(64):016x}"


# === SENDING === #


def end_of_mail(_line):
    """The reply to a mail, as Postfix gives it."""
    if any(UNHEARD in command for command in server.commands[-8:]):
        return Step(drop=True)
    alphabet = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
    return f"250 2.0.0 Ok: queued as 4c{''.join(chance.choices(alphabet, k=13))}".encode()


def invoice_of(case):
    main_address = next(iter(case.people.values()))  # what the Send dialog takes
    values = {"name": case.company, "email": main_address, "is_company": True, "lang": case.language}
    customer = env["res.partner"].create(values)
    contacts = customer.create(
        [
            {"name": name, "email": email, "parent_id": customer.id, "lang": case.language}
            for name, email in case.people.items()
        ]
    )
    line = Command.create({"name": case.product, "quantity": 1, "price_unit": case.price, "tax_ids": False})
    values = {"move_type": "out_invoice", "partner_id": customer.id, "invoice_line_ids": [line]}
    invoice = env["account.move"].with_user(users[case.language]).create(values)
    invoice.action_post()
    return invoice, contacts


def post(case):
    """Send an invoice to its contacts as core's Send dialog does, without the PDF.

    :rtype: mail.mail
    """
    invoice, contacts = invoice_of(case)
    texts = {
        field: template._render_field(field, invoice.ids, set_lang=case.language)[invoice.id]
        for field in ("subject", "body_html")
    }
    env["account.move.send"].with_user(invoice.env.user)._send_mail(
        invoice,
        template,
        subject=texts["subject"],
        body=texts["body_html"],
        partner_ids=contacts.ids,
        subtype_id=env.ref("mail.mt_comment").id,
        author_id=invoice.env.user.partner_id.id,
    )
    invoice.is_move_sent = True
    env.cr.commit()  # Odoo sends after the commit
    env.invalidate_all()
    messages = env["mail.message"].search([("model", "=", "account.move"), ("res_id", "=", invoice.id)])
    return env["mail.mail"].search([("mail_message_id", "in", messages.ids)])


@contextlib.contextmanager
def hold():
    """What is made meanwhile waits until somebody releases it."""
    parameters = env["ir.config_parameter"]
    parameters.set_param("mail_delivery_status.sending_mode", "hold")
    yield
    parameters.set_param("mail_delivery_status.sending_mode", False)
    env.cr.commit()


# === WHAT CAME BACK === #


def came_back(mail, report):
    for recipient in mail.recipient_status_ids:
        source = source_of(report, recipient.email, mail.message_id, recipient.envelope_id)
        env["mail.report"]._receive(env["mail.report.matcher"]._incoming(source))
    env.cr.commit()


def source_of(report, address, message_id, envelope_id):
    """A returned mail, RFC 3464 or RFC 8098.

    :rtype: bytes
    """
    boundary, own_id = "=_" + token(), f"<{token()}@{report.server}>"
    is_receipt = report.action == "displayed"
    kind = "disposition-notification" if is_receipt else "delivery-status"
    sender = address if is_receipt else f"Mail Delivery System <MAILER-DAEMON@{report.server}>"
    title = {"displayed": "Read", "failed": "Undelivered Mail Returned to Sender", "delayed": "Delayed Mail"}
    facts = [f"Final-Recipient: rfc822; {address}"]
    if is_receipt:
        facts += [f"Original-Message-ID: {message_id}", "Disposition: manual-action/MDN-sent-manually; displayed"]
    else:
        envelope = [f"Original-Envelope-Id: {envelope_id}"] if envelope_id else []
        facts = [f"Reporting-MTA: dns; {report.server}", *envelope, "", *facts]
        facts += [f"Action: {report.action}", f"Status: {report.status}"]
        facts += [f"Diagnostic-Code: smtp; {report.reason}"] if report.reason else []
        if report.action == "delayed":
            facts.append(f"Will-Retry-Until: {format_datetime(fields.Datetime.now() + timedelta(days=5))}")
    returned = [f"Message-ID: {message_id}"] + ([f"X-Envelope-Id: {envelope_id}"] if envelope_id else [])
    return "\r\n".join(
        [
            f"Date: {format_datetime(fields.Datetime.now())}",
            f"From: {sender}",
            "To: bounce@odoo.test",
            f"Subject: {title.get(report.action, 'Successful Mail Delivery Report')}",
            f"Message-ID: {own_id}",
            *([f"In-Reply-To: {message_id}"] if is_receipt else ["Auto-Submitted: auto-replied"]),
            "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type={kind}; boundary="{boundary}"',
            "",
            f"--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n",
            f"Your mail to {address}: {report.action}. {report.reason}",
            f"--{boundary}\r\nContent-Type: message/{kind}\r\n",
            *facts,
            f"\r\n--{boundary}\r\nContent-Type: text/rfc822-headers\r\n",
            *returned,
            f"\r\n--{boundary}--\r\n",
        ]
    ).encode()


# === ALL OF THEM === #

env["mail.mail"].search([]).unlink()  # of core's demo data: activities for the administrator

with tempfile.TemporaryDirectory() as folder:
    context = None
    if shutil.which("openssl"):
        good, context = Authority(folder).good(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(good.certificate, good.key)
    script = {f"RCPT {address}": reply.encode() for address, reply in REPLIES.items()} | {".": end_of_mail}
    extensions = (*EXTENSIONS, "AUTH PLAIN LOGIN")
    with ScriptedServer(script, extensions=extensions, context=context, lifetime=600) as server:
        usual = {"smtp_port": postfix.smtp_port, "smtp_encryption": postfix.smtp_encryption}
        postfix.write({"smtp_port": server.port, "smtp_encryption": usual["smtp_encryption"] if context else "none"})
        for case in SENT:
            mail = post(case)
            if case.report:
                came_back(mail, case.report)
        again = post(AGAIN)
        again.is_held = True
        again.recipient_status_ids.action_send_again()
        post(CANCELED).cancel()
        with hold():
            post(HELD)
            waiting = post(PAUSED)
            waiting.write({"is_held": False, "mail_server_id": paused.id})
            post(SCHEDULED).write({"is_held": False, "scheduled_date": fields.Datetime.now() + timedelta(days=60)})
        env["mail.mail"].process_email_queue()
        postfix.write(usual)
for case in READY:
    invoice_of(case)
stranger = Report("failed", "5.1.1", NO_USER.format("tomasz@stary-adres.test"), "mx.stary-adres.test")
unknown_id = f"<{token()}@elsewhere.test>"
source = source_of(stranger, "tomasz@stary-adres.test", unknown_id, "")
env["mail.report"]._receive(env["mail.report.matcher"]._incoming(source))


# === MAILS OF THE OLD PROGRAM === #


def old_mail(
    number: int, to: str, subject: str, sender: str = "biuro@old.example.com", body: str = "W załączeniu."
) -> str:
    head = f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{number}@old.example.com>\n"
    date = "Date: Mon, 15 Jun 2020 10:00:00 +0200\nContent-Type: text/plain; charset=utf-8\n"
    return f"From - Mon Jun 15 10:00:00 2020\n{head}{date}\n{body}\n\n"


posted = env["account.move"].search([("move_type", "=", "out_invoice"), ("state", "=", "posted")], limit=1, order="id")
returned = Report("failed", "5.1.1", NO_USER.format("stary@adres.test"), "mx.adres.test")
archive = [
    old_mail(1, f"{posted.partner_id.name} <{posted.partner_id.email}>", f"Faktura {posted.name}"),
    old_mail(2, "Jan <jan@klient.test>", "Oferta na meble"),
    old_mail(3, "stary@adres.test", "Cennik 2020"),
    "From - Mon Jun 15 10:05:00 2020\n"
    + source_of(returned, "stary@adres.test", "<3@old.example.com>", "").decode()
    + "\n",
    old_mail(4, "biuro@old.example.com", "Pytanie o termin", sender="klient@klient.test"),
    old_mail(5, "", "Szkic"),
    old_mail(2, "Jan <jan@klient.test>", "Oferta na meble"),
]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "Sent")
    path.write_text("".join(archive))
    company = env.company
    env["mail.import"]._of_path(path, company.name, ["old.example.com"])._run(path)
env.cr.commit()

wanted = {state for state, _name in this_module.const.DELIVERY_STATUSES}
if missing := wanted - set(env["mail.mail"].search([]).mapped("delivery_status")):
    raise SystemExit(f"No mail of the demo is {', '.join(sorted(missing))}")
