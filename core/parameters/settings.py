"""Settings read from text, written as text and changed, by the names of their parameters."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, TypeVar

from core.errors import BoxscopeError, quoted
from core.parameters.parts import by_prefix, kinds, makers, own, parameters, plain, walk

T = TypeVar("T")


class Checked:
    """Base of settings classes: a value out of range raises when the object is created, not when used."""

    def __post_init__(self) -> None:
        for spec in own(type(self)):
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))


def values(settings: Any) -> dict[str, Any]:
    """Return the value of every parameter by full name, in the order of :func:`parameters`."""
    return dict(_values(settings))


@functools.lru_cache(maxsize=256)  # asked for some 200 times in a run of a page, of few settings
def _values(settings: Any) -> dict[str, Any]:
    return {one.name: one.value for one in walk(settings)}


def replace(settings: T, changes: Mapping[str, Any]) -> T:
    """Return settings with the values of some parameters, by full name, changed.

    Raises
    ------
    BoxscopeError
        A value does not fit its parameter, or values do not fit each other.
    """
    direct = {spec.name for spec in own(type(settings))}
    fields: dict[str, Any] = {name: value for name, value in changes.items() if name in direct}
    for field, prefix, one in by_prefix(settings):
        names = {f"{prefix}{name}": name for name in values(one)}
        part_changes = {names[name]: value for name, value in changes.items() if name in names}
        fields.setdefault(field, []).append(_replaced(one, part_changes, prefix))
    for field, parts in fields.items():
        if isinstance(parts, list) and field not in direct:
            fields[field] = tuple(parts) if isinstance(getattr(settings, field), tuple) else parts[0]
    return dataclasses.replace(settings, **fields)  # type: ignore[type-var]


def _replaced(one: Any, changes: Mapping[str, Any], prefix: str) -> Any:
    try:
        return replace(one, changes)
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, f"{prefix}{error.item}") from None


def build(settings: type[T], texts: Mapping[str, str], *, owner: str) -> T:
    """Return settings of values given as text; others keep their defaults; see :func:`read`."""
    return read(settings(), texts, owner=owner)


def read(settings: T, texts: Mapping[str, str], *, owner: str) -> T:
    """Return settings with some values changed to those given as text.

    Parameters
    ----------
    settings : settings object
    texts : mapping of str to str
        By full name. A part that is changed to another kind gets the defaults of that kind.
    owner : str
        Name of what the parameters belong to, for the error.

    Raises
    ------
    BoxscopeError
        An unknown name or kind, or a value that does not fit.
    """
    settings = _of_kinds(settings, texts)
    of_kinds = kinds(settings)
    specs = {spec.name: spec for spec in parameters(settings)}
    known = [*of_kinds, *specs]
    for name in texts:
        if name not in known:
            expected = f"expected one of {', '.join(known)}" if known else "it takes none"
            raise BoxscopeError(f"no parameter {quoted(name)}, {expected}", owner)
    given = {name: text for name, text in texts.items() if name not in of_kinds}
    return replace(settings, {name: specs[name].parse(text) for name, text in given.items()})


def _of_kinds(settings: T, texts: Mapping[str, str]) -> T:
    """Return settings whose parts are of the kinds that texts name."""
    made, present = makers(settings), kinds(settings)
    parts = {field: made[field](texts[field]) for field in present.keys() & texts.keys()}
    parts = {field: one for field, one in parts.items() if one.name != present[field]}
    return dataclasses.replace(settings, **parts) if parts else settings  # type: ignore[type-var]


def spell(settings: Any) -> dict[str, str]:
    """Return all settings as text, by full name: the kinds of parts, then the values.

    The values are in the order of :func:`parameters`.
    """
    return dict(_spelled(settings))


@functools.lru_cache(maxsize=256)  # as `_values`
def _spelled(settings: Any) -> dict[str, str]:
    return kinds(settings) | {one.name: one.spec.spell(one.value) for one in walk(settings)}


def changes(settings: Any) -> dict[str, str]:
    """Return as text the kinds of parts and what differs from their defaults, see :func:`plain`."""
    defaults, of_kinds = spell(plain(settings)), kinds(settings)
    texts = spell(settings).items()
    return {name: text for name, text in texts if name in of_kinds or text != defaults[name]}
