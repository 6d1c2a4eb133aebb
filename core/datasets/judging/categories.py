"""Which categories of a COCO file have a name that is certain, and problems with the others."""

from collections import Counter, defaultdict
from typing import NamedTuple

from core.datasets.problems import Problem
from core.errors import quoted


class Categories(NamedTuple):
    """The categories of a file; :func:`select_categories` makes it.

    Attributes
    ----------
    names : dict of int to str
    ambiguous : set of int
        Ids that stand for several names, none of which is taken.
    problems : list of Problem
        One for each record that is left out, and notes.
    """

    names: dict[int, str]
    ambiguous: set[int]
    problems: list[Problem]


def select_categories(item: str, records: list[tuple[int, str]]) -> Categories:
    """Return the categories that can be used.

    Parameters
    ----------
    item : str
        Name of the file, for problems.
    records : list of (int, str)
        Id and name of each record, in the order of the file.
    """
    names_of: defaultdict[int, set[str]] = defaultdict(set)
    for number, name in records:
        names_of[number].add(name)
    ambiguous = {number for number, names in names_of.items() if len(names) > 1}
    names: dict[int, str] = {}
    problems = []
    for number, name in records:
        record = f"category {number} {quoted(name)}"
        if number in ambiguous:
            others = ", ".join(quoted(other) for other in sorted(names_of[number] - {name})[:3])
            text = f"{record}: its id is that of {others} too, left out"
            problems.append(Problem("repeated-category-id", item, text, True, "file"))
        elif number in names:
            text = f"{record} is listed before, counted once"
            problems.append(Problem("repeated-category-id", item, text, False, "file"))
        else:
            names[number] = name or f"category {number}"
            if not name:
                text = f"{record} has no name, called {quoted(names[number])}"
                problems.append(Problem("unnamed-category", item, text, False, "file"))
    return Categories(names, ambiguous, problems + _sharing_a_name(item, names))


def _sharing_a_name(item: str, names: dict[int, str]) -> list[Problem]:
    shared = sorted((name, count) for name, count in Counter(names.values()).items() if count > 1)
    texts = [f"{count} categories are named {quoted(name)}" for name, count in shared]
    return [Problem("repeated-category", item, text, False, "file") for text in texts]
