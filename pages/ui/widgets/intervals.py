"""Figures with their 95 % intervals as cells of a table, in HTML."""

from core.evaluation.bootstrap import Interval


def cell(interval: Interval) -> str:
    """Return a figure, its interval below it; a dash where there is nothing to measure."""
    if interval.value != interval.value:
        return "–"
    if interval.low != interval.low:
        return f"{interval.value:.3f}"
    return f"{interval.value:.3f}<small>{interval.low:.2f} – {interval.high:.2f}</small>"


def difference_cell(more: Interval | None, of: str) -> str:
    """Return a cell with how much larger a figure is, faint where that cannot be told from chance.

    Parameters
    ----------
    more : Interval or None
        None, or NaN, for an empty cell.
    of : str
        The figure.
    """
    if more is None or more.value != more.value:
        return "<td></td>"
    kind, told = ("", "can") if more.excludes_zero else ("chance", "cannot")
    text = f"{more.value:+.3f}<small>{more.low:+.3f} to {more.high:+.3f}</small>"
    return f'<td class="{kind}" title="{of}; {told} be told from chance">{text}</td>'
