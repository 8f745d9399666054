"""What tells a person something in the corner of the screen."""

CLOSE = {"type": "ir.actions.act_window_close"}


def notice(text, kind="success", **params):
    """An action for the web client that tells something.

    :param str kind: ``info``, ``success``, ``warning`` or ``danger``
    :param params: of core's ``display_notification``: ``title``, ``sticky``, ``next`` (an action, such as ``CLOSE``)
    """
    params = {"type": kind, "message": text, **params}
    return {"type": "ir.actions.client", "tag": "display_notification", "params": params}
