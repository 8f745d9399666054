"""The file that mail servers and settings are moved with, and what a mail program's own files say of servers.

>>> written = write_settings([Entry({"name": "Office", "smtp_host": "mail.example.com"})], [], {"mail_workers": 2})
>>> found = read_settings(written)
>>> found.outgoing[0].values["smtp_host"], found.settings, found.is_sealed
('mail.example.com', {'mail_workers': 2}, False)
"""

from .accounts import from_preset
from .encryption import LEAST_CHARACTERS, passphrase_fault
from .fitting import Kind, Misfit, Setting
from .model import Entry, Existing, Reason, SettingsFile, SettingsFileError, Value
from .plan import Action, Change, Item, SecretChange, Shape, plan_entries, plan_values
from .reading import MOST_BYTES, is_autoconfig, read_settings
from .writing import write_settings
