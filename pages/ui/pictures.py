"""Pictures by URL: ``/pictures/{set}/{image id}?v={change time}``.

The browser names a data set that is open and an image id, never a path.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from core import images
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from pages.ui.roots import allowed

# What every browser decodes to the same pixels as we do; the rest is sent as JPEG.
_MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_MODES = frozenset({"L", "RGB"})
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_QUALITY = 92

_open: dict[str, CocoDataset] = {}
_MOST_OPEN = 16


def url(dataset: CocoDataset, index: int) -> str:
    """Give the URL of an image, and make it known to the route."""
    name = hashlib.sha256(f"{dataset.annotations.resolve()}|{dataset.images_dir}".encode()).hexdigest()[:12]
    _open.pop(name, None)
    _open[name] = dataset
    while len(_open) > _MOST_OPEN:
        _open.pop(next(iter(_open)))
    path = dataset.path(index)
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return f"/pictures/{name}/{dataset.image_ids[index]}?v={changed:x}"


def _picture(request: Request) -> Response:
    dataset = _open.get(request.path_params["dataset"])
    try:
        if dataset is None:
            raise BoxscopeError("this data set is not open")
        return _respond(dataset, dataset.index_of(request.path_params["image"]))
    except BoxscopeError as error:
        return Response(str(error), status_code=404, media_type="text/plain")


def _respond(dataset: CocoDataset, index: int) -> Response:
    path, size = dataset.path(index), dataset.size(index)
    if not allowed(path):
        raise BoxscopeError(f"{dataset.file_names[index]}: outside the folders this app may use")
    header = images.header(path)
    if header.format in _MEDIA and header.mode in _MODES and header.orientation == 1:
        return FileResponse(path, media_type=_MEDIA[header.format], headers=_FOR_EVER)
    data = images.encode_jpeg(images.read(path, size), _QUALITY)
    return Response(data, media_type="image/jpeg", headers=_FOR_EVER)


route = Route("/pictures/{dataset}/{image:int}", _picture)
