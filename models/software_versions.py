"""What software is at work, in a line for support."""

import platform
import ssl

from odoo import release
from odoo.modules.module import get_manifest


def software_versions(env):
    """Odoo, this module, Python, OpenSSL and PostgreSQL with their versions.

    :rtype: str
    """
    number = env.cr._cnx.server_version  # 150004
    return (
        f"Odoo {release.version}, mail_delivery_status {get_manifest('mail_delivery_status')['version']},"
        f" Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, PostgreSQL {number // 10000}.{number % 10000}"
    )
