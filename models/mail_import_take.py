import logging
from dataclasses import dataclass, field

import psycopg2

from odoo import models
from odoo.tools.mail import html_sanitize, plaintext2html

from ..tools.address import address_key
from ..tools.archive.message import header_of, read_mail
from ..tools.archive.remote import without_remote_content
from ..tools.context_key import EVIDENCE_TOKEN
from ..tools.recipient_state import State
from ..tools.report import Kind
from ..tools.report.prefilter import looks_like_report

_logger = logging.getLogger(__name__)

# Of more that is left out only the number is kept.
MOST_LINES = 5_000
_COUNTED = {"double": "double_count", "received": "received_count"}


@dataclass
class Batch:
    """What of a batch is to be stored."""

    mails: list = field(default_factory=list)  # (item, ArchivedMail)
    returns: list = field(default_factory=list)  # (item, IncomingMail)
    lines: list = field(default_factory=list)  # values of mail.import.line


class MailImport(models.Model):
    """From the items of an archive to mails and returned mails: nothing is sent, nobody is told."""

    _inherit = "mail.import"

    def _take_all(self, items):
        """Store what these items are. If that fails for all together, one by one: a broken mail stops nothing.

        :param list items: of ``tools.archive``
        :return: what is to be added to the counts: ``{field: number}``
        """
        try:
            with self.env.cr.savepoint():
                return self._take(items)
        except psycopg2.OperationalError:  # another database transaction was faster: everything is tried again
            raise
        except Exception:
            _logger.info("Import %s takes up a batch one by one", self.id, exc_info=True)
        counts = {}
        for item in items:
            try:
                with self.env.cr.savepoint():
                    one = self._take([item])
            except psycopg2.OperationalError:
                raise
            except Exception as error:
                _logger.warning("Import %s: %s at %s: %s", self.id, item.member, item.offset, error)
                one = self._leave_out([self._line(item, "error", detail=f"{type(error).__name__}: {error}"[:500])])
            for name, count in one.items():
                counts[name] = counts.get(name, 0) + count
        return counts

    def _take(self, items):
        batch = self._sorted_out(items)
        mails = self._create_mails([mail for _item, mail in self._new_ones(batch)])
        for _item, incoming in batch.returns:
            self.env["mail.report"]._receive_imported(incoming, self.company_id)
        return {
            "imported_count": len(mails),
            "linked_count": len(mails.filtered("res_id")),
            "report_count": len(batch.returns),
            **self._leave_out(batch.lines),
        }

    def _sorted_out(self, items):
        """What each item is: a mail that was sent, something that came back, or to be left out.

        :rtype: Batch
        """
        batch, own = Batch(), self._own_senders()
        for item in items:
            if item.problem:
                batch.lines.append(self._line(item, item.problem))
                continue
            incoming = None
            if looks_like_report(header_of(item.source)):
                incoming = self.env["mail.report.matcher"]._incoming(bytes(item.source))
                if incoming.is_return and incoming.report.kind is not Kind.AUTO_REPLY:
                    batch.returns.append((item, incoming))
                    continue
            mail = read_mail(item.source, item.date_line)
            if not own or address_key(mail.sender) in own or mail.sender.rpartition("@")[2].lower() in own:
                reason = "" if mail.recipients else "no_recipient" if mail.sender else "no_mail"
                if reason:
                    batch.lines.append(self._line(item, reason, mail))
                else:
                    batch.mails.append((item, mail))
            elif incoming and incoming.is_return:
                batch.returns.append((item, incoming))
            else:
                batch.lines.append(self._line(item, "received" if mail.fields else "no_mail", mail))
        return batch

    def _line(self, item, reason, mail=None, detail=False):
        """The values of a line about what is left out."""
        said = {"subject": mail.subject or False, "message_id": mail.message_id or False} if mail else {}
        return {"member": item.member, "place": item.offset, "reason": reason, "detail": detail, **said}

    def _leave_out(self, lines):
        """Tell what is left out.

        :return: what is to be added to the counts
        """
        counts = {}
        for line in lines:
            name = _COUNTED.get(line["reason"], "skipped_count")
            counts[name] = counts.get(name, 0) + 1
        before = self.double_count + self.received_count + self.skipped_count
        kept = lines[: max(MOST_LINES - before, 0)]
        self.env["mail.import.line"].sudo().create([{**line, "import_id": self.id} for line in kept])
        return counts

    def _new_ones(self, batch):
        """The mails of the batch that are not in Odoo; the others become lines.

        What Odoo itself has sent, or got, is known by its Message-ID. Of two imported mails with one id, or of mails
        without, the content tells whether they are the same.
        """
        mails = self.env["mail.mail"].sudo()
        prints = {id(mail): f"{self.company_id.id}:{mail.fingerprint()}" for _item, mail in batch.mails}
        known = set(mails.search([("import_fingerprint", "in", list(prints.values()))]).mapped("import_fingerprint"))
        ids = mails._known_message_ids([mail.message_id for _item, mail in batch.mails if mail.message_id])
        found = []
        for item, mail in batch.mails:
            mail.key = prints[id(mail)]
            if mail.key in known or mail.message_id in ids:
                batch.lines.append(self._line(item, "double", mail))
            else:
                known.add(mail.key)
                found.append((item, mail))
        return found

    # === STORING === #

    def _create_mails(self, archived):
        """Make mails of them, with their recipients and files.

        :param list[ArchivedMail] archived: that are not in Odoo yet
        :rtype: mail.mail
        """
        links = self._links(archived)
        files = self._create_files(archived)
        values = [self._mail_values(mail, links, files[place]) for place, mail in enumerate(archived)]
        # The tokens let this code write what nobody else may.
        created = self.env["mail.mail"].sudo().with_context(**EVIDENCE_TOKEN.put(True)).create(values)
        created.mail_message_id._write_sanitized_bodies([value["body_html"] for value in values])
        rows = []
        for mail, one, attachments in zip(created, archived, files, strict=True):
            for attachment in attachments:
                attachment.res_id = mail.mail_message_id.id
            rows += self._recipient_values(mail, one, links)
        self.env["mail.recipient"].sudo()._with_evidence_token().create(rows)
        return created

    def _create_files(self, archived):
        """The attachments of each mail. They belong to its message: who may read that may read them.

        :rtype: list[ir.attachment]
        """
        values = [
            {"name": file.name, "raw": file.data, "res_model": "mail.message", "res_id": 0}
            for mail in archived
            for file in mail.files
        ]
        attachments = self.env["ir.attachment"].sudo()
        # What is a page, or could be one, is kept as text, as core does with mails that come in.
        created = attachments.with_context(attachments_mime_plainxml=True, image_no_postprocess=True).create(values)
        found, place = [], 0
        for mail in archived:
            found.append(created[place : place + len(mail.files)])
            place += len(mail.files)
        return found

    def _mail_values(self, mail, links, attachments):
        """The fields of an imported mail. It is told as sent, and nothing can send it."""
        body = self._body(mail, attachments)
        document = links.documents.get(id(mail))
        message_id = mail.message_id or f"<{mail.key.partition(':')[2][:40]}@imported.invalid>"
        return {
            "is_imported": True,
            "import_id": self.id,
            "import_fingerprint": mail.key,
            "state": "sent",
            "delivery_status": State.IMPORTED.value,
            "auto_delete": False,
            "is_notification": False,
            "message_type": "email_outgoing",
            "is_internal": True,  # not for the portal
            "subject": mail.subject or False,
            "body_html": body,
            "date": mail.date or False,
            "message_id": message_id,
            "references": mail.references or False,
            "email_from": mail.email_from or mail.sender or False,
            "reply_to": mail.reply_to or mail.email_from or False,
            "author_id": links.partners.get(address_key(mail.sender), False),
            "email_to": mail.addressed.get("to") or False,
            "email_cc": mail.addressed.get("cc") or False,
            "email_bcc": mail.addressed.get("bcc") or False,
            "model": document and document._name,
            "res_id": document and document.id,
            "record_company_id": self.company_id.id,
            "attachment_ids": [(6, 0, attachments.ids)],
        }

    def _body(self, mail, attachments):
        """The text, which shows its own pictures and fetches none from elsewhere."""
        if not mail.html:
            return plaintext2html(mail.text) if mail.text else ""
        ids = {file.content_id: one.id for file, one in zip(mail.files, attachments, strict=True) if file.content_id}
        html = html_sanitize(mail.html, sanitize_attributes=True, sanitize_style=True, sanitize_form=True)
        return without_remote_content(html, ids)

    def _recipient_values(self, mail, archived, links):
        """The rows of the addresses of an imported mail."""
        common = {
            **mail._evidence_values(),
            "state": State.IMPORTED.value,
            "state_date": archived.date or False,
            "is_imported": True,
        }
        return [
            {
                **common,
                "email": address_key(address),
                "kind": kind,
                "partner_id": links.partners.get(address_key(address)),
            }
            for kind, address in archived.recipients
        ]
