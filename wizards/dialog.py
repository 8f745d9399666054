"""What a dialog is opened with, and what it was told."""

# What a column of ids can hold.
_MOST = 2**31 - 1


def ids_in(value):
    """The ids in what a client has sent as JSON; what is none is left out.

    :rtype: list[int]
    """
    values = value if isinstance(value, list) else []
    return [one for one in dict.fromkeys(map(_id_or_none, values)) if one]


def _id_or_none(value):
    return value if type(value) is int and 0 < value <= _MOST else None


def opened(wizard, name):
    """The action that opens a dialog that has been made, under a name."""
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": wizard._name,
        "res_id": wizard.id,
        "view_mode": "form",
        "views": [(False, "form")],
        "target": "new",
    }
