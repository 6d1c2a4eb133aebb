"""What is searched: each setting of a proposer, switched on or off, and between which values."""

from collections.abc import Sequence

import streamlit as st

from core import parameters
from core.parameters import Parameter
from core.pipeline import Setup
from core.proposers import Proposer
from core.tuning.dimension import Dimension
from core.tuning.space import Searched, space
from pages.ui.state import session
from pages.ui.widgets.markdown import literal

_COLUMNS = 3


def draw(proposer: Proposer) -> dict[str, str]:
    """Draw the settings that can be searched, and return those that are.

    Returns
    -------
    dict of str to str
        By name as the command takes it, the range or the choices; empty for those of the setting.

    Raises
    ------
    BoxscopeError
        The proposer has no setting to search.
    """
    offered = space(Setup(parameters.plain(proposer)).with_order_named()).searched
    found: dict[str, str] = {}
    columns = st.columns(_COLUMNS, gap="medium")
    for number, each in enumerate(offered):
        with columns[number % _COLUMNS]:
            found |= _setting(proposer.name, each)
    return found


def _setting(owner: str, each: Searched) -> dict[str, str]:
    """Draw a setting, and return how it is searched; nothing where it is not."""
    spec, key = each.spec, session.page_key("tune", f"{owner}.{each.spec.name}")
    unit = f" ({spec.unit})" if spec.unit else ""
    is_searched = st.checkbox(
        f"**{literal(spec.label)}**{literal(unit)}",
        value=True,
        key=key,
        help=literal(spec.help),
        persist_state="session",
    )
    if not is_searched:
        st.caption("as in the sidebar")
        return {}
    own = {spec.name: ""}
    if each.dimensions[0].choices:
        return own | _choices(key, spec, each.dimensions[0].choices)
    return own | _ranges(key, spec, each.dimensions)


def _choices(key: str, spec: Parameter, choices: Sequence[str]) -> dict[str, str]:
    if spec.type is bool:
        return {}
    chosen = st.multiselect(
        spec.label,
        choices,
        default=choices,
        key=f"{key} choices",
        label_visibility="collapsed",
        persist_state="session",
    )
    return {spec.name: ",".join(chosen)} if 0 < len(chosen) < len(choices) else {}


def _ranges(key: str, spec: Parameter, dimensions: Sequence[Dimension]) -> dict[str, str]:
    """Draw one range for all values of a setting, and one for how many a list has."""
    found: dict[str, str] = {}
    counts = [one for one in dimensions if one.name.endswith(".count")]
    values = next(one for one in dimensions if one not in counts)
    for one, name in ((values, spec.name), *((one, one.name) for one in counts)):
        kind = int if one.whole else float
        low, high = kind(one.low), kind(one.high)
        ends = st.slider(
            "Number of values" if one in counts else spec.label,
            low,
            high,
            (low, high),
            step=kind(one.step),
            key=f"{key} {one.name}",
            label_visibility="visible" if one in counts else "collapsed",
            persist_state="session",
        )
        if ends != (low, high):
            found[name] = f"{ends[0]:g}..{ends[1]:g}"
    return found
