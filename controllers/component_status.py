import json

from werkzeug.exceptions import Forbidden

from odoo import http
from odoo.http import request


class ComponentStatus(http.Controller):
    @http.route(
        "/mail_delivery_status/status.json",
        type="http",
        auth="bearer",
        methods=["GET"],
        readonly=True,
        save_session=False,
    )
    def status(self):
        """The page "Is everything in order?" for monitoring programs.

        An API key of an administrator in ``Authorization: Bearer …``; in the browser the session of one.

        :return: JSON as of ``mail.component._as_json()``; HTTP status 503 if something is not in order
        """
        if not request.env.user.has_group("base.group_system"):
            raise Forbidden
        found = request.env["mail.component"]._as_json()
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store")]
        body = json.dumps(found, ensure_ascii=False, indent=1)
        return request.make_response(body, headers, status=503 if found["status"] == "danger" else 200)
