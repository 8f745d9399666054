"""Which fields of a record hold secrets, by their names: those of core and of add-ons for OAuth and the like."""

import re

# A private key is not among them: no server is told it, so none can echo it.
_SECRET = re.compile(r"pass(?:word|wd)?$|token$|secret$|api_?key$")
_PRIVATE_KEY = re.compile(r"private_key$")


def secret_names(model):
    """The names of the fields whose values a server is told to log in.

    :rtype: list[str]
    """
    return [name for name in model._fields if _SECRET.search(name) and _is_kept(model, name)]


def private_key_names(model):
    """The names of the fields that hold a private key, which no server is told.

    :rtype: list[str]
    """
    return [name for name in model._fields if _PRIVATE_KEY.search(name) and _is_kept(model, name)]


def _is_kept(model, name):
    """Whether somebody sets the field: stored, or elsewhere, as OCA's `server_environment` does with those of core."""
    field = model._fields[name]
    return field.store or bool(field.inverse)


def secret_values(records):
    """What stands in the secret fields of these records, which the caller may read.

    :rtype: list[str | bytes]
    """
    values = [record[name] for record in records for name in secret_names(records)]
    return [value for value in values if isinstance(value, (str, bytes))]
