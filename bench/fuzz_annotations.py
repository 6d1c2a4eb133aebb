"""Mutated COCO files: each gives a data set or one line, and nothing of it is lost without a word.

``python -m bench.fuzz_annotations [--seconds 300] [--seed 0] [--commands] [--keep DIR]`` in one process; ends
with 1 at the first file of which this is not true, kept in DIR. With ``--commands`` every file goes through
``check``, ``export``, ``proposals`` and ``convert`` too.
"""

import argparse
import contextlib
import copy
import io
import json
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image as PILImage

from core import cli
from core.datasets import CocoDataset, check
from core.errors import BoxscopeError
from core.executors import SerialExecutor

Random = np.random.Generator
Document = dict[str, Any]

_LISTS = ("images", "annotations", "categories")

# What stands in place of a value: as text, since some of it is no JSON, or none that Python writes.
VALUES = (
    *("null", "true", "false", "0", "1", "2", "7", "-1", "1.0", "0.5", "7.0", "1e2", "-0", "-0.0", "50"),
    *("NaN", "Infinity", "-Infinity", "1e39", "-1e39", "1e308", "1e-50", "1e999", "1e20", "3.5e38"),
    *("9007199254740993", "9223372036854775807", "-9223372036854775808", "18446744073709551616"),
    *("1" * 50, "1" * 5000, '""', '"1"', '"1.0"', '"001"', '"x"', '"a.png"', '"NaN"', '"1e400"', '"\\u0000"'),
    *('"\\ud800"', '"\\ud83d\\ude00"', '"\\udcff.png"', '"\\"NaN\\""', '"../a.png"', '"a\\nb"', '"*"', '" "'),
    *("[]", "{}", "{ }", "[[]]", "[null]", "[1,2]", "[1,2,3,4]", "[1,2,3,4,5]", '["1","2","3","4"]', "[{}]"),
    *("[NaN,1,2,3]", "[0,0,1e39,5]", "[0,0,-1e39,5]", "[5,5,1e-9,5]", "[1e30,1e30,1e38,1e38]", "[0,0,0,0]"),
    *(
        "[[1,1,9,1,9,9]]",
        "[[1,1,9,1,9]]",
        "[[1e308,1,-1e308,1,9,9]]",
        "[[NaN,1,9,1,9,9]]",
        '[["a",1,1,1,1,1]]',
    ),
    *('{"size":[24,32],"counts":[768]}', '{"size":[24,32],"counts":[5,3,760]}', '{"counts":5,"size":"x"}'),
    *('{"size":[24,32],"counts":"0"}', '{"size":[0,0],"counts":[]}', '{"size":[-1,4],"counts":[4]}'),
    *("[" * 40 + "]" * 40, "[" * 3000 + "]" * 3000, '{"a":' * 60 + "1" + "}" * 60),
)
_BYTES = (
    b"",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b'"',
    b"\\",
    b",",
    b"}",
    b"]",
    b"[",
    b"NaN",
    b"-",
    b"\n",
    b"1",
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig")


def seed_document() -> Document:
    """Return a small correct document: four images, six objects, two categories."""
    images = [
        {"id": number, "file_name": f"{name}.png", "width": 32, "height": 24}
        for number, name in ((1, "a"), (2, "b"), (7, "7"), (9, "d"))
    ]
    polygon, runs = [[2, 2, 12, 2, 12, 12, 2, 12]], {"size": [24, 32], "counts": [50, 10, 14, 10, 684]}
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 2, 10, 10], "iscrowd": 0, "area": 100},
        {"id": 2, "image_id": 1, "category_id": 2, "bbox": [2, 2, 10, 10], "segmentation": polygon},
        {"id": 3, "image_id": 2, "category_id": 1, "bbox": [5.5, 5, 20, 12], "iscrowd": 1},
        {"id": 4, "image_id": 7, "category_id": 1, "bbox": [0, 0, 32, 24], "area": 500.5},
        {"id": 5, "image_id": 7, "category_id": 2, "bbox": [2, 2, 2, 10], "segmentation": runs},
        {"id": 6, "image_id": 2, "category_id": 2, "bbox": [1, 1, 6, 6], "iscrowd": 0},
    ]
    categories = [{"id": 1, "name": "crack"}, {"id": 2, "name": "joint"}]
    return {"info": {}, "images": images, "annotations": annotations, "categories": categories}


class _Text(str):
    """A value that is written as it is."""


def dumps(value: Any) -> str:
    """Return a value as JSON, pairs in the order of their list, so that a key can be there twice."""
    if isinstance(value, _Text):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value)


def mutated(random: Random, document: Document) -> bytes:
    """Return a document with one to four changes of values, keys, records or lists, sometimes of bytes."""
    changed = copy.deepcopy(document)
    for _ in range(int(random.integers(1, 5))):
        changes = (_value, _value, _value, _value, _key, _record, _top)
        changes[int(random.integers(len(changes)))](random, changed)
    text = dumps(changed).encode()
    if random.random() < 0.1:
        text = _twice(random, text)
    if random.random() < 0.15:
        text = _of_bytes(random, text)
    return b"\xef\xbb\xbf" + text if random.random() < 0.1 else text


def _pick(random: Random, values: Any) -> Any:
    values = list(values)
    return values[int(random.integers(len(values)))]


def _records(random: Random, document: Document) -> list[Any]:
    lists = [value for key in _LISTS if isinstance(value := document.get(key), list) and value]
    return _pick(random, lists) if lists else []


def _value(random: Random, document: Document) -> None:
    records = [record for record in _records(random, document) if isinstance(record, dict) and record]
    if records:
        # The same change in many records too: a file is often wrong throughout.
        few = random.random() < 0.8
        chosen, value = [_pick(random, records)] if few else records, _Text(_pick(random, VALUES))
        key = _pick(random, chosen[0])
        for record in chosen:
            box = record.get(key)
            if isinstance(box, list) and box and random.random() < 0.5:
                box[int(random.integers(len(box)))] = value
            else:
                record[key] = value


def _key(random: Random, document: Document) -> None:
    records = [record for record in _records(random, document) if isinstance(record, dict) and record]
    if records:
        record = _pick(random, records)
        key = _pick(random, record)
        value = record.pop(key)
        if random.random() < 0.3:
            record[_pick(random, ("bbox", "id", "file_name", "segmentation", "coco_url", "images"))] = value


def _record(random: Random, document: Document) -> None:
    records = _records(random, document)
    if records:
        at = int(random.integers(len(records)))
        what = random.random()
        if what < 0.3:
            del records[at]
        elif what < 0.6:
            records.insert(at, copy.deepcopy(_pick(random, records)))
        else:
            records[at] = _Text(_pick(random, VALUES))


def _top(random: Random, document: Document) -> None:
    key = _pick(random, (*_LISTS, "info"))
    if random.random() < 0.3:
        document.pop(key, None)
    else:
        document[key] = _Text(_pick(random, VALUES)) if random.random() < 0.7 else []


def _twice(random: Random, text: bytes) -> bytes:
    """Put a key and a value before the first key of some object: what is there a second time counts."""
    places = [at for at in range(len(text)) if text[at : at + 2] == b'{"']
    if not places:
        return text
    at = _pick(random, places[:1] * len(places) + places) + 1
    key = _pick(random, (*_LISTS, "id", "bbox", "name"))
    return text[:at] + f'"{key}":{_pick(random, VALUES)},'.encode() + text[at:]


def _of_bytes(random: Random, text: bytes) -> bytes:
    at = int(random.integers(len(text)))
    what = random.random()
    if what < 0.2:
        return text[:at]
    if what < 0.3:
        return text.decode(errors="replace").encode(
            _pick(random, ("utf-16", "utf-16-le", "utf-32", "utf-8-sig"))
        )
    return text[:at] + _pick(random, _BYTES) + text[at + int(random.integers(3)) :]


def cases(seed: int) -> Iterator[bytes]:
    """Yield mutated files without end; the same for the same seed."""
    random, document = np.random.default_rng(seed), seed_document()
    while True:
        yield mutated(random, document)


class Refused(AssertionError):
    """A file that is neither read nor refused as it should be."""


def expected_counts(text: bytes) -> dict[str, int] | None:
    """Return how many records a file has in each list as Python's json reads it; None where it is no COCO."""
    seen: list[list[tuple[str, Any]]] = []

    def hook(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen.append(pairs)
        return dict(pairs)

    try:
        limit = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(0)
        try:
            document = json.loads(text.removeprefix(b"\xef\xbb\xbf").decode(), object_pairs_hook=hook)
        finally:
            sys.set_int_max_str_digits(limit)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    keys = Counter(key for key, _ in seen[-1])
    lists = [document.get(key) for key in _LISTS]
    if any(keys[key] > 1 for key in _LISTS) or not isinstance(lists[0], list):
        return None
    if not all(value is None or isinstance(value, list) for value in lists[1:]):
        return None
    return {key: len(value or []) for key, value in zip(_LISTS, lists, strict=True)}


def accounted(dataset: CocoDataset) -> dict[str, int]:
    """Return how many records of each list are used or named as left out."""
    problems = dataset.problems
    kinds = Counter(problem.kind for problem in problems)
    lenient = [problem for problem in problems if problem.kind == "lenient" and problem.lost]
    lost_objects = sum(problem.of == "object" and problem.lost for problem in problems)
    return {
        "images": len(dataset)
        + kinds["repeated-image-id"]
        + kinds["repeated-file"]
        + sum(problem.of == "image" for problem in lenient),
        "annotations": len(dataset.all_truth.boxes)
        + lost_objects
        + kinds["empty-mark"]
        + kinds["repeated-object"],
        "categories": len(dataset.categories)
        + kinds["repeated-category-id"]
        + sum(problem.of == "file" for problem in lenient),
    }


def expect_conserved(path: Path, text: bytes) -> bool:
    """Open a file; return whether it gave a data set.

    Raises
    ------
    Refused
        It gave neither a data set with all records accounted for nor one line, or its truth is no truth.
    """
    path.write_bytes(text)
    expected = expected_counts(text)
    try:
        dataset = CocoDataset.open(path, path.parent)
        report = check(dataset, decode=False)
    except BoxscopeError as error:
        if len(str(error).splitlines()) != 1 or path.name not in str(error):
            raise Refused(f"not one line that names the file: {error!r}") from error
        return False
    if expected is None:
        raise Refused("a file that is no COCO was opened")
    if (found := accounted(dataset)) != expected:
        raise Refused(f"{expected} in, {found} used or named")
    json.dumps(report.as_dict(), allow_nan=False)
    truth = dataset.all_truth
    sides = truth.boxes[:, 2:] - truth.boxes[:, :2]
    if not (np.isfinite(truth.boxes).all() and (sides > 0).all() and np.isfinite(truth.area).all()):
        raise Refused("a box of the truth is empty or infinite")
    if sum(report.categories.values()) + report.crowd_regions != len(truth.boxes):
        raise Refused("the report does not count every object")
    return True


def commands(folder: Path, random: Random) -> Iterator[list[str]]:
    """Yield the commands that read a file, each with options drawn at random."""
    file, out = str(folder / "annotations.json"), folder / "out"
    grid = ["--proposer", "grid", "--top", "20"]
    form = _pick(random, ("files", "imagefolder", "webdataset", "parquet", "manifest"))
    labels = _pick(random, ("binary", "category"))
    yield ["check", file, "--json", *(["--headers"] if random.random() < 0.5 else [])]
    where = ["--out", str(out / "x"), "--split", "train", "--overwrite"]
    yield ["export", file, *where, "--format", form, "--labels", labels, "--anyway", *grid, "--json"]
    yield ["proposals", file, "--out", str(out / "p.json"), *grid, "--overwrite", "--json"]
    unit = _pick(random, ("auto", "xyxy", "yolo", "segmentation", "xywh"))
    options = [["--boxes", unit], ["--sizes"], ["--drop-unlisted"], ["--boxes", unit, "--sizes"]]
    yield ["convert", file, str(out / "c.json"), *_pick(random, options), "--overwrite", "--json"]


def run(arguments: list[str]) -> int:
    """Run a command in this process and return its exit code.

    Raises
    ------
    Refused
        It said more than one line where it refused, or no JSON where it did not.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch("core.cli.export.engine", _in_this_process),
        mock.patch("core.cli.proposals.engine", _in_this_process),
    ):
        code = cli.main(arguments)
    if code not in (0, 2):
        raise Refused(f"exit {code}: {err.getvalue()[-500:]}")
    if code == 0:
        json.loads(out.getvalue())
    return code


@contextlib.contextmanager
def _in_this_process(workers: int | None, scheduler: str | None) -> Iterator[tuple[SerialExecutor, int]]:
    yield SerialExecutor(), 1


def pictures(folder: Path) -> None:
    """Write the pictures of :func:`seed_document`."""
    picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    for name in "ab7d":
        PILImage.fromarray(picture).save(folder / f"{name}.png")


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commands", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    args = parser.parse_args()
    warnings.simplefilter("error")
    tried, codes = Counter[bool](), Counter[tuple[str, int]]()
    end, random = time.monotonic() + args.seconds, np.random.default_rng(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures(folder)
        for number, text in enumerate(cases(args.seed)):
            if time.monotonic() > end:
                break
            try:
                tried[expect_conserved(folder / "annotations.json", text)] += 1
                for arguments in commands(folder, random) if args.commands else ():
                    codes[arguments[0], run(arguments)] += 1
            except Exception:
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{args.seed}-{number}.json").write_bytes(text)
                print(f"kept as {args.keep / f'{args.seed}-{number}.json'}", file=sys.stderr)
                raise
    print(f"{sum(tried.values()):,} files: {tried[True]:,} data sets, {tried[False]:,} refused in one line")
    for (command, code), count in sorted(codes.items()):
        print(f"{command:10} exit {code}: {count:,}")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
