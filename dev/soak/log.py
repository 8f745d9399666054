"""Odoo's log: what went wrong in it that no fault of ours explains. Pure."""

import re
from collections.abc import Iterator

RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?=[A-Z]+ )", re.M)
# The database was away, or its answer was lost; and what Odoo tells people.
EXPLAINED = (
    "psycopg2.OperationalError: ",
    "server closed the connection",
    "terminating connection",
    "connection already closed",
    "cursor already closed",
    "\nodoo.exceptions.",
    "\nodoo.http.SessionExpiredException",
    # Core's, of a cursor that got no connection; another process may write between the head of it and the rest.
    "Exception ignored in: <function Cursor.__del__",
    "in __del__\n    self._close(True)",
)


def unexplained(log: str) -> Iterator[str]:
    """The records with a traceback that nothing above explains.

    >>> text = '''2026-01-01 10:00:00,000 1 ERROR db odoo.http: Exception
    ... Traceback (most recent call last):
    ... KeyError: 'x'
    ... 2026-01-01 10:00:01,000 1 INFO db odoo: fine
    ... 2026-01-01 10:00:02,000 1 ERROR db odoo.http: Exception
    ... Traceback (most recent call last):
    ... psycopg2.OperationalError: server closed the connection unexpectedly
    ... '''
    >>> [record.splitlines()[-1] for record in unexplained(text)]
    ["KeyError: 'x'"]
    """
    for record in RECORD.split(log):
        if "\nTraceback (" in record and not any(words in record for words in EXPLAINED):
            yield record.strip()
