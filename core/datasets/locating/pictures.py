"""Where the pictures of an annotation file are: their folder, and the file of each listed image."""

from typing import NamedTuple

from core.datasets.locating.image_files import ImageFiles, match_files
from core.datasets.locating.images_folder import ImagesFolder, search_images_dir
from core.errors import BoxscopeError
from core.files import AnyPath


class Pictures(NamedTuple):
    """The result of :func:`locate_pictures`.

    Attributes
    ----------
    folder : Path or RemotePath
    files : ImageFiles
        Its problems include those of the folder.
    """

    folder: AnyPath
    files: ImageFiles


def locate_pictures(
    annotations: AnyPath, names: list[str], images_dir: AnyPath | None, follow_links: bool
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

    Raises
    ------
    BoxscopeError
        There is no such folder.
    """
    found = search_images_dir(annotations, names) if images_dir is None else ImagesFolder(images_dir, [])
    if not found.path.is_dir():
        raise BoxscopeError("no such folder", f"images folder {found.path}")
    files = match_files(found.path, names, annotations, follow_links, found.listing)
    return Pictures(found.path, files._replace(problems=found.problems(annotations) + files.problems))
