"""A bundler: the modules of a component, joined to one script in the order of their imports.

Streamlit takes the script of a component as one text. Each module keeps its own scope in it, so that two may
use the same name. Supported are ``import { a, b as c } from "./file.js";`` and ``export`` before a
``const``, ``function`` or ``class``; any other import or export is refused. Of a style sheet, each
``@import "./file.css";`` is replaced by that file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BoxscopeError

_IMPORT = re.compile(r'^import \{([^{}]*)\} from "([^"]+)";\n', re.MULTILINE)
_NAMES = re.compile(r"(\w+)(?: as (\w+))?")
_EXPORT = re.compile(r"^export (?=(?:const|(?:async )?function\*?|class) (\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (?=function)", re.MULTILINE)
_REST = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_STYLE_IMPORT = re.compile(r'^@import "(\.[^"]+)";\n', re.MULTILINE)

Data = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Module:
    """A file of a component.

    Attributes
    ----------
    body : str
        Its text without imports, and without the word ``export``.
    imports : tuple of (str, dict of str to str)
        The source of each import, and its names: the exported name by the local one.
    exports : tuple of str
    is_entry : bool
        Whether it has a default export, which Streamlit calls.
    """

    body: str
    imports: tuple[tuple[str, dict[str, str]], ...]
    exports: tuple[str, ...]
    is_entry: bool


def bundle(entry: Path, data: Data | None = None) -> str:
    """Return a module and all that it imports as one script.

    Parameters
    ----------
    entry : Path
        The file with the default export.
    data : dict of dicts, optional
        Values passed to the script: what a module imports from ``"colours"`` (a name without ``./``) is
        taken from ``data["colours"]``. Anything that JSON can hold.

    Raises
    ------
    BoxscopeError
        An import of a missing file or name, a circular import, or one that is not supported.
    """
    modules: dict[Path, Module] = {}
    _collect(entry.resolve(), modules, (), data or {})
    names = {path: f"${number}_{path.stem}" for number, path in enumerate(modules)}
    values = [f"const $data = {json.dumps(data or {}, ensure_ascii=False)};"]
    return "\n".join(values + [_scoped(path, module, modules, names) for path, module in modules.items()])


def style_sheet(path: Path) -> str:
    """Return a style sheet with those that it imports in the place of the imports.

    Raises
    ------
    BoxscopeError
        An import of a missing file.
    """

    def imported(match: re.Match[str]) -> str:
        target = path.parent / match[1]
        if not target.is_file():
            raise BoxscopeError("no such file", f"{path.name} imports {target.name}")
        return style_sheet(target)

    return _STYLE_IMPORT.sub(imported, path.read_text(encoding="utf-8"))


def read(path: Path) -> Module:
    """Return a file parsed as a module.

    Raises
    ------
    BoxscopeError
        An import or export of a form that is not supported.
    """
    text = path.read_text(encoding="utf-8")
    imports = tuple((match[2], _imported(path, match[1])) for match in _IMPORT.finditer(text))
    exports = tuple(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub("", text))
    if rest := _REST.search(_DEFAULT.sub("", body)):
        raise BoxscopeError(f"got {rest[0]!r}, an import or export that is not understood", path.name)
    return Module(body, imports, exports, bool(_DEFAULT.search(body)))


def _imported(path: Path, listed: str) -> dict[str, str]:
    """Return ``a, b as c`` as ``{"a": "a", "c": "b"}``."""
    names = {}
    for each in filter(None, (part.strip() for part in listed.split(","))):
        match = _NAMES.fullmatch(each)
        if match is None:
            raise BoxscopeError(f"got {each!r} in an import, expected a name", path.name)
        names[match[2] or match[1]] = match[1]
    return names


def _collect(path: Path, modules: dict[Path, Module], above: tuple[Path, ...], data: Data) -> None:
    """Add a file to `modules`, after all that it imports."""
    if path in above:
        circle = [each.name for each in (*above[above.index(path) :], path)]
        raise BoxscopeError(f"imports in a circle: {' -> '.join(circle)}", path.name)
    if path in modules:
        return
    if not path.is_file():
        raise BoxscopeError("no such file", f"{above[-1].name} imports {path.name}" if above else path.name)
    module = read(path)
    if module.is_entry != (not above):
        raise BoxscopeError("the entry has a default export, and no other module", path.name)
    for source, names in module.imports:
        if source.startswith("."):
            target = (path.parent / source).resolve()
            _collect(target, modules, (*above, path), data)
            known = set(modules[target].exports)
        else:
            known = set(data.get(source, {}))
        if unknown := sorted(set(names.values()) - known):
            raise BoxscopeError(
                f"imports {', '.join(unknown)} from {source}, which has no such name", path.name
            )
    modules[path] = module


def _scoped(path: Path, module: Module, modules: dict[Path, Module], names: dict[Path, str]) -> str:
    """Return the script of a module: the entry as it is, any other as a function that returns its exports."""
    lines = []
    for source, imported in module.imports:
        target = (path.parent / source).resolve()
        pattern = ", ".join(
            name if name == exported else f"{exported}: {name}" for name, exported in imported.items()
        )
        lines.append(f"const {{ {pattern} }} = {names.get(target) or f'$data.{source}'};")
    script = "\n".join([*lines, module.body])
    if module.is_entry:
        return script
    return f"const {names[path]} = (() => {{\n{script}\nreturn {{ {', '.join(module.exports)} }};\n}})();"
