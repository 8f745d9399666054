"""What each picture shows, who sees it, and how they get there.

Nothing here goes by words on the screen: the same steps lead there in every language.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from browser import Browser

# Of records; of one dialog it is the action that opens it.
Ids = dict[str, Any]
CLERK, ADMINISTRATOR = "clerk", "administrator"
WIDE, PHONE = 1366, 360
DIALOG = ".modal-content"
FORM = ".o_form_view .o_form_sheet"
ROWS = ".o_list_renderer .o_data_row"
ACTION = "odoo.__WOWL_DEBUG__.root.env.services.action.doAction"


@dataclass(frozen=True)
class Scene:
    """`frame` is the element that is shown, with `margin` pixels around it; without one the whole window is."""

    name: str
    who: str
    act: Callable[[Browser, Ids], None]
    height: int = 700
    width: int = WIDE
    frame: str = ""
    margin: int = 0


# === STEPS === #


def listed(path: str) -> Callable[[Browser, Ids], None]:
    return lambda browser, _ids: browser.open(f"/odoo/{path}", ROWS)


def mail(what: str, tab: str = "message", button: str = "") -> Callable[[Browser, Ids], None]:
    """The form of a mail, one of its tabs, and the dialog behind a button."""

    def act(browser: Browser, ids: Ids) -> None:
        browser.open(f"/odoo/e-mails/{ids[what]}", FORM)
        if tab != "message":
            browser.click(f".o_notebook .nav-link[name={tab}]")
            browser.wait(f"document.querySelector('.o_notebook .nav-link[name={tab}]').classList.contains('active')")
        if button:
            browser.click(f"button[name={button}]")
            browser.wait(f"!!document.querySelector('{DIALOG} .o_form_view')")

    return act


def scrolled(act: Callable[[Browser, Ids], None], to: str) -> Callable[[Browser, Ids], None]:
    def both(browser: Browser, ids: Ids) -> None:
        act(browser, ids)
        browser.run(f"document.querySelector({json.dumps(to)}).scrollIntoView()")

    return both


def invoice(what: str) -> Callable[[Browser, Ids], None]:
    def act(browser: Browser, ids: Ids) -> None:
        browser.open(f"/odoo/customer-invoices/{ids[f'invoice_{what}']}", FORM)
        browser.wait("!!document.querySelector('.o-mail-Message')")

    return act


def action(name: str, shows: str) -> Callable[[Browser, Ids], None]:
    """An action of the module, as its menu opens it."""

    def act(browser: Browser, _ids: Ids) -> None:
        browser.open("/odoo/e-mails", ".o_main_navbar")
        browser.run(f"void {ACTION}('mail_delivery_status.{name}')")
        browser.wait(f"!!document.querySelector('{shows}')")

    return act


def phone_list(path: str) -> Callable[[Browser, Ids], None]:
    return lambda browser, _ids: browser.open(f"/odoo/{path}", ".o_kanban_record")


# === SCENES === #


def correct(browser: Browser, ids: Ids) -> None:
    mail("two", "sent", "action_correct_address")(browser, ids)
    browser.type(f"{DIALOG} [name=new_address] input", "new.address@example.com")


def find(browser: Browser, ids: Ids) -> None:
    action("mail_line_lookup_action", f"{DIALOG} .o_form_view")(browser, ids)
    line = "550 5.1.1 <jan@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
    browser.type(f"{DIALOG} [name=text] textarea", line)
    browser.click(f"{DIALOG} button[name=action_find]")
    browser.wait(f"!!document.querySelector('{DIALOG} [name=meaning]')")


def certificate(browser: Browser, ids: Ids) -> None:
    browser.open(f"/report/html/mail_delivery_status.certificate/{ids['certificate']}", "main, .article, body .page")


def settings_import(browser: Browser, ids: Ids) -> None:
    browser.open("/odoo/e-mails", ".o_main_navbar")
    browser.run(f"void {ACTION}({json.dumps(ids['import'])})")
    browser.wait(f"!!document.querySelector('{DIALOG} table')")


def preset(browser: Browser, ids: Ids) -> None:
    action("mail_server_preset_action", f"{DIALOG} .o_form_view")(browser, ids)
    browser.type(f"{DIALOG} [name=address] input", "office@gmail.com")
    browser.wait(f"!!document.querySelector('{DIALOG} [name=smtp_host]')")


def archive(browser: Browser, ids: Ids) -> None:
    browser.open(f"/odoo/action-mail_delivery_status.mail_import_action/{ids['archive']}", FORM)


def server(tab: str) -> Callable[[Browser, Ids], None]:
    def act(browser: Browser, ids: Ids) -> None:
        browser.open(f"/odoo/action-base.action_ir_mail_server_list/{ids['server']}", FORM)
        browser.click(f".o_notebook .nav-link[name={tab}]")

    return act


def doctor(browser: Browser, ids: Ids) -> None:
    browser.open(f"/odoo/action-base.action_ir_mail_server_list/{ids['server']}", FORM)
    browser.click(".o_statusbar_buttons button[name]:not([name^=action_]):not([name=test_smtp_connection])")
    browser.wait(f"!!document.querySelector('{DIALOG} button[name=action_check]')")
    browser.click(f"{DIALOG} button[name=action_check]")
    browser.wait(f"!document.querySelector('{DIALOG} button[name=action_check]:disabled')")


SCENES = (
    Scene("invoice", CLERK, invoice("returned"), 640),
    Scene("to_send", CLERK, listed("e-mails-to-send"), 480),
    Scene("problems", CLERK, listed("e-mails-problems"), 620),
    Scene("message", CLERK, mail("two"), 780),
    Scene("sent_tab", CLERK, scrolled(mail("two", "sent"), ".o_notebook"), 760),
    Scene("what_came_back", CLERK, mail("returned", "returned"), 720),
    Scene("read", CLERK, mail("read", "sent"), 820),
    Scene("correct_address", CLERK, correct, frame=DIALOG),
    Scene("send_again", CLERK, mail("two", button="action_send_again"), frame=DIALOG),
    Scene("edit", CLERK, mail("waiting", button="action_edit"), 1000, frame=DIALOG),
    Scene("find", CLERK, find, frame=DIALOG),
    Scene("statistics", CLERK, action("mail_statistics_action", ".o_graph_renderer canvas"), 760),
    Scene("certificate", CLERK, certificate, 1000, 820),
    Scene("support_report", CLERK, mail("two", "sent", "action_support_report"), 800, frame=DIALOG),
    Scene("old_mail", CLERK, mail("old", "sent"), 640),
    Scene("phone_problems", CLERK, phone_list("e-mails-problems"), 640, PHONE),
    Scene("phone_sent_tab", CLERK, scrolled(mail("two", "sent"), ".o_notebook"), 760, PHONE),
    Scene("component_status", ADMINISTRATOR, action("mail_component_status_server_action", ".o_form_view table"), 860),
    Scene("server_state", ADMINISTRATOR, server("sending"), 1060),
    Scene("doctor", ADMINISTRATOR, doctor, 1000, frame=DIALOG),
    Scene("server_preset", ADMINISTRATOR, preset, 1000, frame=DIALOG),
    Scene("settings_import", ADMINISTRATOR, settings_import, 900, frame=DIALOG),
    Scene("mail_import", ADMINISTRATOR, archive, 800),
)
