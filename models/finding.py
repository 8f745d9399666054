from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that is known of a mail server, or of what mails depend on.

    :param level: "ok", "warning" or "danger"
    :param text: what there is, a sentence or two
    :param advice: what to do; "" for nothing
    :param records: what it is about; None for nothing
    :param key: the same as long as there is nothing new to tell; "" for what nobody is told of by it
    """

    level: str
    text: str
    advice: str = ""
    records: Any = None
    key: str = ""
