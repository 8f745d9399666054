import importlib.util
import shutil
import ssl
from pathlib import Path

from odoo import models
from odoo.modules.module import get_manifest
from odoo.tools import SQL, config, human_size
from odoo.tools.sql import make_index_name

from .finding import Finding
from .mail_component import MODULE
from .mail_message import AskedOfMails
from .software_versions import software_versions

# What is used where it is there, and what is missing without it.
_LIBRARIES = ("dns",)
# Little room, and nearly none: a small disk is measured in bytes, a large one in parts.
_LITTLE, _NONE = (0.10, 10 * 10**9), (0.03, 2 * 10**9)
_LEAST_BYTES = 200 * 10**6


class MailComponent(models.AbstractModel):
    """What mails rest upon: database, disk, encryption, versions."""

    _inherit = "mail.component"

    def _check_versions(self):
        yield Finding("ok", software_versions(self.env))

    # === THE DATABASE === #

    def _check_database(self):
        """The installed version is the code's, and what the code expects of the database is there."""
        advice = self.env._("Upgrade the module: Apps → E-mail Delivery Status → Upgrade, or odoo -u %s", MODULE)
        code = get_manifest(MODULE)["version"]
        installed = self.env["ir.module.module"].search([("name", "=", MODULE)]).latest_version
        found = []
        if installed != code:
            text = self.env._(
                "The database is of version %(installed)s, the program of version %(code)s.",
                installed=installed,
                code=code,
            )
            found.append(Finding("danger", text, advice))
        columns, indexes = self._missing_columns(), self._missing_indexes()
        if columns:
            text = self.env._("Columns that are missing in the database: %s", ", ".join(columns))
            found.append(Finding("danger", text, advice))
        if indexes:
            text = self.env._(
                "Indexes that are missing in the database: %s. All works, but slowly.", ", ".join(indexes)
            )
            found.append(Finding("warning", text, advice))
        yield from found or [Finding("ok", self.env._("In step with the program, version %s.", code))]

    def _stored_fields(self):
        """Each column that this module has made, with its model's table and its field."""
        for model in self.env.registry.values():
            if model._auto and not model._abstract:
                for name, field in model._fields.items():
                    has_column = field.store and field.column_type and not isinstance(field, AskedOfMails)
                    if has_column and MODULE in field._modules:
                        yield model._table, name, field

    def _missing_columns(self):
        expected = {(table, name) for table, name, _field in self._stored_fields()}
        rows = self.env.execute_query(
            SQL(
                "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                " WHERE c.relnamespace = current_schema::regnamespace AND c.relname = ANY(%s) AND NOT a.attisdropped",
                sorted({table for table, _name in expected}),
            )
        )
        return sorted(f"{table}.{name}" for table, name in expected - set(rows))

    def _missing_indexes(self):
        """Names of indexes and constraints of this module."""
        expected = {make_index_name(table, name) for table, name, field in self._stored_fields() if field.index}
        for model in self.env.values():
            if model._auto and not model._abstract:
                own = (one for one in model._table_objects.values() if one._module == MODULE)
                expected |= {one.full_name(model) for one in own}
        rows = self.env.execute_query(
            SQL(
                "SELECT relname FROM pg_class WHERE relname = ANY(%s)"
                " UNION SELECT conname FROM pg_constraint WHERE conname = ANY(%s)",
                list(expected),
                list(expected),
            )
        )
        return sorted(expected - {name for (name,) in rows})

    # === THE DISK === #

    def _check_storage(self):
        if self.env["ir.attachment"]._storage() == "db":
            text = self.env._("Attachments are kept in the database: its server must have room for them.")
            yield Finding("ok", text)
            return
        path = Path(config.filestore(self.env.cr.dbname))
        usage = shutil.disk_usage(next(folder for folder in (path, *path.parents) if folder.exists()))
        level = _level_of_room(usage.free, usage.total)
        text = self.env._(
            "Free where attachments are kept: %(free)s of %(total)s.",
            free=human_size(usage.free),
            total=human_size(usage.total),
        )
        advice = self.env._("Make room before it is full: then no attachment can be saved, and no returned mail kept.")
        yield Finding(level, text, "" if level == "ok" else advice)

    # === ENCRYPTION === #

    def _check_encryption(self):
        least = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).minimum_version  # as the system's settings allow
        can = [
            version.name.replace("_", ".").replace("TLSv", "TLS ")
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
            if getattr(ssl, f"HAS_{version.name}") and (least < 0 or version >= least)
        ]
        text = self.env._("%(library)s; it can do: %(versions)s", library=ssl.OPENSSL_VERSION, versions=", ".join(can))
        if "TLS 1.3" in can:
            yield Finding("ok", text)
        else:
            advice = self.env._("Update OpenSSL: mail servers will ask for TLS 1.3.")
            yield Finding("warning", text, advice)

    def _check_libraries(self):
        missing = [name for name in _LIBRARIES if not importlib.util.find_spec(name)]
        if not missing:
            yield Finding("ok", self.env._("dnspython is installed."))
            return
        text = self.env._("dnspython is not installed: mail servers are set up and checked without asking DNS.")
        yield Finding(
            "ok", text, self.env._("If you want that: pip install dnspython, or apt install python3-dnspython.")
        )


def _level_of_room(free, total):
    """How urgent it is to make room.

    :param int free: bytes
    :param int total: bytes
    """

    def is_less(part, size):
        return free < part * total and free < size

    if free < _LEAST_BYTES or is_less(*_NONE):
        return "danger"
    return "warning" if is_less(*_LITTLE) else "ok"
