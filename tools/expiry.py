"""How near the end of a certificate is: who looks after it is told a month, a week and a day before.

>>> expiry_stage(31), expiry_stage(30), expiry_stage(7), expiry_stage(1), expiry_stage(0), expiry_stage(-1)
(None, 30, 7, 1, 1, 0)
"""

from __future__ import annotations

from typing import Final

_STAGES: Final = (1, 7, 30)  # days
URGENT: Final = 7


def expiry_stage(days_left: int) -> int | None:
    """Return the stage by the whole days that are left: 30, 7, 1, 0 if it has ended (-1); None: there is time."""
    if days_left < 0:
        return 0
    return next((stage for stage in _STAGES if days_left <= stage), None)
