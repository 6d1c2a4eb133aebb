"""Fields of what is chosen: how each is spelled in a link, and under which keys the widgets hold its value.

A choice is a frozen dataclass of these fields, as :class:`pages.ui.state.choice.Choice`, which all pages
share. What a page lets one choose besides is a choice of its own, declared in that page's folder of views.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping, Set
from dataclasses import dataclass
from typing import Any

from core import parameters
from core.errors import BoxscopeError
from core.parameters import Parameter

Texts = dict[str, str]
State = MutableMapping[Any, Any]


class Field(ABC):
    """How a value is spelled in a link and held by widgets.

    A field may take several names of a link, and hold its value under several keys: a settings object does,
    with one for each of its parameters.
    """

    of_dataset: bool = False

    def names(self, name: str, given: Set[str]) -> Set[str]:
        """Return those of the given names of a link that are this field's."""
        return {name} & given

    @abstractmethod
    def parse(self, name: str, texts: Mapping[str, str]) -> Any:
        """Return the value that a link spells, from the texts of the field's own names.

        Raises
        ------
        BoxscopeError
            A text that does not fit.
        """

    @abstractmethod
    def spell(self, name: str, value: Any) -> Texts:
        """Return the texts that :meth:`parse` reads as this value."""

    def left_out(self, name: str, default: Any, value: Any) -> Texts:
        """Return the texts that a link does without, since they are those of the default."""
        return self.spell(name, default)

    def read(self, name: str, default: Any, state: State) -> Any:
        """Return the value that the widgets hold."""
        return state.get(name, default)

    def write(self, name: str, value: Any, state: State) -> None:
        """Let the widgets hold a value."""
        state[name] = value


@dataclass(frozen=True)
class Text(Field):
    """A text.

    Attributes
    ----------
    words : tuple of str
        The texts allowed, empty where any is.
    always : bool
        Whether a link spells it even as it is by default.
    of_dataset : bool
        Whether it means nothing in another data set.
    """

    words: tuple[str, ...] = ()
    always: bool = False
    of_dataset: bool = False

    def parse(self, name: str, texts: Mapping[str, str]) -> str:
        if self.words and texts[name] not in self.words:
            raise BoxscopeError(f"got {texts[name]!r}, expected one of {', '.join(self.words)}", name)
        return texts[name]

    def spell(self, name: str, value: Any) -> Texts:
        return {name: value}

    def left_out(self, name: str, default: Any, value: Any) -> Texts:
        return {} if self.always else super().left_out(name, default, value)

    def read(self, name: str, default: Any, state: State) -> str:
        return state.get(name, default) or ""  # a widget that nothing is chosen in holds None


class Rank(Text):
    """The rank of a proposal as text, empty for none."""

    def parse(self, name: str, texts: Mapping[str, str]) -> str:
        if not (texts[name] or "0").isdecimal():
            raise BoxscopeError(f"got {texts[name]!r}, expected a rank", name)
        return texts[name]


class Switch(Field):
    """True or false; a link says ``true``, and anything else is false."""

    def parse(self, name: str, texts: Mapping[str, str]) -> bool:
        return texts[name] == "true"

    def spell(self, name: str, value: Any) -> Texts:
        return {name: str(value).lower()}


class Count(Field):
    """A whole number, at least 1."""

    def parse(self, name: str, texts: Mapping[str, str]) -> int:
        text = texts[name]
        if not text.isdecimal() or int(text) < 1:
            raise BoxscopeError(f"got {text!r}, expected a whole number, at least 1", name)
        return int(text)

    def spell(self, name: str, value: Any) -> Texts:
        return {name: str(value)}


@dataclass(frozen=True)
class Settings(Field):
    """A settings object, see :mod:`core.parameters`: each of its parameters has a name and a key of its own.

    Attributes
    ----------
    type : type
    owner : str
        Whose parameters they are, in keys and errors.
    prefix : str
        What stands before the parameters' names in a link, so that they differ from others of the same name.
    """

    type: type
    owner: str
    prefix: str = ""

    def names(self, name: str, given: Set[str]) -> Set[str]:
        if self.prefix:  # an unknown one among them is an error of this field
            return {one for one in given if one.startswith(self.prefix)}
        return {spec.name for spec in parameters.parameters(self.type)} & given

    def parse(self, name: str, texts: Mapping[str, str]) -> Any:
        own = {one.removeprefix(self.prefix): text for one, text in texts.items()}
        return parameters.build(self.type, own, owner=self.owner)

    def spell(self, name: str, value: Any) -> Texts:
        return {f"{self.prefix}{one}": text for one, text in parameters.spell(value).items()}

    def read(self, name: str, default: Any, state: State) -> Any:
        return read_settings(default, self.owner, state)

    def write(self, name: str, value: Any, state: State) -> None:
        write_settings(value, self.owner, state)


def key(owner: str, spec: Parameter) -> str:
    """Return the key of a parameter's widget; it also names the parameter within an element of several."""
    return f"{owner}.{spec.name}"


def read_settings(default: Any, owner: str, state: State) -> Any:
    """Return a settings object as the widgets of an owner hold it."""
    first = parameters.values(default)
    specs = parameters.parameters(default)
    held = {spec.name: state.get(key(owner, spec), first[spec.name]) for spec in specs}
    return parameters.replace(default, held)


def write_settings(settings: Any, owner: str, state: State) -> None:
    """Let the widgets of an owner hold a settings object."""
    values = parameters.values(settings)
    for spec in parameters.parameters(settings):
        state[key(owner, spec)] = values[spec.name]


def text(
    default: str = "", *, words: tuple[str, ...] = (), always: bool = False, of_dataset: bool = False
) -> Any:
    """Make a dataclass field for a :class:`Text`; `of_dataset`: another data set brings back the default."""
    return declared(Text(words, always, of_dataset), default=default)


def rank() -> Any:
    """Make a dataclass field for a :class:`Rank`, by default none."""
    return declared(Rank(), default="")


def switch() -> Any:
    """Make a dataclass field for a :class:`Switch`, by default off."""
    return declared(Switch(), default=False)


def count(default: int) -> Any:
    """Make a dataclass field for a :class:`Count`."""
    return declared(Count(), default=default)


def settings(type: type, owner: str, prefix: str = "") -> Any:
    """Make a dataclass field for a :class:`Settings`, by default as its class makes them."""
    return declared(Settings(type, owner, prefix), default_factory=type)


def declared(field: Field, **default: Any) -> Any:
    """Make a dataclass field that knows its :class:`Field`."""
    return dataclasses.field(**default, metadata={"field": field})
