"""One script out of several: the modules of a component, joined in the order of their imports.

Streamlit takes the script of a component as one text. Each module keeps a scope of its own in it, so that
two may use the same name. Understood are ``import { a, b as c } from "./file.js";`` and ``export`` before a
``const``, ``function`` or ``class``; any other import or export is refused.
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

Data = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Module:
    """A file of a component.

    Attributes
    ----------
    body : str
        Its text without imports, and without the word ``export``.
    imports : tuple of (str, dict of str to str)
        From where, and which names: what each is called there, by what it is called here.
    exports : tuple of str
    is_entry : bool
        Whether it has a default export, which Streamlit calls.
    """

    body: str
    imports: tuple[tuple[str, dict[str, str]], ...]
    exports: tuple[str, ...]
    is_entry: bool


def bundle(entry: Path, data: Data | None = None) -> str:
    """Return a module and all that it imports as one text.

    Parameters
    ----------
    entry : Path
        The file with the default export.
    data : dict of dicts, optional
        Values handed over to the script: what a module imports from ``"colours"`` (a name without ``./``)
        is taken from ``data["colours"]``. Anything that JSON can hold.

    Raises
    ------
    BoxscopeError
        An import leads nowhere or in a circle, asks for what is not exported, or is not understood.
    """
    modules: dict[Path, Module] = {}
    _collect(entry.resolve(), modules, (), data or {})
    names = {path: f"${number}_{path.stem}" for number, path in enumerate(modules)}
    values = [f"const $data = {json.dumps(data or {}, ensure_ascii=False)};"]
    return "\n".join(values + [_scoped(path, module, modules, names) for path, module in modules.items()])


def read(path: Path) -> Module:
    """Return a file taken apart.

    Raises
    ------
    BoxscopeError
        An import or export is written in a way that is not understood.
    """
    text = path.read_text(encoding="utf-8")
    imports = tuple((found[2], _imported(path, found[1])) for found in _IMPORT.finditer(text))
    exports = tuple(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub("", text))
    if rest := _REST.search(_DEFAULT.sub("", body)):
        raise BoxscopeError(f"got {rest[0]!r}, an import or export that is not understood", path.name)
    return Module(body, imports, exports, bool(_DEFAULT.search(body)))


def _imported(path: Path, listed: str) -> dict[str, str]:
    """Read ``a, b as c`` as ``{"a": "a", "c": "b"}``."""
    names = {}
    for each in filter(None, (part.strip() for part in listed.split(","))):
        found = _NAMES.fullmatch(each)
        if found is None:
            raise BoxscopeError(f"got {each!r} in an import, expected a name", path.name)
        names[found[2] or found[1]] = found[1]
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
    """Return the text of a module: the entry as it is, any other as a function that returns its exports."""
    lines = []
    for source, wanted in module.imports:
        target = (path.parent / source).resolve()
        taken = ", ".join(name if name == theirs else f"{theirs}: {name}" for name, theirs in wanted.items())
        lines.append(f"const {{ {taken} }} = {names.get(target) or f'$data.{source}'};")
    inside = "\n".join([*lines, module.body])
    if module.is_entry:
        return inside
    return f"const {names[path]} = (() => {{\n{inside}\nreturn {{ {', '.join(module.exports)} }};\n}})();"
