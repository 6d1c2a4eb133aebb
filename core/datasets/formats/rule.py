"""By which settings a COCO file was made of a folder in another format, as the file itself says."""

from pathlib import Path
from typing import Any

import msgspec

from core.files import AnyPath

# Bytes of the first line, on which `info` is, see :func:`.writing.write_coco`.
_LONGEST = 1 << 20


class _Told(msgspec.Struct):
    title: str
    settings: dict[str, str] = {}
    decided: dict[str, Any] = {}


class _Info(msgspec.Struct):
    boxscope: _Told


def rule(annotations: AnyPath) -> str:
    """Return it as one line: ``made from masks by kind=threshold threshold=128 closing=5 …``.

    Settings that were left to be decided are given as they were decided. Empty for other files.
    """
    told = _told(annotations) if isinstance(annotations, Path) else None
    if told is None:
        return ""
    used = {name: told.decided.get(name, text) for name, text in told.settings.items()}
    spelled = (f"{name}={_text(value)}" for name, value in used.items() if value not in ("", []))
    return " ".join([f"made from {told.title} by", *spelled]) if used else f"made from {told.title}"


def _told(annotations: Path) -> _Told | None:
    try:
        with annotations.open("rb") as file:
            line = file.readline(_LONGEST).strip()
        if not line.startswith(b'{"info":') or not line.endswith(b","):
            return None
        return msgspec.json.decode(line.removeprefix(b'{"info":')[:-1], type=_Info).boxscope
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(one.get("name", one)) if isinstance(one, dict) else _text(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
