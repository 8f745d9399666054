from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache
from odoo.tools.mail import email_normalize

from odoo.addons.base.models.ir_mail_server import extract_rfc2822_addresses

from ..tools.address import address_key
from ..tools.own_addresses import OwnAddresses

_MOST_DOMAINS = 1000


class IrMailServer(models.Model):
    """Where bounces, answers and read receipts go to, of the mails that leave over one server."""

    _inherit = "ir.mail_server"

    return_address = fields.Char(
        help="The envelope sender (MAIL FROM) of all mails over this server: bounces go there. Empty: the bounce"
        " address of the company, or the sender's own. The server must accept it, and its domain should allow this"
        " server (SPF).",
    )
    reply_to = fields.Char(
        "Reply-To",
        help="Where answers go if nobody chose another address for the mail: in place of the sender's address and of"
        " the catch-all address. A mail whose document has an e-mail alias of its own keeps that, and so does a mail"
        " with an address that somebody chose. Answers to this address reach Odoo only if its mailbox is fetched.",
    )
    receipt_default = fields.Selection(
        [("yes", "Ask for one"), ("no", "Do not ask")],
        "Read Receipt",
        help="Whether the mails that people send over this server ask for a read receipt, where nobody chose."
        " Empty: as in the settings.",
    )
    return_address_warning = fields.Text(compute="_compute_return_address_warning")

    @api.constrains("return_address", "reply_to")
    def _check_own_addresses(self):
        for server in self:
            if server.return_address and not server._own_return_address():
                raise ValidationError(
                    server.env._(
                        "“%s” cannot be a return address: enter one address alone, such as bounce@example.com, without"
                        " letters such as ż before the @.",
                        server.return_address,
                    )
                )
            if server.reply_to and not email_normalize(server.reply_to):
                raise ValidationError(
                    server.env._(
                        "“%s” cannot be a Reply-To: enter one address, such as office@example.com.", server.reply_to
                    )
                )

    def _own_return_address(self):
        """The return address as it goes over the wire; "" for none, or none that can."""
        address = email_normalize(self.return_address or "")
        found = extract_rfc2822_addresses(address) if address and address.rpartition("@")[0].isascii() else ()
        return found[0] if len(found) == 1 else ""

    def _own_addresses(self):
        """What this server puts in place of core's addresses; nothing where there is no record.

        :rtype: OwnAddresses
        """
        if not (self.return_address or self.reply_to):
            return OwnAddresses()
        domains = self.env["mail.alias.domain"].sudo().search([], limit=_MOST_DOMAINS) if self.reply_to else ()
        defaults = frozenset(address_key(domain.catchall_email) for domain in domains if domain.catchall_email)
        return OwnAddresses(self._own_return_address(), " ".join((self.reply_to or "").split()), defaults)

    @api.model
    def _set_own_reply_to(self, message, own):
        """Let answers go to the server's own address, where nobody chose one for the mail.

        :param email.message.EmailMessage message: is changed
        :param OwnAddresses own: of the server
        """
        if not own.reply_to:
            return
        there, sender = (email_normalize(str(message[name] or "")) for name in ("Reply-To", "From"))
        # What is not one address was chosen by somebody.
        is_one = there or not message["Reply-To"]
        if is_one and own.replaces(there or "", sender or ""):
            del message["Reply-To"]
            message["Reply-To"] = own.reply_to

    @api.depends("return_address", "from_filter")
    @api.depends_context("lang")
    def _compute_return_address_warning(self):
        """Why what comes back to the return address may not reach Odoo, or mails may not leave with it."""
        for server in self:
            address = email_normalize(server.return_address or "")
            server.return_address_warning = address and "\n".join(server._return_address_faults(address))

    def _return_address_faults(self, address):
        """What does not fit, a sentence each."""
        bounce = self.env["mail.alias.domain"].sudo().search([], limit=_MOST_DOMAINS).mapped("bounce_email")
        incoming = self.env["fetchmail.server"].sudo().search([("is_report_watch", "=", True)])
        read = {address_key(one or "") for one in (*bounce, *incoming.mapped("user"))}
        faults = []
        if address_key(address) not in read:
            faults.append(
                self.env._(
                    "Nobody in Odoo reads what comes back to %s: bounces would not be noticed. Watch its mailbox"
                    " (Incoming Mail Servers → Only look for returned mails), or take the bounce address of the"
                    " company.",
                    address,
                )
            )
        if not self._match_from_filter(address, self.from_filter):
            faults.append(
                self.env._("The FROM filter does not name %s: the mail server may refuse it as a sender.", address)
            )
        return faults

    # === READ RECEIPTS === #

    @api.model
    @ormcache()
    def _receipt_wishes(self):
        """The servers that have a wish of their own: ``{id: whether to ask}``; asked for with every message."""
        found = self.sudo().with_context(active_test=False).search([("receipt_default", "!=", False)])
        return {server.id: server.receipt_default == "yes" for server in found}

    @api.model
    def _forget_receipt_wishes(self, *vals_list):
        """Ask again, when servers were written with such values."""
        if any("receipt_default" in vals for vals in vals_list):
            self.env.registry.clear_cache()

    @api.model
    def _receipt_wish(self, message):
        """Whether the server that a message goes over asks for a read receipt; None: it has no wish.

        :param mail.message message: None: one that the user is going to write
        :rtype: bool | None
        """
        wishes = self._receipt_wishes()
        if not wishes:  # as nearly always: then nothing is looked up
            return None
        message = message.sudo() if message else self.env["mail.message"]
        server = message.mail_server_id
        if not server:
            email_from = message.email_from or self.env.user.email_formatted
            server = self.sudo()._find_mail_server(email_from)[0] or self.browse()
        return wishes.get(server.id)
