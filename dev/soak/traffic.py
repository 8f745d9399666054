"""The people: who does what over RPC, again and again, drawn from the seed."""

import itertools
import random
import threading
import traceback
from collections import Counter
from xml.etree import ElementTree

from .rpc import Away, Client, Told, Unexpected

# What the mail server makes of an address (tests/servers/postfix.py), and how often it is taken.
KINDS = (
    ("alice+{}@dest.test", 40),
    ("bob+{}@dest.test", 35),
    ("alice+{}@odoo.test", 6),
    ("nobody+{}@dest.test", 7),  # taken first, then it comes back
    ("nobody+{}@odoo.test", 3),  # 550
    ("policy+{}@odoo.test", 2),  # 554
    ("greylist+{}@odoo.test", 2),  # 450, each time
    ("overquota+{}@odoo.test", 2),  # 452
    ("shutdown+{}@odoo.test", 1),  # 421, and the connection ends
)
GOOD = "alice+{}@dest.test"
WAITS = ["|", ("state", "=", "outgoing"), ("retry_date", "!=", False)]


class Book:
    """What all people have done so far. Each address is used for one mail, so that it is known by it."""

    def __init__(self, seed: int) -> None:
        self._numbers = itertools.count(1)
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self.promised: list[str] = []
        self.actions: Counter[str] = Counter()
        self.unexpected: list[str] = []

    def address(self, pattern: str = "") -> str:
        with self._lock:
            patterns, weights = zip(*KINDS, strict=True)
            pattern = pattern or self._chance.choices(patterns, weights)[0]
            return pattern.format(next(self._numbers))

    def promise(self, addresses: list[str]) -> None:
        """Odoo has told a person that their mail is sent, or waits."""
        self.promised += addresses


class Person(threading.Thread):
    """Does one of its `actions` after another until it is told to stop."""

    actions: dict[str, int] = {}  # method -> how often, relative to the others
    pause = (0.2, 1.5)  # seconds

    def __init__(self, client: Client, book: Book, seed: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.call, self.book, self.stop = client, book, stop
        self.chance = random.Random(seed)

    def run(self) -> None:
        names, weights = list(self.actions), list(self.actions.values())
        while not self.stop.wait(self.chance.uniform(*self.pause)):
            self.do(self.chance.choices(names, weights)[0])

    def do(self, name: str) -> None:
        try:
            getattr(self, name)()
            self.book.actions[name] += 1
        except (Told, Away):
            pass
        except Unexpected as error:
            self.book.unexpected.append(str(error))
        except Exception:  # of this program
            self.book.unexpected.append(traceback.format_exc())

    def customers(self, addresses: list[str]) -> list[int]:
        values = [{"name": f"Customer {address.partition('@')[0]}", "email": address} for address in addresses]
        return self.call("res.partner", "create", values)


class Clerk(Person):
    """Makes invoices and writes to customers."""

    actions = {"send_invoice": 1, "post": 5, "write_to_address": 2, "send_failed_invoices": 1}

    def post(self) -> None:
        """A message on a document, sent when its database transaction is over."""
        addresses = [self.book.address() for _ in range(self.chance.randint(1, 3))]
        people = self.customers(addresses)
        text = f"About your order {people[0]}"
        options = {"body": text, "subject": text, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        self.call("res.partner", "message_post", [people[0]], partner_ids=people, **options)
        self.book.promise(addresses)

    def write_to_address(self) -> None:
        """A message to addresses that are no contacts."""
        addresses = [self.book.address() for _ in range(self.chance.randint(1, 2))]
        [document] = self.customers([self.book.address(GOOD)])
        options = {"outgoing_email_to": ", ".join(addresses), "subject": "A question", "message_type": "comment"}
        self.call("res.partner", "message_post", [document], body="?", subtype_xmlid="mail.mt_comment", **options)
        self.book.promise(addresses)

    def send_invoice(self) -> None:
        """From the form: Send, with the PDF."""
        address = self.book.address()
        [customer] = self.customers([address])
        line = [0, 0, {"name": "Consulting", "quantity": 2, "price_unit": 100, "tax_ids": False}]
        values = {"move_type": "out_invoice", "partner_id": customer, "invoice_line_ids": [line]}
        [invoice] = self.call("account.move", "create", [values])
        self.call("account.move", "action_post", [invoice])
        self._send([invoice])
        self.book.promise([address])

    def _send(self, invoices: list[int], **context) -> None:
        context |= {"active_model": "account.move", "active_ids": invoices}
        values = {"move_id": invoices[0], "sending_methods": ["email"]}
        [wizard] = self.call("account.move.send.wizard", "create", [values], context=context)
        self.call("account.move.send.wizard", "action_send_and_print", [wizard], context=context)

    def send_failed_invoices(self) -> None:
        failed = [("mail_delivery_status", "in", ["refused", "bounced"]), ("move_type", "=", "out_invoice")]
        invoices = self.call("account.move", "search", failed, limit=5, order="id desc")
        if invoices:
            invoice = self.chance.choice(invoices)
            action = self.call("account.move", "action_send_failed_again", [invoice])
            self._send([invoice], **{"default_is_failed_only": action["context"].get("default_is_failed_only")})


class Manager(Person):
    """Writes to many at once, and looks after the buffer."""

    actions = {
        "write_to_many": 2,
        "edit": 4,
        "send_now": 4,
        "hold": 2,
        "release": 3,
        "cancel": 1,
        "send_later": 1,
        "send_again": 3,
        "repeat": 2,
    }

    def write_to_many(self) -> None:
        """Mails that wait in the buffer, a chunk of them."""
        addresses = [self.book.address() for _ in range(self.chance.randint(20, 60))]
        people = self.customers(addresses)
        values = {"composition_mode": "mass_mail", "model": "res.partner", "res_ids": str(people)}
        values |= {"subject": f"News {people[0]}", "body": f"<p>{'All the news. ' * 200}</p>"}
        [wizard] = self.call("mail.compose.message", "create", [values])
        self.call("mail.compose.message", "action_send_mail", [wizard])
        self.book.promise(addresses)

    def _waiting(self, most: int, *more) -> list[int]:
        found = self.call("mail.mail", "search", [*WAITS, *more], limit=40, order="id desc")
        return self.chance.sample(found, min(len(found), self.chance.randint(1, most)))

    def _decide(self, method: str, most: int, *more) -> None:
        if mails := self._waiting(most, *more):
            self.call("mail.mail", method, mails)

    def send_now(self) -> None:
        self._decide("action_send_now", self.chance.choice((1, 40)))

    def hold(self) -> None:
        self._decide("action_hold", 4)

    def release(self) -> None:
        self._decide("action_release", 10, ("is_held", "=", True))

    def cancel(self) -> None:
        self._decide("action_cancel_sending", 2)

    def send_later(self) -> None:
        if mails := self._waiting(3):
            options = {"context": {"default_mail_ids": mails}}
            values = {"date": "2099-01-01 00:00:00"}
            [wizard] = self.call("mail.mail.schedule", "create", [values], **options)
            self.call("mail.mail.schedule", "action_schedule", [wizard], **options)

    def edit(self) -> None:
        for mail in self._waiting(1):
            wizard = self.call("mail.mail", "action_edit", [mail])["res_id"]
            [shown] = self.call("mail.mail.edit", "read", [wizard], ["subject"])
            self.call("mail.mail.edit", "write", [wizard], {"subject": f"{shown['subject']} (edited)"})
            self.call("mail.mail.edit", "action_save", [wizard])

    def send_again(self) -> None:
        """A new mail from one that failed, to the right address."""
        failed = [("state", "in", ["refused", "bounced"]), ("mail_mail_id", "!=", False)]
        rows = self.call("mail.recipient", "search_read", failed, ["mail_mail_id"], limit=20, order="id desc")
        if not rows:
            return
        mail = self.chance.choice(rows)["mail_mail_id"][0]
        wizard = self.call("mail.mail", "action_send_again", [mail])["res_id"]
        [shown] = self.call("mail.mail.resend", "read", [wizard], ["line_ids"])
        lines = self.call("mail.mail.resend.line", "read", shown["line_ids"], ["is_chosen"])
        chosen = [line["id"] for line in lines if line["is_chosen"]]
        addresses = [self.book.address(GOOD) for _ in chosen]
        for line, address in zip(chosen, addresses, strict=True):
            self.call("mail.mail.resend.line", "write", [line], {"address": address})
        if chosen:
            self.call("mail.mail.resend", "action_send", [wizard])
            self.book.promise(addresses)

    def repeat(self) -> None:
        """The same mail once more to who was refused. Not where nobody knows whether it arrived: it might be twice."""
        refused = [("state", "=", "refused"), ("mail_mail_id", "!=", False)]
        rows = self.call("mail.recipient", "search", refused, limit=20, order="id desc")
        if rows:
            self.call("mail.recipient", "action_send_again", [self.chance.choice(rows)])


class Reader(Person):
    """Looks at lists and forms, as the web client asks for them."""

    actions = {"read_list": 4, "read_form": 4, "count": 2, "statistics": 1}
    pause = (0.1, 0.8)
    models = ("mail.mail", "mail.recipient", "mail.report", "account.move")

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self._fields: dict[tuple[str, str], dict] = {}

    def fields(self, model: str, kind: str) -> dict:
        if (model, kind) not in self._fields:
            view = self.call(model, "get_views", [[False, kind]])["views"][kind]
            self._fields[model, kind] = _top_fields(ElementTree.fromstring(view["arch"]))
        return self._fields[model, kind]

    def read_list(self) -> None:
        model = self.chance.choice(self.models)
        shown = self.fields(model, "list")
        self.call(model, "web_search_read", [], shown, limit=80, offset=self.chance.choice((0, 0, 80)))

    def read_form(self) -> None:
        model = self.chance.choice(self.models)
        if ids := self.call(model, "search", [], limit=200, order="id desc"):
            self.call(model, "web_read", [self.chance.choice(ids)], self.fields(model, "form"))

    def count(self) -> None:
        self.call("mail.mail", "search_count", WAITS)
        self.call("mail.mail", "formatted_read_group", [], ["delivery_status"], ["__count"])

    def statistics(self) -> None:
        self.call("mail.statistics", "formatted_read_group", [], ["date:day"], ["__count"])


def _top_fields(view: ElementTree.Element) -> dict:
    """The fields of a view, as `web_read` wants them; of lines within it the ids."""
    found, left = {}, [view]
    while left:
        for node in left.pop():
            if node.tag == "field":
                found[node.attrib["name"]] = {}
            else:
                left.append(node)
    return found


class Administrator(Person):
    """Lets servers that had a fault go on, so that there is something for the next one."""

    actions = {"resume": 3, "look": 1}
    pause = (1, 4)

    def resume(self) -> None:
        servers = self.call("ir.mail_server", "search", [("suspension_count", ">", 0)])
        if servers:
            self.call("ir.mail_server", "action_resume", servers)

    def look(self) -> None:
        self.call("mail.component.status", "action_check", [])
