"""Where the pictures of an annotation file are: their folder, and the file of each listed image."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.datasets.locating.image_files import ImageFiles, match_files
from core.datasets.locating.images_folder import ImagesFolder, search_images_dir, usual_listings
from core.datasets.locating.listing import Listing
from core.errors import BoxscopeError
from core.files import AnyPath, files_at

Listings = Mapping[AnyPath, Listing]


class Pictures(NamedTuple):
    """The result of :func:`locate_pictures`.

    Attributes
    ----------
    folder : Path or RemotePath
    files : ImageFiles
        Its problems include those of the folder.
    listed : dict of str to str
        Where each name has a file of its own: the folders that say so, with their states, see
        :attr:`.listing.Listing.states`. While these stay, so does the result. Empty otherwise.
    """

    folder: AnyPath
    files: ImageFiles
    listed: dict[str, str]


def list_folders(annotations: AnyPath, images_dir: AnyPath | None) -> Listings:
    """Return the folders that :func:`locate_pictures` will look into, listed before the names are known."""
    if images_dir is None:
        return usual_listings(annotations)
    if files_at(images_dir).by_requests:
        return {}
    listing = Listing(images_dir)
    listing.entries()
    return {images_dir: listing}


def locate_pictures(
    annotations: AnyPath,
    names: list[str],
    images_dir: AnyPath | None,
    follow_links: bool,
    listed: Listings | None = None,
) -> Pictures:
    """Return the folder of the pictures and the file of each listed image.

    Parameters
    ----------
    annotations : Path or RemotePath
    names : list of str
        File names as in the annotation file.
    images_dir : Path, RemotePath or None
        None searches for the folder, see :func:`.images_folder.search_images_dir`.
    follow_links : bool
        Whether links may lead out of the folder, see :class:`core.datasets.inside.Inside`.
    listed : dict or None
        What :func:`list_folders` returned.

    Raises
    ------
    BoxscopeError
        There is no such folder.
    """
    listed = listed or {}
    if images_dir is None:
        found = search_images_dir(annotations, names, listed)
    else:
        found = ImagesFolder(images_dir, [], listed)
    if not found.path.is_dir():
        raise BoxscopeError("no such folder", f"images folder {found.path}")
    listing = found.listings.get(found.path) or Listing(found.path)
    files = match_files(found.path, names, annotations, follow_links, listing)
    files = files._replace(problems=found.problems(annotations) + files.problems)
    return Pictures(found.path, files, _listed(names, found, files, listing))


def _listed(names: list[str], found: ImagesFolder, files: ImageFiles, listing: Listing) -> dict[str, str]:
    own = np.array_equal(files.first, np.arange(len(names)))
    if not (own and isinstance(found.path, Path)) or files.problems or not listing.holds_plainly(names):
        return {}
    states: dict[str, str] = {}
    for one in (*found.listings.values(), listing):
        states |= one.states
    return states
