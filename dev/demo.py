"""The demo: a database with the module and demo data, and a private mail site that it really sends through."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

from cache import CACHE, HERE, MODULE, REPO, ROOT, end_with_parent, lock, say
from databases import QUIET, copy, drop, exists, rename, template
from odoo_install import NOWHERE, Odoo
from postgres import postgres, sql
from programs import MAIL, PRINT, provide

sys.path.insert(0, str(REPO / "tests"))
from servers import site as mail_site  # noqa: E402
from servers.dovecot import PASSWORD  # noqa: E402
from servers.process import listening, wait_until  # noqa: E402

DATABASE = f"demo-{HERE}"
MAIL_FOLDER = CACHE / f"mail-{HERE}"
CUSTOMERS = "customers@odoo.test"  # the mailbox that gets whatever the demo sends to the outside world
LISTENERS = ("submission", "smtp", "greylist", "content_reject")
# Odoo would call these services at the first login and now and then.
ENDPOINTS = (
    "iap.endpoint",
    "iap.partner_autocomplete.endpoint",
    "enrich.endpoint",
    "sms.endpoint",
    "snailmail.endpoint",
)


def demo_database(odoo: Odoo, reset: bool = False) -> bool:
    """Make it if it is not there. True if it is new."""
    with lock(DATABASE):
        if reset:
            drop(odoo, DATABASE)
        if exists(DATABASE):
            return False
        make_demo(odoo, DATABASE)
        return True


def make_demo(odoo: Odoo, name: str) -> None:
    """A new database with a mail in every state."""
    source = template(odoo, demo=True)
    say("making the demo database")
    temporary = name + "-new"
    copy(odoo, source, temporary)
    for parameter in ENDPOINTS:
        values = f"('{parameter}', '{NOWHERE}')"
        conflict = "on conflict (key) do update set value = excluded.value"
        sql(f"insert into ir_config_parameter (key, value) values {values} {conflict}", temporary)
    odoo("server", "-d", temporary, "-i", MODULE, "--with-demo", *QUIET)
    odoo.script(temporary, "demo_settings.py", {"MAIL_PASSWORD": PASSWORD})
    say("sending its mails, one for every state")
    provide({"openssl": "openssl"}, required=False)
    odoo.script(temporary, "demo_mails.py")
    rename(odoo, temporary, name)


def _start_site() -> mail_site.MailSite:
    first_port = 20000 + int(HERE, 16) % 10000  # the same ports each time, where they are free
    options = {"listeners": LISTENERS, "divert_to": CUSTOMERS}
    site = mail_site.MailSite(MAIL_FOLDER, first_port, **options)
    try:
        site.start()
    except RuntimeError as error:  # its log is in the text
        raise SystemExit(f"dev: {error}") from error
    return site


@contextlib.contextmanager
def mail_servers() -> Iterator[dict | None]:
    """Where the demo's mail goes: the servers of a `run` that is up, or our own for the time of the block."""
    facts = CACHE / f"mail-{HERE}.json"
    if ROOT:
        provide(MAIL, required=False)
    if reason := mail_site.available():
        say(f"no Postfix and Dovecot, what you send stays in Odoo: {reason}")
        yield None
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock(f"mail-{HERE}", wait=False))
        except BlockingIOError:
            wait_until(facts.exists, 30)
            yield {**json.loads(facts.read_text()), "own": False}
            return
        facts.unlink(missing_ok=True)
        say("starting Postfix and Dovecot")
        site = _start_site()
        stack.callback(site.stop)
        found = {
            "submission": site.postfix.ports.submission,
            "smtp": site.postfix.ports.smtp,
            "imap": site.dovecot.imap_port,
            "maillog": str(site.postfix.maillog),
            "mail": str(MAIL_FOLDER / "dovecot/mail"),
        }
        facts.write_text(json.dumps(found))
        stack.callback(facts.unlink, missing_ok=True)
        yield {**found, "own": True}


def use_mail_servers(facts: dict, database: str = DATABASE) -> None:
    """The ports can differ from those of the last time."""
    port, imap = facts["submission"], facts["imap"]
    sql(f"update ir_mail_server set smtp_port = {port} where name like 'Demo Postfix%'", database)
    sql(f"update fetchmail_server set port = {imap} where name = 'Demo Dovecot'", database)


def run(port: int, reset: bool) -> int:
    """Serve the demo until Ctrl-C or SIGTERM."""
    if port in listening():
        raise SystemExit(f"dev: port {port} is taken: choose another with --port")
    provide(PRINT, required=False)
    with postgres():
        odoo = Odoo()
        update = [] if demo_database(odoo, reset) else ["-u", MODULE]
        with mail_servers() as mail:
            if mail:
                use_mail_servers(mail)
            # wkhtmltopdf gets the style of a print from here
            address = f"http://127.0.0.1:{port}"
            sql(f"update ir_config_parameter set value = '{address}' where key = 'web.base.url'", DATABASE)
            command = odoo.command("server", "-d", DATABASE, "--db-filter", f"^{DATABASE}$", "--http-port", port)
            return _serve(odoo, [*command, "--dev=xml", *update], port, mail)


def _serve(odoo: Odoo, command: list[str], port: int, mail: dict | None) -> int:
    child = subprocess.Popen(
        command,
        env=odoo.environment(),
        cwd=CACHE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # a Ctrl-C is for us: Odoo ends first, then its mail servers
        preexec_fn=end_with_parent,
    )
    try:
        welcome = _welcome(port, mail)
        for line in child.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            if welcome and "Registry loaded in" in line:
                print(welcome, flush=True)
                welcome = ""
        return child.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        say("stopping")
        child.terminate()
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _welcome(port: int, mail: dict | None) -> str:
    lines = [
        "",
        f"Odoo        http://127.0.0.1:{port}/odoo   login admin, password admin   (Ctrl-C stops it)",
        "            po polsku: login demo-pl, password demo-pl (she makes invoices)",
        "Look at     the app E-mails: a mail in every state, each with its tab Sent;",
        "            or a new invoice of Invoicing: Send, then its E-mails",
    ]
    if mail:
        lines += [
            f"Sending     Postfix on 127.0.0.1:{mail['submission']}, STARTTLS, login sales@odoo.test",
            f"            log {mail['maillog']}",
            f"Mailboxes   Dovecot, IMAP on 127.0.0.1:{mail['imap']}, password {PASSWORD}, files in {mail['mail']}",
            f"            {CUSTOMERS} gets what is sent to customers, bounce@odoo.test what comes back",
            "Addresses   nobody@odoo.test is refused, nobody@dest.test comes back within a minute,",
            "            greylist@odoo.test has to wait",
        ]
    else:
        lines.append("Sending     no mail server (it needs root): mails stay in the buffer")
    return "\n".join([*lines, ""])
