"""The names of a YOLO data set's classes, and what its ``data.yaml`` says of splits."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.datasets.formats.tree import Tree
from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.files import os_reason, printable, read_regular

SPLITS = ("train", "val", "valid", "test", "minival")
# No data.yaml is larger; aliases in a small one could expand to gigabytes, and are refused.
_MOST_BYTES = 1 << 20
_LISTS = ("classes.txt", "obj.names", "classes.names", "predefined_classes.txt")


class Names(NamedTuple):
    """What is known of classes and splits.

    Attributes
    ----------
    path : str
        Of the file that says so, below the folder; empty for none.
    names : dict of int to str
    entries : dict of str to list of str
        By split: paths of folders, pictures or lists of pictures, as written.
    keypoints : int
        Numbers of keypoints behind each box.
    notes : list of Problem
    """

    path: str
    names: dict[int, str]
    entries: dict[str, list[str]]
    keypoints: int
    notes: list[Problem]


def read_names(tree: Tree) -> Names:
    """Return the names: of the first YAML file with ``names`` in the folder, else of a list of classes.

    Raises
    ------
    BoxscopeError
        `data.yaml` cannot be read.
    """
    for name in tree.files.get("", ()):
        if name.lower().endswith((".yaml", ".yml")):
            content = _yaml(tree, name)
            if content is not None:
                return _of_yaml(name, content)
    for below, files in sorted(tree.files.items()):
        for name in _LISTS:
            if name in files:
                path = f"{below}/{name}" if below else name
                lines = (tree.root / path).read_bytes()[:_MOST_BYTES].decode(errors="replace").splitlines()
                listed = [line.strip() for line in lines if line.strip()]
                return Names(path, dict(enumerate(listed)), {}, 0, [])
    text = "no data.yaml or classes.txt: the classes bear their numbers as names"
    return Names("", {}, {}, 0, [Problem("no-names", tree.root.name, text, False, "file")])


def _yaml(tree: Tree, name: str) -> Mapping[Any, Any] | None:
    """Return the content of a YAML file with ``names``, None for another one.

    Raises
    ------
    BoxscopeError
    """
    import yaml  # 20 ms, for this format alone

    path = tree.root / name
    try:
        text = read_regular(path)
        if len(text) > _MOST_BYTES or b"names" not in text:
            return None
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            raise BoxscopeError("has aliases (*name), expected plain YAML", path)
        content = yaml.safe_load(text)
    except OSError as error:
        raise BoxscopeError(f"cannot be read ({os_reason(error)})", path) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        first = " ".join(str(error).split())[:200]
        raise BoxscopeError(f"not YAML ({first})", path) from error
    return content if isinstance(content, Mapping) and "names" in content else None


def _of_yaml(path: str, content: Mapping[Any, Any]) -> Names:
    names = _names(content["names"])
    notes = []
    if not names:
        text = "names is neither a list nor numbers with names: the classes bear their numbers"
        notes.append(Problem("no-names", path, text, False, "file"))
    if isinstance(nc := content.get("nc"), int) and nc != len(names):
        notes.append(
            Problem("class-count", path, f"nc is {nc}, and {len(names)} names are given", False, "file")
        )
    base = content.get("path")
    prefix = f"{base}/" if isinstance(base, str) and base else ""
    entries = {split: _entries(content.get(split), prefix) for split in SPLITS}
    return Names(path, names, {s: e for s, e in entries.items() if e}, _keypoints(content), notes)


def _names(value: Any) -> dict[int, str]:
    if isinstance(value, list):
        return {n: printable(str(name)) for n, name in enumerate(value)}
    if isinstance(value, Mapping) and all(str(key).isdecimal() for key in value):
        return {int(key): printable(str(name)) for key, name in value.items()}
    return {}


def _entries(value: Any, prefix: str) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [
        text if text.startswith("/") else prefix + text for text in values if isinstance(text, str) and text
    ]


def _keypoints(content: Mapping[Any, Any]) -> int:
    shape = content.get("kpt_shape")
    known = isinstance(shape, list) and len(shape) == 2 and all(isinstance(n, int) and n > 0 for n in shape)
    return int(shape[0]) * int(shape[1]) if known and isinstance(shape, list) else 0
