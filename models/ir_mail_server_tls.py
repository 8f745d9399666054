import contextlib
import ssl

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.bounded_connect import current
from ..tools.doctor.certificate import read_certificate

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class IrMailServer(models.Model):
    """What a connection to a mail server must be at least, and what its certificate said last."""

    _inherit = "ir.mail_server"

    least_tls = fields.Selection(
        [("1.2", "TLS 1.2"), ("1.3", "TLS 1.3")],
        "Least TLS Version",
        default="1.2",
        help="A server that speaks only older versions is left alone, and its mails wait. Empty: what this computer"
        " allows. TLS 1.2 fits nearly everywhere, TLS 1.3 is the newest.",
    )
    certificate_end = fields.Datetime(
        "Certificate valid until",
        readonly=True,
        copy=False,
        help="The end of the certificate that the mail server showed on the last connection.",
    )

    def _init_column(self, column_name):
        """Leave the servers that are there already as they are: the default is for new ones."""
        if column_name != "least_tls":
            super()._init_column(column_name)

    @api.model
    def _choose_while_connecting(self, bounds, server_id):
        """Say to the connection that is being made which server it is for, and what it must be at least.

        :param BoundedConnect bounds: of the attempt
        """
        server = self.sudo().browse(server_id or ())
        bounds.server_id = server.id or 0
        # A server of the configuration file alone has no such setting.
        bounds.least_tls = _VERSIONS.get(server.least_tls) if server else None

    @api.model
    def _find_mail_server(self, email_from, mail_servers=None):
        """Core chooses the server while it connects, where none was named."""
        server, sender = super()._find_mail_server(email_from, mail_servers=mail_servers)
        if bounds := current():
            self._choose_while_connecting(bounds, server.id if server else 0)
        return server, sender

    def _note_certificate(self, connection):
        """Keep until when the server's certificate is valid: written when it is another one than last time.

        Nothing that goes wrong here is worth a mail.

        :param connection: that has just been made
        """
        if not self:
            return
        with contextlib.suppress(Exception):  # pyOpenSSL's errors are no OSError
            facts = read_certificate(connection.sock.getpeercert(binary_form=True) or b"")
            end = facts and facts.ends.replace(tzinfo=None)
            if end and end != self.certificate_end:
                self._write_certificate_end(end)

    def _write_certificate_end(self, end):
        """Write it, unless somebody else does so at the same time."""
        query = SQL(
            "UPDATE ir_mail_server SET certificate_end = %s"
            " WHERE id = (SELECT id FROM ir_mail_server WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)",
            end,
            self.id,
        )
        with contextlib.suppress(psycopg2.Error), self.env.cr.savepoint():
            self.env.cr.execute(query, log_exceptions=False)
            self.invalidate_recordset(["certificate_end"], flush=False)
