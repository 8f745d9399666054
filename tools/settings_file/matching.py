"""Which entry of a file is which server that is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from .fitting import Misfit
from .model import Existing, Value

_Values: TypeAlias = "dict[str, Value]"
_Key: TypeAlias = "tuple[Value, ...]"
_NONE: Final = ()  # as a key: there is nothing to tell it by


def matched(
    account: Sequence[str], entries: Sequence[_Values], existing: Sequence[Existing]
) -> list[Existing | Misfit | None]:
    """Return which server each entry is: of the same account and name, else of the account, else of the name.

    Each server is one entry's. None: it is a new one; a misfit: nobody can tell.

    :param account: the settings that are the same for the same account; without the first, the host, there is none
    """

    def of_account(one: _Values) -> _Key:
        key = tuple(one.get(name) for name in account)
        return tuple(part.lower() if isinstance(part, str) else part for part in key) if key and key[0] else _NONE

    def of_name(one: _Values) -> _Key:
        return (one["name"],) if one.get("name") else _NONE

    def of_both(one: _Values) -> _Key:
        return (*of_account(one), *of_name(one)) if of_account(one) and of_name(one) else _NONE

    targets: list[Existing | Misfit | None] = [None] * len(entries)
    taken: set[int] = set()
    keys: tuple[Callable[[_Values], _Key], ...] = (of_both, of_account, of_name)
    for key_of in keys:
        index: dict[_Key, list[Existing]] = {}
        for server in existing:
            index.setdefault(key_of(server.values), []).append(server)
        for number, one in enumerate(entries):
            key = key_of(one)
            found = index.get(key, []) if key and targets[number] is None else []
            free = [server for server in found if server.id not in taken]
            if len(free) == 1:
                targets[number] = free[0]
                taken.add(free[0].id)
            elif free:
                targets[number] = Misfit.SEVERAL
            elif found and key_of is of_both:
                targets[number] = Misfit.TWICE
    return targets
