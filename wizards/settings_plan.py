"""What a file would change in this database: asked for the preview, and again before it is done."""

import hashlib
import json
from dataclasses import dataclass

from ..tools.presets import Address, AddressError, parse_autoconfig
from ..tools.settings_file import (
    Item,
    Reason,
    SettingsFile,
    SettingsFileError,
    from_preset,
    is_autoconfig,
    plan_entries,
    plan_values,
    read_settings,
)
from .settings_records import all_servers, existing_of, own_settings, own_values, shape_of


@dataclass(frozen=True)
class Plan:
    """:param dict[str, list[Item]] items: for each key of ``MODELS`` what becomes of the servers in the file
    :param settings: what becomes of the module's settings, None if the file has none
    :param left_out: (name, Reason) of what is in the file and not for Odoo
    """

    items: dict
    settings: Item | None
    is_sealed: bool
    left_out: tuple[tuple[str, Reason], ...]
    digest: str

    @property
    def has_changes(self):
        return any(item.changes for item in self.all_items())

    def all_items(self):
        return [*(item for items in self.items.values() for item in items), *([self.settings] if self.settings else [])]

    def fingerprint(self):
        """A text that is the same for the same file that changes the same.

        Nothing can be learned of a secret from it: what becomes of one counts, and the file that it is in.
        """
        outline = [self.digest, *(item.outline() for item in self.all_items())]
        return hashlib.sha256(json.dumps(outline, sort_keys=True).encode()).hexdigest()

    def count(self, kind, action):
        return sum(item.action is action for item in self.items[kind])


def make_plan(env, data, address, passphrase):
    """What the file would change.

    :param bytes data: the file
    :param str address: whose settings are meant, for an autoconfig file
    :param str passphrase: "": what is sealed stays sealed
    :rtype: Plan | None
    :return: None as long as an address is missing
    :raise SettingsFileError: the file is of no use
    :raise AutoconfigError: the same
    """
    found = _read(data, address, passphrase)
    if found is None:
        return None
    items = {}
    coming = frozenset(entry.values.get("name") for entry in found.incoming)
    for kind, entries in (("outgoing", found.outgoing), ("incoming", found.incoming)):
        shape = shape_of(env, kind, coming)
        existing = [existing_of(shape, server) for server in all_servers(env, kind)] if entries else []
        items[kind] = plan_entries(shape, entries, existing)
    settings = plan_values(own_settings(env), found.settings, own_values(env)) if found.settings else None
    digest = hashlib.sha256(data + (address or "").encode("utf-8", "replace")).hexdigest()
    return Plan(items, settings, found.is_sealed, found.left_out, digest)


def _read(data, address, passphrase) -> SettingsFile | None:
    if not is_autoconfig(data):
        return read_settings(data, passphrase)
    try:
        return from_preset(parse_autoconfig(data, Address.parse(address or "")))
    except AddressError:
        if address:
            raise SettingsFileError(Reason.NO_ADDRESS) from None
        parse_autoconfig(data, Address("nobody", "example.com", "example.com"))  # is it of any use at all?
        return None
