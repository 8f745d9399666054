"""What is known of an account from elsewhere, as a file of ours would say it."""

from __future__ import annotations

from ..presets.model import Preset
from .model import Entry, SettingsFile, Value


def from_preset(preset: Preset) -> SettingsFile:
    """What an autoconfig file says of one address. In its mailbox Odoo only looks for returned mails."""
    smtp, imap = preset.outgoing, preset.incoming
    outgoing = Entry(
        {
            "name": f"{preset.name} ({preset.sender})",
            "smtp_host": smtp.host,
            "smtp_port": smtp.port,
            "smtp_encryption": smtp.encryption.value,
            "smtp_authentication": "login",
            "smtp_user": preset.user or None,
            "from_filter": preset.sender,
        }
    )
    watch = imap and watch_entry(f"{preset.name} ({preset.sender})", imap.host, imap.port, preset.incoming_user)
    return SettingsFile((outgoing,), (watch,) if watch else ())


def watch_entry(name: str, host: str, port: int, user: str, is_ssl: bool = True) -> Entry:
    """A person's mailbox: looked through for returned mails, changed in nothing."""
    values: dict[str, Value] = {"name": name, "server_type": "imap", "server": host, "port": port, "is_ssl": is_ssl}
    return Entry({**values, "user": user or None, "is_report_watch": True, "is_report_foreign_kept": False})
