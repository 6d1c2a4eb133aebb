"""Folders in other formats opened as data sets: converted once, the COCO file kept in the folder for caches.

Each is in a folder of its own in ``converted/`` there, known by the names, sizes and times of all files, by
the settings and by this code; the least recently used are removed beyond 2 GB.
"""

import hashlib
import os
import re
import shutil
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from core import parameters
from core.caching import disk
from core.datasets.formats.conversion import Converted, convert_folder
from core.datasets.formats.recognising import Allowed, Source, anywhere, find
from core.datasets.formats.tree import Tree
from core.datasets.locating.annotation_files import annotation_files, folder_error
from core.errors import BoxscopeError
from core.files import AnyPath, os_reason
from core.files.atomic import write_atomically
from core.files.hashing import joined_sha256

# Bytes in all.
LIMIT = 2_000_000_000

_NOTES = "converted.json"
# Files that are places of splits; what else is no folder is read as COCO.
_PLACES = (".txt", ".yaml", ".yml")


def is_other(path: AnyPath) -> bool:
    """Return whether a path is that of a folder, or of a file that lists pictures, and not of a COCO file."""
    return isinstance(path, Path) and (path.is_dir() or (path.suffix.lower() in _PLACES and path.is_file()))


def convert(path: Path, follow_links: bool = False, allowed: Allowed = anywhere) -> Converted:
    """Return what was made of a folder in another format, whose COCO file is in the folder for caches.

    Parameters
    ----------
    path : Path
        See :func:`.recognising.find`.
    follow_links : bool
    allowed : callable
        Returns whether a folder above the path may be read.

    Raises
    ------
    BoxscopeError
        It holds COCO files, of which the error names each; or no format, or several, know it; see
        :func:`.recognising.find` and :func:`.conversion.convert_folder`.
    """
    return of_source(_source(path, follow_links, allowed), follow_links)


def resolve(
    annotations: AnyPath, images_dir: AnyPath | None, follow_links: bool
) -> tuple[AnyPath, AnyPath | None]:
    """Return the COCO file of a data set, converted where it is in another format, and its images folder.

    Of a folder with one COCO file it is that.

    Parameters
    ----------
    annotations : Path or RemotePath
        A COCO file, which may be a kept one, or a folder.
    images_dir : Path, RemotePath or None
        As given.
    follow_links : bool
    """
    if isinstance(annotations, Path) and is_other(annotations):
        only = _only_coco_file(annotations)
        annotations = only or Path(convert(annotations, follow_links).out)
    if images_dir is None and (converted := of(annotations)):
        images_dir = Path(converted.images_dir)
    return annotations, images_dir


def _only_coco_file(path: Path) -> Path | None:
    """Return the COCO file of a folder that has one, None where there are several or none."""
    try:
        files = list(annotation_files(path).values()) if path.is_dir() else []
    except BoxscopeError:
        return None
    return files[0] if len(files) == 1 else None


def _source(path: Path, follow_links: bool, allowed: Allowed) -> Source:
    if not path.is_dir():
        return find(path, follow_links=follow_links, allowed=allowed)
    try:
        annotation_files(path)
    except BoxscopeError as no_coco:
        try:
            return find(path, follow_links=follow_links, allowed=allowed)
        except BoxscopeError as error:
            if "data set there" not in error.reason:
                raise
            raise BoxscopeError(f"{no_coco.reason}; {error.reason}", path) from error
    raise folder_error(path)


def of_source(source: Source, follow_links: bool = False) -> Converted:
    """Return what was made of a data set, converted unless it is kept."""
    folder = _folder() / _key(source, follow_links)
    kept = _read(folder)
    if kept is not None:
        with suppress(OSError):
            os.utime(folder)
        return kept
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(mkdtemp(dir=folder.parent, suffix=".part"))
    except OSError as error:
        reason = f"cannot be written ({os_reason(error)}): `convert` writes the COCO file elsewhere"
        raise BoxscopeError(reason, folder.parent) from error
    try:
        made = convert_folder(source, temporary / _file_name(source), follow_links=follow_links)
        made = msgspec.structs.replace(made, out=str(folder / _file_name(source)))
        (temporary / _NOTES).write_bytes(msgspec.json.encode(made))
        with suppress(OSError):  # another process was faster, with the same content
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _trim(folder)
    return made


def name_of(path: Path, allowed: Allowed = anywhere) -> str:
    """Return the name of the COCO file that is kept of a folder, without making one.

    Raises
    ------
    BoxscopeError
        See :func:`.recognising.find`.
    """
    return _file_name(_source(path, False, allowed))


def of(annotations: AnyPath) -> Converted | None:
    """Return what a kept COCO file was made of, None for any other file."""
    if not isinstance(annotations, Path) or annotations.parent.parent != _folder():
        return None
    return _read(annotations.parent)


def shown(annotations: AnyPath) -> AnyPath:
    """Return a path as a reader knows it: of a kept COCO file the place that it was made of."""
    converted = of(annotations)
    return Path(converted.place) if converted else annotations


def copy(converted: Converted, out: Path) -> None:
    """Write a kept COCO file elsewhere; an existing file is not replaced.

    Raises
    ------
    BoxscopeError
        There is one, or it cannot be written.
    """
    if out.suffix.lower() != ".json":
        raise BoxscopeError("expected a name that ends in .json", out)
    if out.exists():
        raise BoxscopeError("exists already: choose another name", out)
    try:
        write_atomically(out, lambda temporary: shutil.copyfile(converted.out, temporary), out.parent)
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", out) from error


def _folder() -> Path:
    return disk.folder().absolute() / "converted"


def _key(source: Source, follow_links: bool) -> str:
    tree = Tree(source.folder, complete=True, follow_links=follow_links)
    told = (
        *(_version(), os.path.realpath(source.folder), source.format.name, source.split),
        *(repr(parameters.spell(source.format)), str(follow_links), tree.state()),
    )
    return hashlib.sha256("\0".join(told).encode(errors="surrogatepass")).hexdigest()[:32]


def _file_name(source: Source) -> str:
    words = re.sub(r"[^\w.-]+", "-", f"{source.folder.absolute().name} {source.split}").strip("-.")
    return f"{words[:100] or 'converted'}.json"


def _read(folder: Path) -> Converted | None:
    try:
        kept = _decoded(folder / _NOTES, (folder / _NOTES).stat().st_mtime_ns)
    except (OSError, msgspec.DecodeError):
        return None
    return kept if os.path.isfile(kept.out) else None


@lru_cache(maxsize=16)
def _decoded(path: Path, modified: int) -> Converted:
    return msgspec.json.decode(path.read_bytes(), type=Converted)


def _trim(newest: Path) -> None:
    """Remove the least recently used conversions beyond the limit, never the newest."""
    found = []
    for folder in newest.parent.iterdir():
        with suppress(OSError):
            size = sum(file.stat().st_size for file in folder.iterdir())
            found.append((folder.stat().st_mtime_ns, size, folder))
    total = sum(size for _, size, _ in found)
    for _, size, folder in sorted(found):
        if total <= LIMIT:
            return
        if folder != newest and folder.suffix != ".part":
            shutil.rmtree(folder, ignore_errors=True)
            total -= size


@cache
def _version() -> str:
    """Return a hash of the code that converts."""
    here = Path(__file__).parent
    return joined_sha256(sorted((*here.rglob("*.py"), *(here.parent / "mask_folders").glob("*.py"))))
