"""The figures of an evaluation as lines of text."""

from collections.abc import Sequence
from typing import Any

from core import wording
from core.cli.terminal import print_result


def print_evaluation(results: Sequence[dict[str, Any]], differences: Sequence[dict[str, Any]]) -> None:
    """Print the figures of setups, see :mod:`core.evaluation.report`, and how they differ."""
    for number, result in enumerate(results, 1):
        _print_summary(number, result)
    for one in differences:
        budget, iou = results[0]["budget"], results[0]["iou"]
        if one["budget"] != budget or one["difference"] is None:
            continue
        low, high = one["interval"]
        verdict = "" if one["distinguishable"] else ", which cannot be told from chance"
        print_result(
            f"AR@{budget} of {one['setup'] + 1} - {one['other'] + 1}: {one['difference']:+.3f} "
            f"({low:+.3f} to {high:+.3f}{verdict}); at IoU {iou:g} {one['setup'] + 1} alone finds "
            f"{wording.count(one['won'], 'object')}, {one['other'] + 1} alone {one['lost']:,}"
        )


def _print_summary(number: int, result: dict[str, Any]) -> None:
    budget = str(result["budget"])
    bounds = result["intervals"]["average_recall"][budget]
    of_first = f"; @{budget} ({bounds[0]:.3f} to {bounds[1]:.3f})" if bounds else ""
    first = "all proposals" if budget == "all" else f"the first {int(budget):,}"
    setup = {name: text for name, text in result["setup"].items() if name != "proposer"}
    print_result(f"{number}. {' '.join([result['proposer'], *(f'{k}={v}' for k, v in setup.items())])}")
    by = "" if result["matching"] == "coco" else f", matching {result['matching']}"
    print_result(
        f"   {wording.count(result['images'], 'image')}, {wording.count(result['objects'], 'object')}{by}"
    )
    recalls = ", ".join(f"@{k} {_text(value)}" for k, value in result["average_recall"].items())
    print_result(f"   average recall {recalls}{of_first}")
    at = "; ".join(
        f"IoU {t}: " + ", ".join(f"@{k} {_text(value)}" for k, value in by_budget.items())
        for t, by_budget in result["recall"].items()
    )
    print_result(f"   recall {at}")
    count, milliseconds = result["proposals_per_image"], 1000 * result["seconds_per_image"]
    overlap = _text(result["average_best_overlap"])
    if budget != "all":
        overlap += f" (of {first} {_text(result['at_budget']['average_best_overlap'])})"
    print_result(
        f"   average best overlap {overlap}, {count:.0f} proposals and {milliseconds:.1f} ms an image"
    )
    for key, words in (("average_precision", "AP"), ("mean_average_precision", "mean AP of categories")):
        if key in result:
            at = ", ".join(f"@{iou} {_text(value)}" for iou, value in result[key].items())
            ends = result["intervals"][key]["0.5:0.95"]
            print_result(f"   {words} {at}" + (f" ({ends[0]:.3f} to {ends[1]:.3f})" if ends else ""))
    for one in result.get("robustness", ()):
        print_result(
            f"   {one['change']} {one['strength']}: AR@{result['budget']} {_text(one['average_recall'])}, "
            f"repeatability {_text(one['repeatability'])}"
        )
    if tiles := result.get("cut_by_tiles"):
        cut = wording.count(tiles["objects"], "object")
        found = f"{first} find {tiles['found']:,} at IoU {result['iou']:g}"
        print_result(f"   cut by inner borders of the tiles: {cut}, of which {found}")
    missed = ", ".join(f"{reason} {count}" for reason, count in result["misses"].items() if count)
    print_result(f"   missed by {first} at IoU {result['iou']:g}: {missed or 'none'}")


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
