"""Listed names without a file, paired with files that fit but for the way in which the name is written."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from core.datasets.locating.name_rules import (
    END_OF_PATH,
    LAST_PART,
    PATH_RULES,
    TAIL_LEVELS,
    Surroundings,
    is_foreign,
    last_part,
    loosest,
    same_origin,
    spellings,
)


class Pair(NamedTuple):
    """The file of a name, and the rule by which it fits."""

    file: str
    rule: str


class Pairing(NamedTuple):
    """The result of :func:`pair_names`.

    Attributes
    ----------
    pairs : dict of str to Pair
        By name.
    unsure : dict of str to list of str
        Files that a name could mean, where it is not paired: several fit, or other names mean them too.
    """

    pairs: dict[str, Pair]
    unsure: dict[str, list[str]]


def pair_names(
    missing: Iterable[str], held: Collection[str], files: Iterable[str], around: Surroundings
) -> Pairing:
    """Return which file each name means: where one file fits one name, by the strictest rule that fits.

    A name for which a rule finds several files, or a file that another name has or means too, is not paired
    by a looser rule either.

    Parameters
    ----------
    missing : iterable of str
        Names without a file, no two of the same path.
    held : collection of str
        Normal paths of the listed names that have a file.
    files : iterable of str
        All files, by their paths below the images folder.
    around : Surroundings
    """
    files = list(files)
    # By no rule do two fit whose last parts differ under the loosest.
    there = {last_part(loosest(file)) for file in files}
    ends = {name: last_part(loosest(name)) for name in missing}
    missing = [name for name, end in ends.items() if end in there]
    wanted = {ends[name] for name in missing}
    near = {file: spellings(file) for file in files if last_part(loosest(file)) in wanted}
    rivals = {name: spellings(name) for name in held if last_part(loosest(name)) in wanted}
    pairing = _Pairing({name: spellings(name) for name in missing}, near, rivals, around)
    for level, rule in enumerate(PATH_RULES):
        if pairing.open:
            pairing.by_path(level, rule)
    for level in TAIL_LEVELS:
        if pairing.open:
            pairing.by_tail(level)
    return Pairing(pairing.pairs, pairing.unsure)


_Spelled = dict[str, tuple[str, ...]]


class _Pairing:
    """Names, files and what has been decided about them so far."""

    def __init__(self, names: _Spelled, files: _Spelled, rivals: _Spelled, around: Surroundings) -> None:
        self.open = dict(names)
        self.names, self.files, self.rivals, self.around = names, files, rivals, around
        self.taken = set(rivals)
        self.pairs: dict[str, Pair] = {}
        self.unsure: dict[str, list[str]] = {}

    def _pair(self, name: str, file: str, rule: str) -> None:
        self.pairs[name] = Pair(file, rule)
        self.taken.add(file)

    def by_path(self, level: int, rule: str) -> None:
        """Pair names and files whose paths are equal under a rule."""
        files, names = _grouped(self.files, level), _grouped(self.open, level)
        for path, alike in names.items():
            fitting = files.get(path)
            if fitting is None:
                continue
            if len(alike) == len(fitting) == 1 and fitting[0] not in self.taken:
                self._pair(alike[0], fitting[0], rule)
            else:
                self.unsure.update(dict.fromkeys(alike, fitting))
            for name in alike:
                del self.open[name]

    def by_tail(self, level: int) -> None:
        """Pair names with files that alone end as they do, in as many parts as fit any file."""
        ends = defaultdict(list)
        for file, spelled in self.files.items():
            for tail in _tails(spelled[level]):
                ends[tail].append(file)
        spelled_names = [*self.names.values(), *self.rivals.values()]
        wishes = Counter(tail for spelled in spelled_names for tail in _tails(spelled[level]))
        for name, spelled in [*self.open.items()]:
            tail = next((tail for tail in _tails(spelled[level]) if tail in ends), "")
            if tail:
                del self.open[name]
                self._decide(name, tail, ends[tail], wishes[tail], level)

    def _decide(self, name: str, tail: str, fitting: list[str], wishes: int, level: int) -> None:
        file = fitting[0]
        if len(fitting) == wishes == 1 and file not in self.taken:
            if same_origin(self.names[name][level], self.files[file][level], tail, self.around):
                self._pair(name, file, END_OF_PATH if "/" in tail else LAST_PART)
        elif is_foreign(name):
            self.unsure[name] = fitting


def _grouped(spelled: _Spelled, level: int) -> dict[str, list[str]]:
    groups = defaultdict(list)
    for name, paths in spelled.items():
        groups[paths[level]].append(name)
    return dict(groups)


def _tails(path: str) -> Iterator[str]:
    """Yield a path and its ends, longest first."""
    yield path
    while "/" in path:
        path = path.partition("/")[2]
        yield path
