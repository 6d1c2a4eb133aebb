"""Settings and their parts: which parameters there are, under which names."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar, cast, get_args, get_type_hints

from core.errors import BoxscopeError
from core.parameters.parameter import Parameter

T = TypeVar("T")


def part(default: Any, *, flat: bool = False, make: Callable[[str], Any] | None = None) -> Any:
    """Return a dataclass field that is itself settings, or a tuple of settings that each have a ``name``.

    Parameters
    ----------
    default : settings object, or tuple of them
    flat : bool
        Whether its parameters are named without the prefix ``part.``.
    make : callable or None
        Returns the default settings of a kind by its ``name``, where the part may be of several kinds. That
        name is read and written under the name of the field: ``proposer=grid``. It is so only in settings
        that are not themselves a part of others.
    """
    return dataclasses.field(default=default, metadata={"part": True, "flat": flat, "make": make})


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
    return _with_parts(plain(settings)) if _has_parts(kind) else own(kind)


def _of_class(settings: Any) -> tuple[Parameter, ...]:
    return _of_default(settings) if _has_parts(settings) else own(settings)


@functools.cache  # called about 170 times per run of a page
def _of_default(settings: Any) -> tuple[Parameter, ...]:
    return _with_parts(settings())


@functools.lru_cache(maxsize=64)  # by kinds of parts, since the values are the defaults
def _with_parts(settings: Any) -> tuple[Parameter, ...]:
    return tuple(
        dataclasses.replace(one.spec, name=one.name, label=one.label, default=one.value)
        for one in walk(settings)
    )


def own(settings: Any) -> tuple[Parameter, ...]:
    """Return the parameters that are fields of a settings class, without those of its parts."""
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


def shared(settings: Any) -> tuple[Parameter, ...]:
    """Return the parameters of a settings class that do not depend on the kind of any part."""
    default = settings()
    of_kinds = {spec.name for field in makers(settings) for spec in parameters(getattr(default, field))}
    return tuple(spec for spec in parameters(settings) if spec.name not in of_kinds)


def parts(settings: Any) -> dict[str, Any]:
    """Return the parts of settings by the name of their field."""
    fields = dataclasses.fields(settings)
    return {field.name: getattr(settings, field.name) for field in fields if "part" in field.metadata}


def makers(settings: Any) -> dict[str, Callable[[str], Any]]:
    """Return the `make` of each part that may be of several kinds, by the name of its field."""
    fields = dataclasses.fields(settings)
    return {field.name: field.metadata["make"] for field in fields if field.metadata.get("make")}


def kinds(settings: Any) -> dict[str, str]:
    """Return the name of each part that may be of several kinds, by the name of its field."""
    return {field: getattr(settings, field).name for field in makers(settings)}


def _has_parts(settings: Any) -> bool:
    return any("part" in field.metadata for field in dataclasses.fields(settings))


def by_prefix(settings: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield of each part the name of its field, the prefix of its parameters' names, and the part."""
    for field in dataclasses.fields(settings):
        if "part" in field.metadata:
            value = getattr(settings, field.name)
            if isinstance(value, tuple):
                yield from ((field.name, f"{one.name}.", one) for one in value)
            else:
                yield field.name, "" if field.metadata["flat"] else f"{field.name}.", value


class Value(NamedTuple):
    """The value of a parameter, with the full name and label that the parameter has in the settings."""

    name: str
    label: str
    spec: Parameter
    value: Any


def walk(settings: Any) -> Iterator[Value]:
    """Yield the value of each parameter, those of parts at the place of their field."""
    direct = {spec.name: spec for spec in own(type(settings))}
    parts = list(by_prefix(settings))
    for field in dataclasses.fields(settings):
        if field.name in direct:
            spec = direct[field.name]
            yield Value(spec.name, spec.label, spec, getattr(settings, field.name))
        for name, prefix, one in parts:
            if name == field.name:
                of = f"{one.name}: " if isinstance(getattr(settings, name), tuple) else ""
                yield from (
                    each._replace(name=prefix + each.name, label=of + each.label) for each in walk(one)
                )


def plain(settings: T) -> T:
    """Return settings with the same kinds of parts and the default of every parameter."""
    return cast(T, _plain(settings))


@functools.lru_cache(maxsize=256)  # called about 150 times per run of a page
def _plain(settings: Any) -> Any:
    fresh = type(settings)()
    parts: dict[str, Any] = {}
    for field in dataclasses.fields(settings):
        if "part" in field.metadata:
            value, first = getattr(settings, field.name), getattr(fresh, field.name)
            if isinstance(value, tuple):
                parts[field.name] = tuple(map(plain, value))
            elif type(value) is not type(first):
                parts[field.name] = plain(value)
    return dataclasses.replace(fresh, **parts) if parts else fresh


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
