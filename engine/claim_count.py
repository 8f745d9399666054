"""How often mails are claimed in one run: none may keep the scheduled action running for ever. No ORM in here.

>>> count = ClaimCount()
>>> [count.stuck([7, 8], busy={8}) for _ in range(MOST_IDLE_CLAIMS)][-1]
[7]
"""

from collections import Counter
from collections.abc import Collection, Iterable

# How often a mail may be claimed in one run while nothing of it can be tried, and at all: then it is put off.
MOST_IDLE_CLAIMS = 3
MOST_CLAIMS = 5000


class ClaimCount:
    """Counts by the id of the mail."""

    def __init__(self) -> None:
        self._claims: Counter[int] = Counter()
        self._idle_in_a_row: Counter[int] = Counter()

    def stuck(self, mail_ids: Iterable[int], busy: Collection[int]) -> list[int]:
        """Count one claim of these mails.

        :param busy: those of which something is tried now, or has to wait for its turn
        :return: those of which nothing is tried, again and again
        """
        found = []
        for mail_id in mail_ids:
            self._claims[mail_id] += 1
            self._idle_in_a_row[mail_id] = 0 if mail_id in busy else self._idle_in_a_row[mail_id] + 1
            is_too_often = self._idle_in_a_row[mail_id] >= MOST_IDLE_CLAIMS or self._claims[mail_id] >= MOST_CLAIMS
            if is_too_often and mail_id not in busy:
                found.append(mail_id)
        return found
