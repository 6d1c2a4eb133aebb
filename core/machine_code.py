"""Compiled functions kept as machine code, which llvmlite loads without numba.

In a fresh process numba's import and the first call of a kernel take 0.6 s; a function of numbers and
addresses that never raises and takes no memory needs nothing of numba, and is loaded here in 0.05 s.
"""

import ctypes
import hashlib
import logging
import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from core import kernels
from core.caching import disk
from core.files.hashing import joined_sha256
from core.files.replacing import replace_file

_log = logging.getLogger("boxscope")
_DIGEST = hashlib.sha256().digest_size

# The engines that hold the code in memory.
_engines: list[Any] = []


class _Code(NamedTuple):
    """An object file, and the name of the function in it."""

    name: str
    object: bytes


def load(package: Path, build: Callable[[], Any], message: str) -> int:
    """Return the address of a function, which is compiled once after the sources of its package changed.

    Processes that start together wait for the one that compiles.

    Parameters
    ----------
    package : Path
        Folder of the sources.
    build : callable
        Returns numba's ``cfunc`` of the function.
    message : str
        Logged before compiling.
    """
    state, folders = _state(package), _folders(package)
    if code := _kept(folders, state):
        return _loaded(code)
    _log.warning(message)
    with kernels.locked(folders[0], "code"):
        if code := _kept(folders, state):
            return _loaded(code)
        compiled = build()
        _engines.append(compiled)
        if code := _code_of(compiled):
            _keep(folders, state, code)
    return int(compiled.address)


def _code_of(compiled: Any) -> _Code | None:
    """Return the machine code of a ``cfunc``; None where it needs numba, or numba does not give it."""
    try:
        library = compiled._library
        lacking = [one.name for one in library._final_module.functions if one.is_declaration]
        code = library._get_compiled_object()
    except AttributeError:  # numba promises none of these names: it compiles in each process then
        return None
    if any(not name.startswith("llvm.") for name in lacking):
        return None
    return _Code(compiled.native_name, code)


def _loaded(code: _Code) -> int:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.object))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(code.name))


def _state(package: Path) -> bytes:
    """Return what machine code depends on: the sources, numba, Python and the processor."""
    import llvmlite.binding as llvm

    told = (
        joined_sha256(sorted(package.glob("*.py"))),
        version("numba"),
        version("llvmlite"),
        platform.python_version(),
        sys.platform,
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
    )
    return hashlib.sha256("\n".join(told).encode()).digest()


def _folders(package: Path) -> list[Path]:
    """Return where code may be kept: where numba would, or in the folder for caches."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    beside = Path(named) / package.name if named else package / "__pycache__"
    return [beside, disk.folder() / "code" / package.name]


def _kept(folders: list[Path], state: bytes) -> _Code | None:
    for folder in folders:
        with suppress(OSError):
            data = (folder / "code.bin").read_bytes()
            digest, body = data[:_DIGEST], data[_DIGEST:]
            if body.startswith(state) and hashlib.sha256(body).digest() == digest:
                name, _, code = body[len(state) :].partition(b"\0")
                return _Code(name.decode(), code)
    return None


def _keep(folders: list[Path], state: bytes, code: _Code) -> None:
    body = b"".join([state, code.name.encode(), b"\0", code.object])
    for folder in folders:
        with suppress(OSError):
            replace_file(folder / "code.bin", hashlib.sha256(body).digest(), body)
            (folder / "code.bin").chmod(0o644)  # whoever may read the sources may read it
            return


def function(address: int, *kinds: Any) -> Callable[..., None]:
    """Return a function at an address that returns nothing; other threads run while it does.

    Parameters
    ----------
    address : int
    *kinds
        The types of its parameters, of :mod:`ctypes`.
    """
    called: Callable[..., None] = ctypes.CFUNCTYPE(None, *kinds)(address)
    return called
