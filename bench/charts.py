"""The charts of Evaluate in Chromium: from another number of proposals to the last of them drawn anew."""

from bench.chromium import Page, rest

PATH = "evaluate"
MEASURED = ".stApp:has(p.progress):not(:has(p.progress progress)):has(.st-key-evaluate-overlaps .main-svg)"
"""What there is once all images are measured and the charts drawn."""


def budgets(page: Page, count: int) -> list[float]:
    """Step to another number of proposals and back; milliseconds from the key to the last change of a chart.

    Each turn lasts until the script has run, so that a chart that it draws anew counts.
    """
    times = []
    for turn in range(count):
        page.slider("Proposals an image").focus()
        page.clear()
        page.press("ArrowLeft" if turn % 2 else "ArrowRight")
        page.wait("chart")
        page.settled()
        rest()
        times.append(page.last("key", "chart"))
    return times
