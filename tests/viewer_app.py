"""A page with the viewer and nothing else: two flat grey pictures and boxes known by hand.

Image 0 (200 x 100) has the boxes and objects below and the slider cuts the boxes to the top ones. Image 1 has
no boxes, the picture of image 2 does not exist, that of image 3 comes when the test lets it come.
"""

import base64

import cv2
import numpy as np
import streamlit as st

from pages.ui.viewer import viewer

BOXES = np.array(
    [[20, 20, 120, 80], [40, 30, 80, 60], [150, 10, 190, 50], [10, 85, 60, 95], [125, 60, 145, 75]],
    np.float32,
)
IOU = np.array([0.93, 0.7, 0.41, 0.1, 0.55], np.float32)
KIND = np.array([1, 1, -1, 0, 0], np.int8)
MATCH = np.array([0, 0, 1, -1, 0])
TRUTH = np.array([[22, 20, 120, 78], [150, 60, 190, 90]], np.float32)


def grey(width: int, height: int, level: int) -> str:
    """URL of a flat grey picture."""
    done, png = cv2.imencode(".png", np.full((height, width, 3), level, np.uint8))
    assert done
    return "data:image/png;base64," + base64.b64encode(png).decode()


st.set_page_config(layout="wide")
image = st.radio("image", [0, 1, 2, 3], horizontal=True)
count = st.slider("count", 0, 5, 5)
if st.checkbox("notice"):
    st.info("A notice above the viewer")
picture = {0: grey(200, 100, 160), 1: grey(120, 120, 90), 2: "/no-such.png", 3: "/slow.png"}[image]
size = (120, 120) if image == 1 else (200, 100)
top = 0 if image == 1 else count
with st.columns(1)[0]:  # Streamlit mounts what is in a block anew when the block moves
    seen = viewer(
        key="viewer",
        image_id=10 + image,
        index=image,
        name=f"<b>picture {image}</b>.png",
        picture=picture,
        width=size[0],
        height=size[1],
        boxes=BOXES[:top],
        iou=IOU[:top],
        kind=KIND[:top],
        match=MATCH[:top],
        truth=TRUTH,
        found=np.array([True, False]),
        truth_names=["crack 1", "crack 2"],
    )
st.text(f"rank: {seen.picked}")
