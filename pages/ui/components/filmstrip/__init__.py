"""The strip of thumbnails under a picture: a queue of images, of which only the visible ones are drawn."""

from collections.abc import Callable
from pathlib import Path

from pages.ui.components.declare import declare
from pages.ui.components.messages import dated

HERE = Path(__file__).parent

HTML = """
<div class="filmstrip" tabindex="0" role="listbox" aria-label="Images" aria-orientation="horizontal">
  <div class="track"></div>
  <p class="notice" role="status" hidden></p>
</div>
"""

_mount = declare(HERE, HTML)


def filmstrip(
    *, key: str, queue: str, thumbnails: str, image: str, index: int, on_image: Callable[[], None]
) -> None:
    """Draw the images of a queue; a click opens one.

    It moves the viewer of the page by the event in the browser (``boxscope:go``) and follows it
    (``boxscope:image``), both without a run of the script. Where no viewer listens it sends the move to
    Python, as state ``image`` with the image's ``id``.

    Parameters
    ----------
    key : str
        Key of the element.
    queue : str
        Address of the queue with its counts, see :func:`pages.ui.server.addresses.queue`.
    thumbnails : str
        Address of a thumbnail, with ``{image}`` where the id goes.
    image : str
        Id of the image that is shown.
    index : int
        Its position in the queue.
    on_image : callable
        Called before the script when the user chose another image in the strip.
    """
    _mount(
        key=key,
        data=dated(key, queue=queue, thumbnails=thumbnails, image=image, index=index),
        on_image_change=on_image,
    )
