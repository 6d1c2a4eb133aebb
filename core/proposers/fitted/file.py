"""The file of a fitted order: arrays of numpy in an npz, without pickles, and a header in JSON.

The same content gives the same bytes: the archive names no time.
"""

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.caching.memory import MemoryCache
from core.errors import BoxscopeError
from core.files import open_regular, os_reason
from core.proposers.fitted.perceptron import Perceptron

VERSION = 3
"""Of the layout of the file."""

FITTED = "fitted"
"""The name of the fitted order among those that its fit compares."""

_HEADER = "header"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can hold
_MOST_BYTES = 50_000_000


class Guard(msgspec.Struct, frozen=True):
    """What the fit found on folds of the training split that it was not fitted to.

    Attributes
    ----------
    folds : int
    average_recall : dict
        By the name of the order (``fitted``, ``selective-search``, …), then by the number of proposals.
    recommended : bool
    reason : str
        Why it is recommended or not, in words.
    """

    folds: int
    average_recall: dict[str, dict[str, float]]
    recommended: bool
    reason: str

    @property
    def best_without_fit(self) -> str:
        """The name of the best order that needs no fit; empty where the folds measured none."""
        others = {name: sum(one.values()) for name, one in self.average_recall.items() if name != FITTED}
        return max(others, key=others.__getitem__, default="")


class Header(msgspec.Struct, frozen=True):
    """What a fitted file says of itself.

    Attributes
    ----------
    version : int
        Of the layout.
    features : int
        Version of the features, see :data:`core.proposers.fitted.features.VERSION`.
    sources : dict
        The proposers whose boxes were candidates, with their parameters as text.
    annotations_sha256 : str
        Of the annotations of the training split.
    images, objects, candidates : int
        That it was fitted to.
    seed : int
    shares : (float, float)
        Of the first ten places and of the others, what the fitted order takes, see
        :mod:`core.proposers.fitted.mixing`.
    plain : str
        The proposer whose own order takes the others, one of the sources.
    plain_parameters : dict
        Its parameters as text.
    guard : Guard
    far : float
        Distance of an image from the training images above which it is unlike them, see
        :class:`core.proposers.fitted.model.Model`.
    """

    version: int
    features: int
    sources: dict[str, dict[str, str]]
    annotations_sha256: str
    images: int
    objects: int
    candidates: int
    seed: int
    shares: tuple[float, float]
    plain: str
    plain_parameters: dict[str, str]
    guard: Guard
    far: float

    @property
    def places(self) -> str:
        """Who takes the places of the proposals, in words."""
        if self.shares in ((0.0, 0.0), (1.0, 1.0)):
            return f"all places go to {'the fitted order' if any(self.shares) else self.plain}"
        first, rest = (f"{share:.0%}" for share in self.shares)
        return f"{first} of the first 10 places and {rest} of the others go to the fitted order, " + (
            f"what is left to {self.plain}"
        )


@dataclass(frozen=True, eq=False)
class Content:
    """What a fitted file holds.

    Attributes
    ----------
    header : Header
    perceptron : Perceptron
    image_mean, image_spread : float32 (F,)
        Mean and deviation, over the training images, of the mean features of an image.
    """

    header: Header
    perceptron: Perceptron
    image_mean: NDArray[np.float32]
    image_spread: NDArray[np.float32]


_contents = MemoryCache[Content](8)


def opened(path: Path, features: int, count: int) -> Content:
    """Return what a fitted file holds, as it is on disk at this moment.

    Parameters
    ----------
    path : Path
    features : int
        The version of the features that it must be for.
    count : int
        Their number.

    Raises
    ------
    BoxscopeError
        It cannot be read, is no fitted file, or one of another version.
    """
    try:
        with open_regular(path) as file:
            status = os.fstat(file.fileno())
            key = f"{path.absolute()}\n{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
            return _contents.get(key, lambda: _read(file, features, count))
    except OSError as error:
        raise BoxscopeError(f"cannot be read ({os_reason(error)})", path) from error
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, path) from error


def is_fitted(path: Path) -> bool:
    """Return whether a file is a fitted one, of any version."""
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            return {f"{_HEADER}.npy", "image_spread.npy"} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def encoded(content: Content) -> bytes:
    """Return the bytes of the file of a fitted order."""
    header = np.frombuffer(msgspec.json.format(msgspec.json.encode(content.header), indent=2), np.uint8)
    own = {"image_mean": content.image_mean, "image_spread": content.image_spread}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in {_HEADER: header, **content.perceptron.arrays(), **own}.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(array), (1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), part.getvalue())
    return buffer.getvalue()


def _read(file: BinaryIO, features: int, count: int) -> Content:
    try:
        if os.fstat(file.fileno()).st_size > _MOST_BYTES:
            raise ValueError("it is too large for one")
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        text = arrays.pop(_HEADER).tobytes()
        _expect_version(msgspec.json.decode(text), features)
        content = _content(msgspec.json.decode(text, type=Header), arrays)
        _expect_shapes(content, count)
        return content
    except BoxscopeError:
        raise
    except Exception as error:  # of a damaged archive zipfile and numpy raise what no list names
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BoxscopeError(f"is no file of `fit proposer`, or a damaged one ({reason})") from error


def _content(header: Header, arrays: dict[str, Any]) -> Content:
    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("it holds numbers that are not finite")
    if not all(0 <= share <= 1 for share in header.shares) or header.plain not in header.sources:
        raise ValueError("its shares or its other order is none")
    mean, spread = arrays.pop("image_mean"), arrays.pop("image_spread")
    return Content(header, Perceptron(**arrays), mean, spread)


def _expect_version(header: dict[str, Any], features: int) -> None:
    for name, expected in (("version", VERSION), ("features", features)):
        if header[name] != expected:
            what = "a layout" if name == "version" else "features"
            which = f"{what} of version {header[name]}, and this is version {expected}"
            raise BoxscopeError(f"was fitted with {which}: fit it again")


def _expect_shapes(content: Content, count: int) -> None:
    net = content.perceptron
    first, second = len(net.b1), len(net.b2)
    shapes: dict[str, tuple[int, ...]] = {"w1": (count, first), "b1": (first,), "w2": (first, second)}
    shapes |= {"b2": (second,), "w3": (second,), "b3": (1,)}
    if any(array.shape != shapes[name] for name, array in net.arrays().items()):
        raise ValueError("its arrays do not fit each other")
    if content.image_mean.shape != (count,) or content.image_spread.shape != (count,):
        raise ValueError("its arrays do not fit each other")
    if content.image_spread.min() <= 0:
        raise ValueError("a spread is not positive")
