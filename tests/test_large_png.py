"""Large PNG, which are decoded in strips: Pillow's pixels, and Pillow's word on what is broken."""

import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image as PILImage

from core import images
from core.images import large_png
from tests.drawn import noise, outcome, save

HEIGHT, WIDTH = 24, 40


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch):
    monkeypatch.setattr(large_png, "_LARGE", 1)
    monkeypatch.setattr(large_png, "_PIECE", 100)
    monkeypatch.setattr(large_png, "_STRIP", 5 * WIDTH)
    monkeypatch.setattr(large_png, "_threads", 2)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(stream, colours=2, around=(b"", b""), interlaced=0):
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, colours, 0, 0, interlaced)
    parts = [chunk(b"IDAT", stream[at : at + 70]) for at in range(0, len(stream), 70)]
    whole = (chunk(b"IHDR", header), around[0], *parts, around[1], chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


def lines(channels, seed=0, filters=range(5)):
    """Return rows of any bytes, which any filter makes pixels."""
    drawn = random.Random(seed)
    rows = [bytes([drawn.choice(filters)]) + drawn.randbytes(WIDTH * channels) for _ in range(HEIGHT)]
    return b"".join(rows)


def decoded(path):
    with PILImage.open(path) as picture:
        return large_png.decoded(picture)


def by_pillow(path):
    with PILImage.open(path) as picture:
        return np.array(picture.convert("RGB"))


@pytest.mark.parametrize(("colours", "channels"), [(0, 1), (2, 3)], ids=["grey", "colour"])
@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), range(5)], ids=str)
def test_every_filter_gives_the_pixels_of_pillow(tmp_path, colours, channels, filters):
    path = tmp_path / "a.png"
    path.write_bytes(png(zlib.compress(lines(channels, filters=filters)), colours))
    assert (decoded(path) == by_pillow(path)).all()
    assert (images.read(path) == by_pillow(path)).all()


def test_chunks_beside_the_pixels_change_nothing(tmp_path):
    path, half = tmp_path / "a.png", struct.pack(">I", 220_000)
    around = chunk(b"gAMA", half) + chunk(b"tRNS", bytes(6)), chunk(b"tEXt", b"a\0b")
    path.write_bytes(png(zlib.compress(lines(3)), around=around))
    assert (decoded(path) == by_pillow(path)).all()


def test_other_kinds_are_left_to_pillow(tmp_path):
    whole = PILImage.fromarray(noise(WIDTH, HEIGHT))
    for mode in ("RGBA", "LA", "P", "1"):
        whole.convert(mode).save(tmp_path / f"{mode}.png")
        assert decoded(tmp_path / f"{mode}.png") is None
    whole.save(tmp_path / "a.tif")
    assert decoded(tmp_path / "a.tif") is None
    (tmp_path / "interlaced.png").write_bytes(png(zlib.compress(lines(3)), interlaced=1))
    assert decoded(tmp_path / "interlaced.png") is None


def test_a_broken_one_is_what_pillow_says_and_nothing_is_printed(tmp_path, monkeypatch, capfd):
    path, drawn, left = tmp_path / "a.png", random.Random(0), 0
    stream = zlib.compress(lines(3))
    plain = lines(3)
    broken = [png(zlib.compress(text)) for text in (plain[:-1], plain + b"\0", b"\5" + plain[1:], b"")]
    broken += [png(part) for part in (stream[:-4], stream[: len(stream) // 2], stream + b"more", b"")]
    broken += [png(stream)[:-cut] for cut in (1, 13, 300)]
    for _ in range(200):
        data = bytearray(png(stream))
        for _ in range(drawn.randint(1, 3)):
            data[drawn.randrange(33, len(data))] ^= 1 << drawn.randrange(8)
        broken.append(bytes(data))
    for data in broken:
        path.write_bytes(data)
        with monkeypatch.context() as without:
            without.setattr(large_png, "_LARGE", 1e9)
            expected, mistake = outcome(lambda: images.read(path))
        ours, its_mistake = outcome(lambda: images.read(path))
        assert its_mistake == mistake
        assert np.array_equal(ours, expected)
        left += bool(mistake)
    assert left > 100
    assert capfd.readouterr() == ("", "")


def test_one_thread_leaves_all_to_pillow(tmp_path, monkeypatch):
    path = save(noise(WIDTH, HEIGHT), tmp_path / "a.png")
    assert decoded(path) is not None
    monkeypatch.setattr(large_png, "_threads", 1)
    assert decoded(path) is None
