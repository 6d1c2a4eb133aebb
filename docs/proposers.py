"""Write the tables of docs/proposers.md: every proposer on data sets, see bench/proposers.py.

    python docs/proposers.py crackforest=valid.json:train.json kangaroo=kangaroo/annotations.json

After the colon stands the training split to which the learned boxes are fitted. The sample set is drawn and
comes last. Times are those of one process with one thread.
"""

import sys
import tempfile
from pathlib import Path

from page import put

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.proposers import HEAD, cells, run  # noqa: E402
from core.datasets import make_sample  # noqa: E402
from core.wording import count  # noqa: E402


def main(arguments: list[str]) -> None:
    """Measure on each data set and put the tables in their place in the page."""
    sets = dict(pair.split("=", 1) for pair in arguments)
    with tempfile.TemporaryDirectory() as name:
        make_sample(Path(name) / "sample")
        valid, train = (Path(name) / "sample" / kind / "annotations.json" for kind in ("valid", "train"))
        sets["sample"] = f"{valid}:{train}"
        tables = [table(title, *map(Path, paths.split(":"))) for title, paths in sets.items()]
    put(Path(__file__).name, "\n\n".join(tables).splitlines())


def table(title: str, annotations: Path, train: Path | None = None) -> str:
    """Return the figures of all proposers on a data set as a Markdown table.

    Pictures of CrackForest in another data set are left out of it: they would be measured twice.
    """
    rows = run(annotations, train, leave_out="" if title == "crackforest" else "CFD_")["rows"]
    lines = [f"| {' | '.join(HEAD)} |", "| --- | --: | --: | --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(cells(row))} |" for row in rows]
    head = f"### {title}: {count(rows[0]['images'], 'image')}, {count(rows[0]['objects'], 'object')}"
    return "\n".join([head, "", *lines])


if __name__ == "__main__":
    main(sys.argv[1:])
