"""What a drain has handed out and not got back yet. No ORM in here."""

from collections.abc import Iterable, Sequence

from .delivery import Delivery, DeliveryResult, Email

Returned = tuple[Email, Sequence[DeliveryResult]]


class InFlight:
    """The emails that are on their way.

    A mail with several emails is recorded when the last of them has come back: core's hook must hear of it once.

    :ivar emails: how many
    :ivar size: bytes of their messages
    """

    def __init__(self) -> None:
        self.emails = self.size = 0
        self._pending: dict[int, int] = {}  # mail id -> emails still on their way
        self._returned: dict[int, list[Returned]] = {}  # mail id -> what has come back

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Note that these are handed out."""
        for delivery in deliveries:
            mail_id = delivery.email.mail_id
            self._pending[mail_id] = self._pending.get(mail_id, 0) + 1
            self.emails += 1
            self.size += delivery.email.size

    def come_back(self, found: Iterable[Returned]) -> list[Returned]:
        """Note what has come back.

        :return: all that has come back of the mails that are complete now
        """
        complete: list[Returned] = []
        for email, results in found:
            mail_id = email.mail_id
            self.emails -= 1
            self.size -= email.size
            self._returned.setdefault(mail_id, []).append((email, results))
            self._pending[mail_id] -= 1
            if not self._pending[mail_id]:
                del self._pending[mail_id]
                complete += self._returned.pop(mail_id)
        return complete
