"""A page with the viewer and nothing else.

`?image=` opens another image, `?box=` leads to a rank, `?display=` to a view, `?two` shows two viewers,
`?lost` has no queue; the button gives a viewer that knows nothing, quicker than loading the page anew.
"""

import streamlit as st

from pages.ui.components.viewer import Layer, display_of, image_of, top_of, viewer

st.set_page_config(layout="wide")
asked = st.query_params
state = st.session_state
state.setdefault("image", asked.get("image", "10"))
state.setdefault("top", 0)
state.setdefault("run", 0)


# What an old viewer says after "fresh" is not of the new one: each callback knows its run.
def follow(run: int = state["run"]) -> None:
    if run == state["run"]:
        state["image"] = image_of(key)


def ask() -> None:
    state["image"] = str(state["asked"])


def cut(run: int = state["run"]) -> None:
    if run == state["run"]:
        state["top"] = top_of(key)


def see(run: int = state["run"]) -> None:
    if run == state["run"]:
        asked["display"] = display_of(key)


def begin() -> None:
    asked["display"] = ""
    state.update(image="10", top=0, run=state["run"] + 1)


key = f"viewer {state['run']}"
st.button("fresh", on_click=begin)
# Not the image itself: a run cut short does not tell the field, whose old number then comes back as new.
st.number_input("image", key="asked", step=1, on_change=ask)
shift = st.slider("shift", 0, 50, 0, key=f"shift {key}")
if st.checkbox("notice", key=f"notice {key}"):
    st.info("A notice above the viewer")
columns = st.columns(2 if "two" in asked else 1)
with columns[0]:  # Streamlit mounts what is in a block anew when the block moves
    seen = viewer(
        key=key,
        image=state["image"],
        proposals=f"/proposals/{{image}}?shift={shift}&order=score",
        queue="/no-queue" if "lost" in asked else "/queue",
        top=state["top"],
        selected=int(asked["box"]) if "box" in asked else None,
        layers=[Layer("mask", "/layers/{image}/0?v=1"), Layer("merging", "/layers/{image}/1?v=1", merges=12)],
        mask="/layers/{image}/1?v=1&merge=5",
        group="both" if "two" in asked else None,
        on_image=follow,
        on_top=cut,
        display=asked.get("display", ""),
        on_display=see,
    )
if "two" in asked:
    with columns[1]:
        viewer(key="other", image=state["image"], proposals="/proposals/{image}?shift=5", group="both")
st.text(f"run: {state['run']}")
st.text(f"image: {state['image']}, top: {state['top']}")
st.text(f"picked: {seen.picked and [round(number) for number in seen.picked]}")
