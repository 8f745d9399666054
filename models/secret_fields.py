"""Which fields of a record hold secrets, by their names: those of core and of add-ons for OAuth and the like."""

import re

# A private key is not among them: no server is told it, so none can echo it.
_SECRET = re.compile(r"pass(?:word|wd)?$|token$|secret$|api_?key$")


def secret_values(records):
    """What stands in the secret fields of these records, which the caller may read.

    :rtype: list[str | bytes]
    """
    names = [name for name, field in records._fields.items() if field.store and _SECRET.search(name)]
    values = [record[name] for record in records for name in names]
    return [value for value in values if isinstance(value, (str, bytes))]
