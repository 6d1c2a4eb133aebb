"""Hashes by which a data set is known again, without reading its pictures."""

import hashlib
from collections.abc import Sequence

import numpy as np

from core.files import AnyPath, files_at
from core.files.hashing import sha256


def file_hashes(annotations: AnyPath, images_dir: AnyPath, paths: Sequence[str]) -> dict[str, str]:
    """Return hashes of the annotations and of the file sizes of the pictures, as they are at this moment.

    File sizes detect pictures that were replaced under the same names, without reading them.

    Parameters
    ----------
    annotations : Path or RemotePath
    images_dir : Path or RemotePath
    paths : sequence of str
        Of the pictures, in that folder.

    Returns
    -------
    dict
        ``annotations_sha256`` and ``pictures_sha256``.

    Raises
    ------
    FileNotFoundError
        The annotations are missing.
    """
    sizes = np.array(files_at(images_dir).sizes(list(paths)), dtype="<i8")
    of_sizes = hashlib.sha256(sizes.tobytes()).hexdigest()
    return {"annotations_sha256": sha256(annotations), "pictures_sha256": of_sizes}
