from odoo import http
from odoo.http import request

from ..tools.certificate.facts import is_same

_HEADERS = [
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow, noarchive"),
]


class Certificate(http.Controller):
    @http.route(
        "/mail_delivery_status/verify/<token>",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
        save_session=False,
        sitemap=False,
    )
    def verify(self, token, hash="", **_ignored):  # noqa: A002  # as it stands in the address
        """Confirm to whoever holds the paper that a certificate was issued, and its hash; and nothing else.

        Its form asks by GET, too: nothing is written, so neither a session nor a token against forgery is needed. It
        costs two indexed look-ups, whatever is asked.

        :param str token: of the certificate, 32 characters
        :param str hash: what somebody typed from the paper, or the QR code carries
        """
        lang = request.env["res.lang"]._get_code(request.default_lang()) or request.env.lang or "en_US"
        certificate = request.env["mail.certificate"].with_context(lang=lang)._by_address(token)
        values = {"certificate": certificate, "lang": lang, "typed": hash.strip()}
        if certificate:
            values |= {
                "company": certificate.company_id.name or certificate._stored_facts()["company"],
                "is_same": is_same(certificate.digest, hash),
                "is_returned": certificate._came_back_since(),
                "issued": f"{certificate.date:%Y-%m-%d %H:%M:%S} UTC",
            }
        views = request.env["ir.ui.view"].sudo().with_context(lang=lang)
        page = views._render_template("mail_delivery_status.certificate_verify", values)
        return request.make_response(page, headers=_HEADERS, status=200 if certificate else 404)
