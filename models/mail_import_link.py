from collections import defaultdict
from dataclasses import dataclass

from odoo import models

from ..tools.address import address_key
from ..tools.archive.reference import candidates


@dataclass
class Links:
    """What mails of an archive belong to."""

    partners: dict  # address → id of the contact
    documents: dict  # id() of the ArchivedMail → account.move


class MailImport(models.Model):
    """Finds the contacts of imported mails by their addresses, and the invoices by the numbers that they name."""

    _inherit = "mail.import"

    def _links(self, archived):
        """Contacts and documents, for a batch in two queries.

        :param list[ArchivedMail] archived:
        :rtype: Links
        """
        addresses = {address_key(address) for mail in archived for _kind, address in mail.recipients}
        addresses |= {address_key(mail.sender) for mail in archived}
        numbers = {id(mail): self._numbers(mail) for mail in archived}
        moves = self._moves_by_number(set().union(*numbers.values())) if numbers else {}
        documents = {}
        for mail in archived:
            found = {moves[number] for number in numbers[id(mail)] if number in moves}
            if len(found) == 1:  # a mail that names several is for a person to decide
                documents[id(mail)] = found.pop()
        return Links(self._partners_by_address(addresses - {""}), documents)

    def _numbers(self, mail):
        """What in subject and file names may be the number of an invoice."""
        return set().union(candidates(mail.subject), *(candidates(file.name) for file in mail.files))

    def _moves_by_number(self, numbers):
        """The invoices of the company that have exactly one of these numbers; none where two have the same.

        :return: ``{number: account.move}``
        """
        domain = [
            ("name", "in", list(numbers)),
            ("company_id", "=", self.company_id.id),
            ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
        ]
        found = defaultdict(self.env["account.move"].browse)
        for move in self.env["account.move"].sudo().search(domain):
            found[move.name] |= move
        return {number: moves for number, moves in found.items() if len(moves) == 1}

    def _partners_by_address(self, addresses):
        """The contacts of the company, or of all companies, that have these addresses; of several the oldest.

        :return: ``{address: id}``
        """
        domain = [("email_normalized", "in", list(addresses)), ("company_id", "in", (False, self.company_id.id))]
        partners = self.env["res.partner"].sudo().search_fetch(domain, ["email_normalized"], order="id desc")
        return {address_key(partner.email_normalized): partner.id for partner in partners}
