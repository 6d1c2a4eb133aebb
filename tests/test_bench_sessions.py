"""The benchmark of many sessions: that an answer of another image does not pass for the right one."""

import io

import numpy as np
from PIL import Image

from bench import sessions
from pages.ui.server.tables import pack


def jpeg(image: np.ndarray, width: int) -> bytes:
    file, picture = io.BytesIO(), Image.fromarray(image)
    picture.resize((width, width * picture.height // picture.width)).save(file, "JPEG")
    return file.getvalue()


def test_an_answer_passes_for_its_own_image_alone():
    numbers = (0, 1, 6, 36)  # of colours that differ in one channel
    for shown in numbers:
        image, ((x, y, w, h),) = sessions._picture(shown)
        head = {"truth": [[x, y, x + w, y + h]], "index": shown}
        answers = {
            "picture": jpeg(image, sessions.WIDTH),
            "thumbnail": jpeg(image, 256),
            "proposals": pack(head, np.zeros((1, 7), np.float32)),
            "crop": jpeg(image[y : y + h, x : x + w], 64),
        }
        for kind, data in answers.items():
            belongs = sessions._KINDS[kind][1]
            assert [number for number in numbers if belongs(number, data)] == [shown], kind
