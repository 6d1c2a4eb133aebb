"""The problems of a data set by kind: counted, and the first of each as lines of text."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.datasets.problems import Problem
from core.wording import one_line

# Lines of one kind that are printed: with 20,000 missing pictures nobody reads more.
MOST_LINES = 20


def counts(problems: Iterable[Problem]) -> dict[str, int]:
    """Return the number of problems of each kind, most frequent first."""
    return dict(Counter(problem.kind for problem in problems).most_common())


def counts_text(problems: Iterable[Problem], words: Callable[[str], str] = str) -> str:
    """Return the numbers as text: ``19,988 missing-file, 3 zero-area``; empty where there is no problem.

    Parameters
    ----------
    problems : iterable of Problem
    words : callable
        Returns the text for a kind, such as :func:`in_words`.
    """
    return ", ".join(f"{number:,} {words(kind)}" for kind, number in counts(problems).items())


# Kinds whose names do not say it by themselves, as they stand behind a number.
_WORDS = {
    "ambiguous-image": "of several pictures",
    "box-units": "box in other units",
    "empty-mark": "marked empty",
    "exif": "rotated by EXIF",
    "image-by-name": "assigned by file name",
    "lenient": "record out of form",
    "no-box": "without a box",
    "outside": "outside its image",
    "two-sizes": "of an image of two sizes",
    "unknown-image": "of no listed image",
    "unlisted": "picture not listed",
    "unnamed-image": "of an image without a file",
}


def in_words(kind: str) -> str:
    """Return a kind as words for a page: ``picture not listed`` for ``unlisted``."""
    return _WORDS.get(kind, kind.replace("-", " "))


def why_no_images(problems: Iterable[Problem]) -> str:
    """Return why a data set without images has none: its file lists none, or each was left out."""
    lost = [problem for problem in problems if problem.lost and problem.kind != "no-images"]
    if not lost:
        return "lists no images"
    return f"none of its images can be used: {counts_text(lost)}; {lost[0].item}: {lost[0].detail}"


def by_kind(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """Return the problems of each kind, what is lost first, then the most frequent kind."""
    groups: dict[tuple[bool, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.lost, problem.kind), []).append(problem)
    kinds: dict[str, list[Problem]] = {}
    for (_, kind), group in sorted(groups.items(), key=lambda item: (not item[0][0], -len(item[1]))):
        kinds.setdefault(kind, []).extend(group)
    return kinds


def summary_lines(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield what is lost and what is noted, counted by kind: ``cannot be used: 3 zero-area, 1 outside``."""
    for words, is_lost in (("cannot be used", True), ("noted", False)):
        text = counts_text(problem for problem in problems if problem.lost == is_lost)
        if text:
            yield f"{words}: {text}"


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Yield a line for each problem, of each kind the first ``MOST_LINES`` and how many more there are."""
    for kind, group in by_kind(problems).items():
        for problem in group[:MOST_LINES]:
            mark = "LOST" if problem.lost else "note"
            yield one_line(f"{mark}  {kind}  {problem.item}  {problem.detail}")
        if len(group) > MOST_LINES:
            yield more(len(group) - MOST_LINES, kind)


def more(number: int, kind: str) -> str:
    """Return the line on items of a kind that are not listed: ``... and 19,980 more missing-file``."""
    return f"... and {number:,} more {kind}".rstrip()
