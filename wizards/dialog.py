"""What a dialog is opened with."""


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
