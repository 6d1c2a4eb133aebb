"""A setup as TOML: a key for each setting that differs from its default, by the names that links use."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from core import parameters
from core.errors import BoxscopeError, quoted
from core.pipeline import Setup
from core.proposers import make_proposer

VERSION = 1
"""The version of the format."""

_LARGEST = 100_000
"""Bytes: the longest preset has some 2,000; a results file given by mistake is not parsed."""


def text_of(setup: Setup, written_by: str = "Boxscope") -> str:
    """Return the TOML of a setup.

    Parameters
    ----------
    setup : Setup
    written_by : str
        What stands in the comment at the top.

    Raises
    ------
    BoxscopeError
        A value cannot be written as UTF-8, such as a path with bytes that are no text.
    """
    changed, values = setup.changes(), parameters.values(setup)
    lines = [
        f"# A preset, written by {written_by}: what differs from the defaults",
        f"version = {VERSION}",
        f"proposer = {_string(setup.proposer.name)}",
        *(f"{name} = {_value(values[name])}" for name in changed if name != "proposer"),
    ]
    text = "\n".join(lines) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BoxscopeError(f"a value cannot be written as text ({error.reason})", "preset") from error
    return text


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return _string(value) if isinstance(value, str) else repr(value)


def _string(text: str) -> str:
    """Return a basic string: escaped as JSON, which leaves out one control character that TOML refuses."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def from_text(data: bytes | str, item: object = "preset") -> Setup:
    """Return the setup of a preset's TOML.

    Parameters
    ----------
    data : bytes or str
        UTF-8, with or without a byte order mark.
    item : str or path
        What it is, for errors.

    Raises
    ------
    BoxscopeError
        It is no TOML, names no proposer, another version or an unknown key, or a value does not fit.
    """
    table = _parsed(data, item)
    values = dict(_flat(table, item))
    version = values.pop("version", None)
    if type(version) is not int or version != VERSION:
        came = "there is none" if version is None else f"got {quoted(version)}"
        raise BoxscopeError(f"version: {came}, expected {VERSION}, as in a preset", item)
    name = values.pop("proposer", None)
    if not isinstance(name, str):
        came = "there is none" if name is None else f"got {quoted(name)}"
        raise BoxscopeError(f"proposer: {came}, expected the name of a proposer", item)
    try:
        setup = Setup(make_proposer(name))
    except BoxscopeError as error:
        raise BoxscopeError(f"proposer: {error}", item) from error
    _expect_known(setup, values, item)
    try:
        return parameters.replace(setup, values)
    except BoxscopeError as error:
        raise BoxscopeError(str(error), item) from error


def _expect_known(setup: Setup, values: Mapping[str, Any], item: object) -> None:
    known = [spec.name for spec in parameters.parameters(setup)]
    for key in values:
        if key not in known:
            raise BoxscopeError(
                f"unknown key {quoted(key)}, expected one of version, proposer, {', '.join(known)}", item
            )


def _parsed(data: bytes | str, item: object) -> dict[str, Any]:
    if len(data) > _LARGEST:
        raise BoxscopeError(f"{len(data):,} bytes, expected at most {_LARGEST:,}: no preset", item)
    try:
        return tomllib.loads(data if isinstance(data, str) else data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BoxscopeError(f"not TOML ({reason})", item) from error


def _flat(table: Mapping[str, Any], item: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a table and of those in it, as ``grid.levels``; a key given twice raises."""
    seen: set[str] = set()
    for key, value in table.items():
        name = f"{prefix}{key}"
        inner = _flat(value, item, f"{name}.") if isinstance(value, dict) else [(name, value)]
        for full, one in inner:
            if full in seen:
                raise BoxscopeError(f"{full}: given twice, expected it once", item)
            seen.add(full)
            yield full, one
