"""Search for the folder of a data set's pictures: the usual one that holds the most of the listed names."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from core.datasets.locating.image_files import SAMPLE, all_there
from core.datasets.locating.layouts import likely_folders, pictures_in, usual_folders
from core.datasets.locating.listing import Listing, leads_outside, normal
from core.datasets.locating.name_rules import in_own_case, last_part, loosest
from core.datasets.problems import Problem
from core.datasets.spread import spread
from core.files import AnyPath, files_at

# What a name counts whose file fits only by a rule, as a path or by its last part alone; one that is there
# counts 1. So 85 names that are there outweigh 100 last parts, and 30 do not.
_PATH, _LAST = 0.9, 0.8


class ImagesFolder(NamedTuple):
    """The result of :func:`search_images_dir`.

    Attributes
    ----------
    path : Path or RemotePath
    rivals : list of Path or RemotePath
        Other usual folders that hold at least as many of the names, with other files.
    listings : dict of Path or RemotePath to Listing
        Of the folders that were compared.
    """

    path: AnyPath
    rivals: list[AnyPath]
    listings: Mapping[AnyPath, Listing] = {}

    def problems(self, annotations: AnyPath) -> tuple[Problem, ...]:
        """Return a note on each rival."""
        text = f"holds other files under the listed names; those of {self.path} are read"
        rivals = (f"{rival} {text}: --images names another folder" for rival in self.rivals)
        return tuple(Problem("other-folder", annotations.name, rival, False, "file") for rival in rivals)


def usual_listings(annotations: AnyPath) -> dict[AnyPath, Listing]:
    """Return the usual folders of a file's pictures, each listed: what a search needs before it has names."""
    listings: dict[AnyPath, Listing] = {}

    def folders(folder: AnyPath) -> frozenset[str]:
        return listings.setdefault(folder, Listing(folder)).entries().folders

    for folder in usual_folders(annotations, folders):
        folders(folder)
    return listings


def search_images_dir(
    annotations: AnyPath, names: list[str], listed: Mapping[AnyPath, Listing] | None = None
) -> ImagesFolder:
    """Return the folder of a file's pictures.

    Each usual folder is listed once, whatever the number of names; see
    :func:`core.datasets.locating.layouts.usual_folders`. Of those that hold as many, the nearest is returned;
    where none holds any, the first that bears the name of a folder of pictures, or the file's own.

    Parameters
    ----------
    annotations : Path or RemotePath
    names : list of str
        File names as in the annotation file.
    listed : dict of Path or RemotePath to Listing
        Folders that are listed already, see :func:`usual_listings`.
    """
    if files_at(annotations).by_requests:
        for folder in likely_folders(annotations):
            if names and all_there(folder, names):
                return ImagesFolder(folder, [])
    listings = dict(listed or {})

    def listing(folder: AnyPath) -> Listing:
        return listings.setdefault(folder, Listing(folder))

    wanted = _Wanted(names)
    folders = dict.fromkeys(usual_folders(annotations, lambda folder: listing(folder).entries().folders))
    held: dict[AnyPath, float] = {folder: wanted.exact(listing(folder)) for folder in folders}
    if max(held.values()) < len(names):
        held = {folder: exact + wanted.near(listing(folder), exact) for folder, exact in held.items()}
    most = max(held.values())
    if most == 0:
        named = (folder for folder in folders if pictures_in([folder.name]))
        return ImagesFolder(next(named, annotations.parent), [])
    best, *others = (folder for folder in folders if held[folder] == most)
    rivals = [folder for folder in others if _differ(best, folder, names)]
    return ImagesFolder(best, rivals, listings)


def _differ(first: AnyPath, second: AnyPath, names: list[str]) -> bool:
    """Return whether some of the names, spread over the list, are files of other sizes in a second folder."""
    some = spread(names, SAMPLE)
    sizes = zip(files_at(first).sizes(some), files_at(second).sizes(some), strict=True)
    return any(one != other for one, other in sizes if min(one, other) >= 0)


class _Wanted:
    """The listed names, by their folders."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.by_folder: dict[str, list[str]] = defaultdict(list)
        bare = [name for name in names if "/" not in name]
        if bare:
            self.by_folder[""] = names if len(bare) == len(names) else bare
        for name in names if len(bare) < len(names) else ():
            if "/" in name:
                below, _, last = normal(name).rpartition("/")
                self.by_folder[below].append(last)

    @cached_property
    def near_folders(self) -> set[str]:
        """Folders of the names, as these would be written here."""
        return {in_own_case(name).rpartition("/")[0] for name in self.names}

    @cached_property
    def loosest(self) -> list[str]:
        return [loosest(name) for name in self.names]

    def exact(self, listing: Listing) -> int:
        """Return how many of the names a folder holds as they are written."""
        found = 0
        for below, lasts in self.by_folder.items():
            files = listing.entries(below).files
            numbers = listing.numbers_here(lasts) if not below else [*map(files.get, lasts)]
            found += len(numbers) - numbers.count(None)
        return found

    def near(self, listing: Listing, exact: float) -> float:
        """Return how many more a folder holds that fit only by a rule, each counted for less than one."""
        inside = [below for below in self.near_folders | self.by_folder.keys() if not leads_outside(below)]
        files = {below: listing.entries(below).files for below in inside}
        if sum(map(len, files.values())) <= exact:
            return 0  # no other file
        paths = {loosest(f"{below}/{name}") for below, names in files.items() for name in names}
        lasts = {last_part(path) for path in paths}
        found = 0.0
        for name, loose in zip(self.names, self.loosest, strict=True):
            if loose in paths:
                found += _PATH if listing.number(normal(name)) is None else 0
            elif last_part(loose) in lasts:
                found += _LAST
        return found
