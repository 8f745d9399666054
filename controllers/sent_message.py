from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request


class SentMessage(http.Controller):
    @http.route(
        "/mail_delivery_status/sent_message/<int:transaction_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def sent_message(self, transaction_id):
        """A mail as it was sent in one attempt, byte by byte: an ``.eml`` file (``message/rfc822``).

        To administrators who may read what the mail says. To anybody else, and of what is not kept, 404.
        """
        try:
            name, content = request.env["mail.transaction"].browse(transaction_id)._message_to_download()
        except (AccessError, MissingError, UserError) as error:
            raise NotFound from error
        headers = [
            ("Content-Type", "message/rfc822"),
            ("Content-Disposition", content_disposition(name)),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            # Opened in the browser all the same, it runs nothing and loads nothing.
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ]
        return request.make_response(content, headers)
