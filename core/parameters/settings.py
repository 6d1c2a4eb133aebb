"""Settings with their parts: parameters listed, read from text, written as text and changed by name."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_type_hints

from core.errors import BoxscopeError, quoted
from core.parameters.parameter import Parameter

T = TypeVar("T")


def part(default: Any, *, flat: bool = False) -> Any:
    """Return a dataclass field that is itself settings, or a tuple of settings that each have a ``name``.

    Parameters
    ----------
    default : settings object, or tuple of them
    flat : bool
        Whether its parameters are named without the prefix ``part.``.
    """
    return dataclasses.field(default=default, metadata={"part": True, "flat": flat})


def parameters(settings: Any) -> tuple[Parameter, ...]:
    """Return the parameters of settings, those of their parts by full name, in the order of the fields.

    Parameters
    ----------
    settings : type or object
        A dataclass, or an object of one whose parts depend on the object. Fields created neither by
        :func:`parameter` nor by :func:`part` are ignored.
    """
    if isinstance(settings, type):
        return _of_class(settings)
    kind: Any = type(settings)
    return tuple(spec for spec, _ in _walk(plain(settings))) if _has_parts(kind) else _direct(kind)


def _of_class(settings: Any) -> tuple[Parameter, ...]:
    return _with_parts(settings) if _has_parts(settings) else _direct(settings)


@functools.cache  # called about 170 times per run of a page
def _with_parts(settings: Any) -> tuple[Parameter, ...]:
    return tuple(spec for spec, _ in _walk(settings()))


def _direct(settings: Any) -> tuple[Parameter, ...]:
    """Return the parameters that are fields of a class, without those of its parts."""
    return _of_fields(settings)


@functools.cache
def _of_fields(settings: Any) -> tuple[Parameter, ...]:
    hints = get_type_hints(settings)
    return tuple(
        Parameter(name=f.name, type=_item_type(hints[f.name]), default=f.default, **f.metadata)
        for f in dataclasses.fields(settings)
        if "label" in f.metadata
    )


def _item_type(hint: Any) -> type:
    args = get_args(hint)
    return args[0] if args else hint


def _has_parts(settings: Any) -> bool:
    return any("part" in field.metadata for field in dataclasses.fields(settings))


def _parts(settings: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield of each part the name of its field, the prefix of its parameters' names, and the part."""
    for field in dataclasses.fields(settings):
        if "part" in field.metadata:
            value = getattr(settings, field.name)
            if isinstance(value, tuple):
                yield from ((field.name, f"{one.name}.", one) for one in value)
            else:
                yield field.name, "" if field.metadata["flat"] else f"{field.name}.", value


def _walk(settings: Any) -> Iterator[tuple[Parameter, Any]]:
    """Yield each parameter, with its full name and the value as default, and the value."""
    direct = {spec.name: spec for spec in _direct(type(settings))}
    parts = list(_parts(settings))
    for field in dataclasses.fields(settings):
        if field.name in direct:
            value = getattr(settings, field.name)
            yield dataclasses.replace(direct[field.name], default=value), value
        for name, prefix, one in parts:
            if name == field.name:
                of = f"{one.name}: " if isinstance(getattr(settings, name), tuple) else ""
                for spec, value in _walk(one):
                    yield dataclasses.replace(spec, name=prefix + spec.name, label=of + spec.label), value


class Checked:
    """Base of settings classes: a value out of range raises when the object is created, not when used."""

    def __post_init__(self) -> None:
        for spec in _direct(type(self)):
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))


def values(settings: Any) -> dict[str, Any]:
    """Return the value of every parameter by full name, in the order of :func:`parameters`."""
    return {spec.name: value for spec, value in _walk(settings)}


def replace(settings: T, changes: Mapping[str, Any]) -> T:
    """Return settings with the values of some parameters, by full name, changed.

    Raises
    ------
    BoxscopeError
        A value does not fit its parameter, or values do not fit each other.
    """
    direct = {spec.name for spec in _direct(type(settings))}
    fields: dict[str, Any] = {name: value for name, value in changes.items() if name in direct}
    for field, prefix, one in _parts(settings):
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


def plain(settings: T) -> T:
    """Return settings with the same kinds of parts and the default of every parameter."""
    fresh = type(settings)()
    parts: dict[str, Any] = {}
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        if "part" in field.metadata:
            value, first = getattr(settings, field.name), getattr(fresh, field.name)
            if isinstance(value, tuple):
                parts[field.name] = tuple(map(plain, value))
            elif type(value) is not type(first):
                parts[field.name] = plain(value)
    return dataclasses.replace(fresh, **parts) if parts else fresh  # type: ignore[type-var]


def build(settings: type[T], texts: Mapping[str, str], *, owner: str) -> T:
    """Return settings of values given as text; others keep their defaults; see :func:`read`."""
    return read(settings(), texts, owner=owner)


def read(settings: T, texts: Mapping[str, str], *, owner: str) -> T:
    """Return settings with some values changed to those given as text.

    Parameters
    ----------
    settings : settings object
    texts : mapping of str to str
        By full name.
    owner : str
        Name of what the parameters belong to, for the error.

    Raises
    ------
    BoxscopeError
        An unknown name, or a value that does not fit.
    """
    specs = {spec.name: spec for spec in parameters(settings)}
    for name in texts:
        if name not in specs:
            expected = f"expected one of {', '.join(specs)}" if specs else "it takes none"
            raise BoxscopeError(f"no parameter {quoted(name)}, {expected}", owner)
    return replace(settings, {name: specs[name].parse(text) for name, text in texts.items()})


def spell(settings: Any) -> dict[str, str]:
    """Return every parameter as text, by full name, in the order of :func:`parameters`."""
    return {spec.name: spec.spell(value) for spec, value in _walk(settings)}


def changes(settings: Any) -> dict[str, str]:
    """Return as text the parameters that differ from their defaults, see :func:`plain`."""
    defaults = spell(plain(settings))
    return {name: text for name, text in spell(settings).items() if text != defaults[name]}


def joined_name(parts: Sequence[Any]) -> str:
    """Return the joined names of parts: ``a+b``."""
    return "+".join(one.name for one in parts)


def part_names(text: str) -> tuple[str, ...]:
    """Return the names in ``a+b``, which may be a single one.

    Raises
    ------
    BoxscopeError
        A name is empty, or repeated: the parameters of two parts would have the same names.
    """
    names = tuple(name.strip() for name in text.split("+"))
    if "" in names or len(set(names)) < len(names):
        raise BoxscopeError(f"got {text!r}, expected names joined by +, each once")
    return names
