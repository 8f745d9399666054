"""What comes back: Postfix's own bounces, and the receipts that readers' programs would send.

It is handed to Odoo as the gateway's script does, some of it twice; the watched mailbox has the bounces, too.
"""

import email
import email.policy
import secrets
from email.message import EmailMessage
from pathlib import Path

from .rpc import again
from .traffic import Person

RETURN_ADDRESS = "bounce@odoo.test"


class Gateway(Person):
    """An administrator, as whom the gateway's script logs in.

    :param mailboxes: of customers, and the one for what comes back
    """

    actions = {"bring_bounces": 3, "bring_receipt": 4, "bring_delivery": 3, "fetch": 1}
    pause = (0.3, 2)

    def __init__(self, *arguments, mailboxes) -> None:
        super().__init__(*arguments)
        self.mailboxes = mailboxes
        self._brought: set[str] = set()

    def bring_bounces(self) -> None:
        for path in self.mailboxes.files(RETURN_ADDRESS):
            key = path.name.partition(":")[0]
            if key in self._brought:
                continue
            self._bring(path.read_bytes())
            if self.chance.random() < 0.9:  # else it is brought again
                self._brought.add(key)

    def bring_receipt(self) -> None:
        if copy := self._some_copy():
            self._bring(_receipt(copy, "displayed"))

    def bring_delivery(self) -> None:
        if copy := self._some_copy():
            self._bring(_receipt(copy, "delivered"))

    def _some_copy(self) -> EmailMessage | None:
        if paths := self.mailboxes.customers_files():
            # Recent ones: what is still on its way to being recorded is the most interesting.
            raw = self._read(self.chance.choice(paths[-100:]))
            return raw and email.message_from_bytes(raw, policy=email.policy.SMTP)
        return None

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError:  # it was moved within the mailbox
            return b""

    def _bring(self, source: bytes) -> None:
        """The script's caller tries again until it is told that the mail was taken."""
        again(self.call, "mail.thread", "message_process", False, source.decode("utf-8", "surrogateescape"))
        self.book.actions["returned"] += 1

    def fetch(self) -> None:
        if watches := self.call("fetchmail.server", "search", [("is_report_watch", "=", True)]):
            self.call("fetchmail.server", "fetch_mail", watches)


def _receipt(copy: EmailMessage, what: str) -> bytes:
    """A read receipt (RFC 8098), or a report that the mail was delivered (RFC 3464), of a mail in a mailbox."""
    address, message_id = str(copy["Delivered-To"]), str(copy["Message-ID"])
    is_read = what == "displayed"
    kind = "disposition-notification" if is_read else "delivery-status"
    facts = f"Original-Message-ID: {message_id}\r\nDisposition: manual-action/MDN-sent-manually; displayed"
    if not is_read:
        facts = f"Action: {what}\r\nStatus: 2.0.0"
    opening = "" if is_read else "Reporting-MTA: dns; mx.dest.test\r\n\r\n"
    boundary = "=_" + secrets.token_hex(8)
    return "\r\n".join(
        (
            f"From: {address if is_read else 'MAILER-DAEMON@mx.dest.test'}",
            f"To: {RETURN_ADDRESS}",
            f"Message-ID: <{secrets.token_hex(8)}@mx.dest.test>",
            "Subject: " + what,
            "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type={kind}; boundary="{boundary}"',
            "",
            f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nYour mail: {what}",
            f"--{boundary}\r\nContent-Type: message/{kind}\r\n",
            f"{opening}Final-Recipient: rfc822; {address}\r\n{facts}\r\n",
            f"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n",
            f"Message-ID: {message_id}\r\nX-Envelope-Id: {copy['X-Envelope-Id']}\r\n",
            f"--{boundary}--\r\n",
        )
    ).encode()
