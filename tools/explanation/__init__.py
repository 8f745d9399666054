"""From what is known of one address of one mail to its cause, and who has to act.

>>> explain(Facts.of_reply(Reply.of(550, "5.1.1 <a@dest.test>: User unknown")))
Explanation(cause=<Cause.USER_UNKNOWN: 'user_unknown'>, actor=<Actor.SENDER: 'sender'>, rule='status x.1.1')
"""

from ..smtp.reply import Reply
from .catalogue import Explanation, explain
from .cause import Actor, Cause
from .line import LineMeaning, explain_line
from .table import Facts

__all__ = (
    "Actor",
    "Cause",
    "Explanation",
    "Facts",
    "LineMeaning",
    "Reply",
    "explain",
    "explain_line",
)
