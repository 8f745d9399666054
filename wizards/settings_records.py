"""Between the records of mail servers and what a file of settings says of them (`tools/settings_file/`)."""

from functools import lru_cache, partial

from odoo import fields

from ..models.secret_fields import private_key_names, secret_names
from ..tools.settings_file import Entry, Existing, Kind, Setting, Shape

# In the order in which they are made: an outgoing server may name an incoming one.
MODELS = {"incoming": "fetchmail.server", "outgoing": "ir.mail_server"}
MODULE = "mail_delivery_status"
_KINDS = {
    "char": Kind.LINE,
    "text": Kind.LINES,
    "boolean": Kind.BOOLEAN,
    "integer": Kind.INTEGER,
    "float": Kind.FLOAT,
    "selection": Kind.CHOICE,
    "date": Kind.DATE,
    "binary": Kind.FILE,
    "many2one": Kind.RECORD,
}
# A record is another one in another database: what it is known by in both.
_NAMED_BY = {"res.users": "login", "ir.model": "model", "res.company": "name", "fetchmail.server": "name"}
# Counters of core. Whether a server is in use is decided where it is, as that it is paused or confirmed.
_NO_SETTINGS = {"active", "owner_limit_time", "owner_limit_count"}
_HOSTS = {"smtp_host", "server"}
_RANGES = {
    "smtp_port": (1, 65535),
    "port": (0, 65535),
    "max_connections": (1, 1000),
    "mail_workers": (1, 16),
    "sequence": (-(10**6), 10**6),
    "priority": (-(10**6), 10**6),
}
_MOST = 10**9
_CERTIFICATE = ("smtp_authentication", "certificate")
_RULES = {
    "outgoing": {
        "account": ("smtp_host", "smtp_port", "smtp_user"),
        "trusted": frozenset(("smtp_host", "smtp_user", "smtp_authentication")),
        "critical": frozenset(
            (
                "name",
                "smtp_host",
                "smtp_port",
                "smtp_authentication",
                "smtp_encryption",
                "smtp_user",
                "from_filter",
                "owner_user_id",
            )
        ),
        "must": frozenset(("name", "smtp_port", "smtp_authentication", "smtp_encryption")),
        "unique": ("owner_user_id",),
        "needs": {
            ("is_sent_copy", True): ("sent_copy_mailbox_id",),
            ("smtp_authentication", "login"): ("smtp_host",),
            _CERTIFICATE: ("smtp_host", "smtp_ssl_certificate", "smtp_ssl_private_key"),
        },
        "clashes": ((_CERTIFICATE, ("smtp_encryption", "none")),),
    },
    "incoming": {
        "account": ("server", "port", "user"),
        "trusted": frozenset(("server", "user", "server_type")),
        "critical": frozenset(
            ("name", "server", "port", "server_type", "is_ssl", "user", "object_id", "is_report_watch", "report_folder")
        ),
        "must": frozenset(("name", "server_type")),
        "needs": {("server_type", kind): ("server",) for kind in ("imap", "pop")},
        "clashes": tuple((("server_type", kind), ("is_report_watch", True)) for kind in ("pop", "local")),
    },
}


def shape_of(env, kind, coming=frozenset()):
    """What is known of the servers of one kind in this database, the settings of other add-ons among them.

    :param str kind: a key of ``MODELS``
    :param coming: the names of incoming servers that are in the same file
    :rtype: Shape
    """
    model = env[MODELS[kind]]
    keys = private_key_names(model)
    hidden = {*keys, *secret_names(model)}
    names = [name for name in model._fields if _is_setting(model, name)]
    return Shape(
        settings=tuple(_setting(model, name, coming) for name in names if name not in hidden),
        secrets=tuple(
            Setting(name, Kind.FILE if model._fields[name].type == "binary" else Kind.SECRET)
            for name in names
            if name in hidden
        ),
        untold=frozenset(keys),
        **_RULES[kind],
    )


def _is_setting(model, name):
    """Whether somebody has chosen its value: what changes by itself is not copied with a record either."""
    field = model._fields[name]
    # OCA's `server_environment` makes core's settings computed fields, which write where it keeps them.
    is_kept = (field.store and field.copy) or name in getattr(model, "_server_env_fields", ())
    is_kept = is_kept and not field.readonly
    is_known = field.type in _KINDS and (field.type != "many2one" or field.comodel_name in _NAMED_BY)
    return is_kept and is_known and field.name not in _NO_SETTINGS


def _setting(model, name, coming=frozenset()):
    field = model._fields[name]
    kind = Kind.HOST if name in _HOSTS else _KINDS[field.type]
    choices = [value for value, _label in field._description_selection(model.env)] if kind is Kind.CHOICE else ()
    least, most = _RANGES.get(name, (0, _MOST))
    is_known = lru_cache(maxsize=None)(partial(_is_known, model.env, field, coming)) if kind is Kind.RECORD else bool
    return Setting(name, kind, frozenset(choices), least, most, is_known)


def _is_known(env, field, coming, name):
    return field.comodel_name == MODELS["incoming"] and name in coming or len(_named(env, field, name)) == 1


def _named(env, field, name):
    return env[field.comodel_name].search([(_NAMED_BY[field.comodel_name], "=", name)], limit=2)


def own_settings(env):
    """This module's settings on the page of settings, whatever keeps them; but for those of a company.

    :rtype: tuple[Setting, ...]
    """
    model = env["res.config.settings"]
    own = [
        name
        for name, field in model._fields.items()
        if field._modules == (MODULE,) and field.type in _KINDS and not field.compute
    ]
    return tuple(_setting(model, name) for name in own)


def own_values(env):
    """What they are now: ``{name: value as in a file}``."""
    names = [setting.name for setting in own_settings(env)]
    there = env["res.config.settings"].default_get(names)
    fields_ = env["res.config.settings"]._fields
    return {name: _in_file(fields_[name], there.get(name)) for name in names}


# === RECORDS AND ENTRIES === #


def all_servers(env, kind):
    """All servers of a kind, archived ones too."""
    return env[MODELS[kind]].with_context(active_test=False).search([])


def entry_of(shape, record, *, with_secrets):
    """A server as it stands in a file.

    :rtype: Entry
    """
    values = _values(record, [setting.name for setting in shape.settings])
    secrets = _values(record, [setting.name for setting in shape.secrets]) if with_secrets else {}
    return Entry(values, {name: value for name, value in secrets.items() if value})


def existing_of(shape, record):
    """A server that is there, for comparing. All its secrets are named, also those that no file brings.

    :rtype: Existing
    """
    names = {*secret_names(record), *(setting.name for setting in shape.secrets)}
    secrets = {name: value for name, value in _values(record, names).items() if value}
    return Existing(record.id, entry_of(shape, record, with_secrets=False).values, secrets)


def _values(record, names):
    record = record.with_context(bin_size=False)
    return {name: _in_file(record._fields[name], record[name]) for name in names}


def _in_file(field, value):
    if field.type == "boolean":
        return bool(value)
    if field.type in ("integer", "float"):
        return value or 0
    if not value:
        return None
    if field.type == "many2one":
        return value[_NAMED_BY[field.comodel_name]]
    if field.type == "date":
        return value.isoformat()
    return value.decode() if isinstance(value, bytes) else value


def to_write(env, model_name, item):
    """What is written for an item of a plan: ``{name of the field: value}``."""
    values = {}
    for change in item.changes:
        field, value = env[model_name]._fields[change.name], change.after
        if value is None:
            value = False
        elif field.type == "many2one":
            value = _named(env, field, value).id
        elif field.type == "date":
            value = fields.Date.from_string(value)
        values[change.name] = value
    return values
