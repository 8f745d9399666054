"""What a file would change: which server is which, what is new in it, what is left out and why. It changes nothing.

>>> shape = Shape((Setting("name", Kind.LINE), Setting("smtp_host", Kind.HOST)), account=("smtp_host",))
>>> there = Existing(7, {"name": "Office", "smtp_host": "old.example"})
>>> [item] = plan_entries(shape, [Entry({"name": "Office", "smtp_host": "new.example", "colour": 3})], [there])
>>> item.action.value, item.target, [(one.name, one.before, one.after) for one in item.changes], item.left_out
('change', 7, [('smtp_host', 'old.example', 'new.example')], (('colour', <Misfit.UNKNOWN: 'unknown'>),))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from .fitting import Kind, Misfit, MisfitError, Setting, fitted  # noqa: F401 - Kind: for the example
from .matching import matched
from .model import Entry, Existing, Value


class Action(Enum):
    """What becomes of an entry."""

    NEW = "new"
    CHANGE = "change"
    SAME = "same"
    SKIP = "skip"


class SecretChange(Enum):
    """What becomes of a secret: all that is ever shown of one."""

    SET = "set"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Shape:
    """What is known of the servers of one kind.

    :param account: host, port and user: the same account is the same server
    :param trusted: whom a secret is told; if one of them changes, the secrets that are there are for somebody else
    :param critical: without them the server would do something else, so it is passed over as a whole
    :param must: what a new one cannot be without
    :param unique: what no two can have
    :param needs: (setting, value) → what must be there then
    :param clashes: two settings with values that exclude each other
    :param secrets: what may come as secrets
    :param untold: secrets that no server is told, so that they may stay whoever that is
    """

    settings: tuple[Setting, ...]
    account: tuple[str, ...] = ()
    trusted: frozenset[str] = frozenset()
    critical: frozenset[str] = frozenset()
    must: frozenset[str] = frozenset()
    unique: tuple[str, ...] = ()
    needs: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    clashes: tuple[tuple[tuple[str, Value], tuple[str, Value]], ...] = ()
    secrets: tuple[Setting, ...] = ()
    untold: frozenset[str] = frozenset()

    def setting(self, name: str) -> Setting | None:
        return next((one for one in self.settings if one.name == name), None)


@dataclass(frozen=True)
class Change:
    """:param secret: None for what may be shown; else ``before`` and ``after`` are for no eyes"""

    name: str
    before: Value = field(default=None, repr=False)
    after: Value = field(default=None, repr=False)
    secret: SecretChange | None = None


@dataclass(frozen=True)
class Item:
    """What becomes of one entry.

    :param target: id of the server that is changed
    :param reason: why it is passed over, and the setting that is to blame
    """

    name: str
    action: Action
    target: int | None = None
    changes: tuple[Change, ...] = ()
    left_out: tuple[tuple[str, Misfit], ...] = ()
    reason: tuple[Misfit, str] | None = None

    def outline(self) -> list[Any]:
        """All of it but the secrets themselves, as values of JSON."""
        changes = [
            [one.name, one.secret.value] if one.secret else [one.name, one.before, one.after] for one in self.changes
        ]
        left_out = [[name, misfit.value] for name, misfit in self.left_out]
        return [self.name, self.action.value, self.target, changes, left_out]


_Fitted = tuple[dict[str, Value], list[tuple[str, Misfit]]]
_NOT_GIVEN: Final = (None, False, 0, "")


def plan_entries(shape: Shape, entries: Sequence[Entry], existing: Sequence[Existing]) -> list[Item]:
    """Return what becomes of each entry, in their order."""
    values = [_fitting(shape, entry) for entry in entries]
    targets = matched(shape.account, [found for found, _left_out in values], existing)
    items: list[Item] = []
    used: set[tuple[str, Value]] = set()
    for entry, (found, left_out), target in zip(entries, values, targets, strict=True):
        there = target if isinstance(target, Existing) else None
        number = there.id if there else None
        name = str(found.get("name") or entry.values.get("name") or "")[:200]
        others = [server.values for server in existing if server is not there]
        rivals = used | {(one, values.get(one)) for one in shape.unique for values in others}
        fault = (target, "name") if isinstance(target, Misfit) else None
        fault = fault or next(((misfit, one) for one, misfit in left_out if one in shape.critical), None)
        if fault := fault or _fault(shape, found, entry, there, rivals):
            items.append(Item(name, Action.SKIP, number, reason=fault))
            continue
        used |= {(one, found[one]) for one in shape.unique if found.get(one)}
        changes = _changes(shape, found, entry.secrets, there, left_out)
        action = Action.NEW if not there else Action.CHANGE if changes else Action.SAME
        items.append(Item(name, action, number, tuple(changes), tuple(left_out)))
    return items


def plan_values(settings: tuple[Setting, ...], values: dict[str, Value], there: dict[str, Value]) -> Item:
    """Return what becomes of settings that stand for themselves."""
    shape = Shape(settings)
    found, left_out = _fitting(shape, Entry(values))
    changes = _changes(shape, found, {}, Existing(0, there), left_out)
    return Item("", Action.CHANGE if changes else Action.SAME, 0, tuple(changes), tuple(left_out))


def _fitting(shape: Shape, entry: Entry) -> _Fitted:
    found: dict[str, Value] = {}
    left_out: list[tuple[str, Misfit]] = []
    for name, value in entry.values.items():
        setting = shape.setting(name)
        try:
            if setting is None:
                raise MisfitError(Misfit.UNKNOWN)
            found[name] = fitted(setting, value)
        except MisfitError as error:
            left_out.append((name, error.misfit))
    return found, left_out


def _fault(
    shape: Shape, found: dict[str, Value], entry: Entry, there: Existing | None, rivals: set[tuple[str, Value]]
) -> tuple[Misfit, str] | None:
    """Return what is wrong with a server as it would be then.

    :param rivals: (setting, value) of others, where no two can have the same
    """
    result = {**(there.values if there else {}), **found}
    secrets = {*entry.secrets, *(there.secrets if there else ())}
    for name in sorted(shape.must):
        if result.get(name) in _NOT_GIVEN:
            return Misfit.MISSING, name
    for (switch, value), needed in shape.needs.items():
        for one in needed if result.get(switch) == value else ():
            if not result.get(one) and one not in secrets:
                is_secret = any(one == secret.name for secret in shape.secrets)
                return Misfit.SECRET if is_secret else Misfit.NEEDED, one
    for first, second in shape.clashes:
        if result.get(first[0]) == first[1] and result.get(second[0]) == second[1]:
            return Misfit.CLASH, second[0]
    for name in shape.unique:
        if found.get(name) and (name, found[name]) in rivals:
            return Misfit.TAKEN, name
    return None


def _changes(
    shape: Shape,
    found: dict[str, Value],
    secrets: dict[str, str],
    there: Existing | None,
    left_out: list[tuple[str, Misfit]],
) -> list[Change]:
    before = there.values if there else {}
    changes = [
        Change(one.name, before.get(one.name), found[one.name])
        for one in shape.settings
        if one.name in found
        if (found[one.name] != before.get(one.name) if there else found[one.name] is not None)
    ]
    held = dict(there.secrets) if there else {}
    for setting in shape.secrets:
        if setting.name not in secrets:
            continue
        try:
            new = fitted(setting, secrets[setting.name])
        except MisfitError as error:
            left_out.append((setting.name, error.misfit))
            continue
        old = held.pop(setting.name, None)
        if new and new != old:
            changes.append(Change(setting.name, None, new, SecretChange.CHANGED if old else SecretChange.SET))
    if shape.trusted & {one.name for one in changes}:
        # A password is for the host and the account that it was typed for: another one must not get it.
        changes += [Change(name, None, None, SecretChange.REMOVED) for name in sorted(held.keys() - shape.untold)]
    return changes
