"""Write docs/proposers.md: every proposer measured on data sets, with intervals.

    python docs/proposers.py crackforest=crackforest/annotations.json kangaroo=kangaroo/annotations.json

The sample set is drawn and comes last. Times are those of one process with one thread, run alone.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core import threads  # noqa: E402
from core.datasets import CocoDataset, make_sample  # noqa: E402
from core.evaluation.report import summary  # noqa: E402
from core.evaluation.whole_set import Plan, SetEvaluation  # noqa: E402
from core.executors import SerialExecutor  # noqa: E402
from core.pipeline import Setup  # noqa: E402
from core.proposals.proposer_cache import ProposerCache  # noqa: E402
from core.proposers import PROPOSERS  # noqa: E402
from core.wording import count  # noqa: E402

BEGIN, END = "<!-- begin of what docs/proposers.py writes -->", "<!-- end -->"


def main(arguments: list[str]) -> None:
    """Measure on each data set and put the tables in their place in the page."""
    threads.limit_all(1)
    sets = dict(pair.split("=", 1) for pair in arguments)
    with tempfile.TemporaryDirectory() as name:
        make_sample(Path(name) / "sample")
        sets["sample"] = str(Path(name) / "sample" / "train" / "annotations.json")
        tables = [
            table(title, CocoDataset.open(Path(path)), Path(name) / title) for title, path in sets.items()
        ]
    page = Path(__file__).with_suffix(".md")
    text = page.read_text()
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    page.write_text("\n\n".join([text[:start], *tables, text[end:]]))


def table(title: str, dataset: CocoDataset, cache: Path) -> str:
    """Return the figures of all proposers on a data set as a Markdown table."""
    setups = {name: Setup(proposer()) for name, proposer in PROPOSERS.items() if proposer().is_ready}
    article = setups["adaptive-threshold"].proposer.of_preset("article")
    if article is not None:
        setups["adaptive-threshold, preset `article`"] = Setup(article, order="area")
    measured = SetEvaluation(dataset, Plan(tuple(setups.values())), None, ProposerCache(cache))
    for progress in measured.run(SerialExecutor()):
        print(f"{title}: {progress.done}/{progress.total}", file=sys.stderr)
    lines = [
        "| proposer | order | proposals | ms | AR@10 | AR@100 | AR@1000 | recall at 0.5, first 100 | ABO |",
        "| --- | --- | --: | --: | --- | --- | --- | --- | --- |",
    ]
    results = zip(measured.evaluations(), measured.reasons(), strict=True)
    figures = [summary(evaluation, reasons, dataset.categories) for evaluation, reasons in results]
    rows = zip(setups.items(), figures, strict=True)
    lines += [row(name, setup.ranked_by, one) for (name, setup), one in rows]
    images, objects = figures[0]["images"], figures[0]["objects"]
    return "\n".join([f"### {title}: {count(images, 'image')}, {count(objects, 'object')}", "", *lines])


def row(name: str, order: str, figures: dict) -> str:
    """Return the figures of a proposer as a row of the table."""
    bounds = figures["intervals"]
    cells = [
        f"`{name}`" if "`" not in name else name,
        order,
        f"{figures['proposals_per_image']:,.0f}",
        f"{1000 * figures['seconds_per_image']:.1f}",
        *(cell(figures["average_recall"][k], bounds["average_recall"][k]) for k in ("10", "100", "1000")),
        cell(figures["recall"]["0.5"]["100"], bounds["recall"]["0.5"]["100"]),
        cell(figures["average_best_overlap"], bounds["average_best_overlap"]),
    ]
    return f"| {' | '.join(cells)} |"


def cell(value: float, interval: list[float]) -> str:
    """Return a figure with its interval."""
    return f"{value:.3f} ({interval[0]:.2f}–{interval[1]:.2f})"


if __name__ == "__main__":
    main(sys.argv[1:])
