"""A server for the viewer alone: pictures, proposals and a queue known by hand, and a page around them.

Image 10 (200 x 100) has the boxes and objects below, image 11 no boxes, the picture of 12 does not exist, the
proposer fails on 14, and those from 20 on are many. `shift` moves every box to the right. Image 90 is
large: its tiles are lighter than its screen version, and the tile in column 1, row 1 of level 0 is white.
Image 91 is larger than its screen version, which is darker. Image 92 has 2,000 boxes, 93 has 20,000. On
image 94 is a crowd of missed objects.
"""

import cv2
import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.ui.server.tables import pack

BOXES = np.array(
    [[20, 20, 120, 80], [40, 30, 80, 60], [150, 10, 190, 50], [10, 85, 60, 95], [125, 60, 145, 75]],
    np.float32,
)
IOU = np.array([0.93, 0.7, 0.41, 0.1, 0.55], np.float32)
KIND = np.array([1, 1, -1, 0, 0], np.int8)
MATCH = np.array([0, 0, 1, -1, 0])
STAGES = ["offset 40", "level 3 of HSV, k 150, by fill, texture, size"]
STAGE = np.array([0, 1, 0, 0, 0], np.float32)
TRUTH = [[22, 20, 120, 78], [150, 60, 190, 90]]
NAMES = ["crack 1", "crack 2"]
# Of boxes that were removed: one by NMS for rank 1, and two that are too thin, of which one is given.
REMOVED = np.array([[40, 32, 80, 60, 0, 1, 0.93], [100, 5, 102, 18, 1, -1, 0]], np.float32)
RECORDS = [[[0, float(IOU[0])]], [[2, float(IOU[2])]]]
CROWD = [[x, y, x + 8, y + 8] for x in range(10, 180, 14) for y in range(10, 80, 14)]
QUEUE = [10, 11, 12, 13, 14, *range(20, 60)]
SIZES = {11: (120, 120), 90: (6000, 2000), 91: (3000, 1500), 92: (1000, 600), 93: (1000, 600)}
LEVELS = {11: 90, 13: 200}


def rows_of(image: int, shift: float) -> np.ndarray:
    """The rows of an image's proposals, float32 (N, 7)."""
    if image in (92, 93):
        return many(2_000 if image == 92 else 20_000)
    rows = np.column_stack([BOXES, IOU, KIND, MATCH]).astype(np.float32)
    rows[:, [0, 2]] += shift
    return rows[:0] if image in (11, 94) else rows


def many(count: int) -> np.ndarray:
    random = np.random.default_rng(1)
    corner, side = random.integers(0, [900, 500], (count, 2)), random.integers(8, 100, (count, 2))
    iou = random.random(count)
    return np.column_stack([corner, corner + side, iou, iou >= 0.5, np.zeros(count)]).astype(np.float32)


def proposals(request: Request) -> Response:
    image, asked = request.path_params["image"], request.query_params
    bare = "boxes" in asked
    if image == 14 and not bare:
        return Response("crop 3: got width 0, expected at least 1", 422, media_type="text/plain")
    if "origins" in asked:
        return Response(pack({"names": STAGES}, STAGE[:, None]), media_type="application/octet-stream")
    if "removed" in asked:
        head = {"reasons": ["NMS", "the minimum side"], "counts": [1, 2]}
        return Response(pack(head, REMOVED), media_type="application/octet-stream")
    if "reasons" in asked:
        return Response(pack({"reasons": ["", "shifted"]}, BOXES[:0]), media_type="application/octet-stream")
    rows = rows_of(image, float(asked.get("shift", 0)))[: 0 if bare else None]
    misses = image in (10, 12, 14, 30)
    truth = CROWD if image == 94 else TRUTH if misses else TRUTH[:1]
    names = [f"person {g + 1}" for g in range(len(truth))] if image == 94 else NAMES[: len(truth)]
    whole, (width, height) = f"/pictures/{image}", SIZES.get(image, (200, 100))
    head = {
        "image": str(image),
        "index": 0,
        "name": f"<b>picture {image}.png",
        "width": width,
        "height": height,
        "picture": whole,
        "screen": f"{whole}?side=2048" if image in (90, 91) else whole,
        "tiles": {"url": "/tiles/90/{level}/{column}/{row}", "size": 512, "levels": 2}
        if image == 90
        else None,
        "truth": truth,
        "truthNames": names,
        "crowds": [[60, 5, 80, 15]] if image == 10 else [],
        "records": [RECORDS[g] if len(rows) and image != 94 else [] for g in range(len(truth))],
        "seconds": 0.01,
        "error": None,
    }
    return Response(pack(head, rows), media_type="application/octet-stream")


def grey(width: int, height: int, level: int) -> Response:
    """A flat grey picture."""
    done, png = cv2.imencode(".png", np.full((height, width, 3), level, np.uint8))
    assert done
    return Response(png.tobytes(), media_type="image/png")


def picture(request: Request) -> Response:
    image, side = request.path_params["image"], int(request.query_params.get("side", 0))
    if image == 12:
        return Response("the picture is missing", 404, media_type="text/plain")
    width, height = SIZES.get(image, (200, 100))
    if side:
        return grey(side, side * height // width, 60)
    return grey(width, height, LEVELS.get(image, 160))


def tile(request: Request) -> Response:
    level, column, row = (request.path_params[name] for name in ("level", "column", "row"))
    return grey(512, 512, 255 if (level, column, row) == (0, 1, 1) else 160)


def layer(request: Request) -> Response:
    """White, or as dark as the merges are few."""
    merge = request.query_params.get("merge")
    answer = grey(200, 100, 250 if merge is None else 20 * int(merge))
    answer.headers["X-Description"] = f"merge%20{merge}" if merge else ""
    return answer


def queue(request: Request) -> Response:
    return Response(pack({"images": len(QUEUE), "columns": 0}, np.array(QUEUE, np.int64)))


app = st.App(
    "viewer_page.py",
    routes=[
        Route("/proposals/{image:int}", proposals),
        Route("/pictures/{image:int}", picture),
        Route("/tiles/90/{level:int}/{column:int}/{row:int}", tile),
        Route("/layers/{image:int}/{number:int}", layer),
        Route("/queue", queue),
    ],
)
