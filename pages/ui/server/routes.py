"""The HTTP routes: pictures, tiles, proposals, layers, masks, queues, crops, and the script of charts.

An endpoint is a plain function, so it runs in a thread of its own and no script waits for it. See
:mod:`pages.ui.server.addresses` for the addresses.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from core import images, parameters
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter
from core.errors import BoxscopeError
from core.evaluation import RecallRule
from core.evaluation.evaluation import ALL
from core.export.gallery import CropFilter
from core.files import printable
from core.images import shrink
from core.pipeline import Setup
from pages.ui.server import (
    addresses,
    chart_script,
    covers,
    crop_previews,
    crop_tables,
    lists,
    masks,
    numbers,
    open_datasets,
    open_exports,
    pictures,
    tables,
)
from pages.ui.state import cached, image_ids, queue, setups
from pages.ui.state.refusals import in_words

_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_AN_HOUR = {"Cache-Control": "private, max-age=3600"}
_NEVER = {"Cache-Control": "no-store"}

Endpoint = Callable[[Request], Response]


def _error(error: BoxscopeError, status: int = 404) -> Response:
    return Response(printable(in_words(error)), status_code=status, media_type="text/plain", headers=_NEVER)


def _of_an_image(answer: Callable[[Request, CocoDataset, int], Response], status: int) -> Endpoint:
    """Return the endpoint for the image that a request names: 404 without it, `status` if `answer` fails."""

    @wraps(answer)
    def endpoint(request: Request) -> Response:
        try:
            dataset = open_datasets.find(request.path_params["dataset"])
            index = image_ids.index_of(dataset, request.path_params["image"])
        except BoxscopeError as error:
            return _error(error)
        try:
            return answer(request, dataset, index)
        except BoxscopeError as error:
            return _error(error, status)

    return endpoint


def _caching(request: Request, version: str) -> dict[str, str]:
    """Return headers that cache a request for the present version for ever, others for an hour."""
    return _FOREVER if request.query_params.get("v") == version else _AN_HOUR


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not re.fullmatch(numbers.PATTERN, text):
        raise BoxscopeError(f"got {text[:40]!r}, expected a whole number of at most 15 digits", name)
    return int(text)


def _score(request: Request) -> float | None:
    text = request.query_params.get("least_score")
    try:
        return None if text is None else float(text)
    except ValueError:
        raise BoxscopeError(f"got {text!r:.40}, expected a number", "least_score") from None


def _setup(request: Request) -> Setup:
    query = request.query_params
    return setups.parse({name: text for name, text in query.items() if name not in addresses.NOT_SETUP})


def _named(query: Mapping[str, str], settings: type) -> dict[str, str]:
    """Return the parameters of an address that are those of settings, by name."""
    return {spec.name: query[spec.name] for spec in parameters.parameters(settings) if spec.name in query}


def _picture(request: Request, dataset: CocoDataset, index: int) -> Response:
    side = _number(request, "side")
    if side not in (0, addresses.SCREEN, addresses.THUMBNAIL):
        raise BoxscopeError(f"got {side}, expected {addresses.SCREEN} or {addresses.THUMBNAIL}", "side")
    headers = _caching(request, addresses.picture_version(dataset, index))
    return pictures.picture(dataset, index, side, headers)


def _tile(request: Request, dataset: CocoDataset, index: int) -> Response:
    level, column, row = (request.path_params[name] for name in ("level", "column", "row"))
    headers = _caching(request, addresses.picture_version(dataset, index))
    return pictures.tile(dataset, index, level, column, row, headers)


def _cut(request: Request, dataset: CocoDataset, index: int) -> Response:
    pictures.allowed_path(dataset, index)
    headers = _caching(request, addresses.picture_version(dataset, index))
    return crop_previews.answer(dataset, index, request.query_params, headers)


def _cover(request: Request) -> Response:
    try:
        return pictures.jpeg(covers.thumbnail(request.path_params["token"]), _AN_HOUR)
    except BoxscopeError as error:
        return _error(error)


def _proposals(request: Request, dataset: CocoDataset, index: int) -> Response:
    pictures.allowed_path(dataset, index)
    setup, query = _setup(request), request.query_params
    if query.get("boxes") == "0":
        answer = tables.without_boxes(dataset, index, setup)
    elif query.get("origins") == "1":
        answer = tables.origins(cached.result(dataset, index, setup).proposals)
    elif query.get("removed") == "1":
        answer = tables.removed(cached.removed(dataset, index, setup))
    elif query.get("reasons") == "1":
        recall = parameters.build(RecallRule, _named(query, RecallRule), owner="recall")
        budget = _number(request, "shown") or ALL
        answer = tables.reasons(cached.reasons(dataset, index, setup, recall.recall_iou, budget))
    else:
        answer = tables.proposals(dataset, index, setup, cached.result(dataset, index, setup))
    return Response(answer, media_type=tables.MEDIA, headers=_AN_HOUR)


def _layer(request: Request, dataset: CocoDataset, index: int) -> Response:
    pictures.allowed_path(dataset, index)
    number = request.path_params["number"]
    steps = cached.stages(dataset, index, _setup(request))
    if number >= len(steps):
        raise BoxscopeError(f"there are {len(steps)}", f"layer {number}")
    step, merge = steps[number], _number(request, "merge")
    if merge > step.merges:
        raise BoxscopeError(f"got {merge}, expected 0 to {step.merges}", "merge")
    drawn = step.at(merge)
    if drawn is None:
        raise BoxscopeError(f"{step.name} has no picture", f"layer {number}")
    data = images.encode_png(shrink(drawn, cached.LAYER_SIDE))
    headers = {**_AN_HOUR, "X-Description": quote(step.describe(merge))}
    return Response(data, media_type="image/png", headers=headers)


def _mask(request: Request, dataset: CocoDataset, index: int) -> Response:
    pictures.allowed_path(dataset, index)
    headers = _caching(request, addresses.dataset_version(dataset))
    return Response(masks.layer(dataset, index), media_type="image/png", headers=headers)


def _queue(request: Request) -> Response:
    try:
        dataset = open_datasets.find(request.path_params["dataset"])
        query = request.query_params
        wanted = ImageFilter(*(query.get(name, "") for name in ("find", "objects", "category")))
        wanted = wanted._replace(objects=wanted.objects or ImageFilter().objects)
        measured = _number(request, "measured")
        setup = dataclasses.replace(_setup(request), top=_number(request, "shown"))
        recall = parameters.build(RecallRule, _named(query, RecallRule), owner="recall")
        criteria = queue.Criteria(setup, recall, _score(request))
        order = queue.Order(
            query.get("by", queue.FILE), query.get("missed") == "1", query.get("false") == "1"
        )
        indices = queue.ordered(dataset, wanted, order, criteria, measured)
        known = false = None
        if query.get("counts") == "1":
            known = queue.coverages(dataset, indices, criteria, measured, order)
            if order.counts_false:
                false = queue.false_positives(dataset, indices, criteria, measured)
    except BoxscopeError as error:
        return _error(error)
    headers = _caching(request, addresses.dataset_version(dataset))
    answer = tables.queue(dataset, indices, known, false)
    return Response(answer, media_type=tables.MEDIA, headers=headers)


def _list(request: Request) -> Response:
    try:
        dataset = open_datasets.find(request.path_params["dataset"])
        listed = lists.find(request.path_params["list"])
    except BoxscopeError as error:
        return _error(error)
    headers = _caching(request, addresses.dataset_version(dataset))
    return Response(tables.image_list(dataset, *listed), media_type=tables.MEDIA, headers=headers)


def _of_an_export(answer: Callable[[Request, Path], Response]) -> Endpoint:
    """Return the endpoint for the export that a request names: 404 without it, or where `answer` fails."""

    @wraps(answer)
    def endpoint(request: Request) -> Response:
        try:
            return answer(request, open_exports.find(request.path_params["export"]))
        except BoxscopeError as error:
            return _error(error)

    return endpoint


def _crops(request: Request, export: Path) -> Response:
    texts = {name: text for name, text in request.query_params.items() if name not in ("v", "page")}
    crop_filter = parameters.build(CropFilter, texts, owner="crops")
    answer = crop_tables.page(
        open_exports.gallery(export), open_exports.select(export, crop_filter), _number(request, "page")
    )
    return JSONResponse(answer, headers=_caching(request, addresses.export_version(export)))


def _crop(request: Request, export: Path) -> Response:
    data = open_exports.gallery(export).data(request.path_params["row"])
    headers = _caching(request, addresses.export_version(export))
    return Response(data, media_type=crop_tables.media(data), headers=headers)


def _facts(request: Request, export: Path) -> Response:
    try:
        dataset = open_datasets.find(request.query_params.get("dataset", ""))
    except BoxscopeError:
        dataset = None
    answer = crop_tables.facts(open_exports.gallery(export), request.path_params["row"], dataset)
    return JSONResponse(answer, headers=_NEVER)


def _manifest(request: Request, export: Path) -> Response:
    path = export / "manifest.parquet"
    if not path.is_file():
        raise BoxscopeError("no such file", path)
    name = f"{export.parent.name}-{export.name}-manifest.parquet"
    return FileResponse(path, filename=name, media_type="application/vnd.apache.parquet", headers=_NEVER)


def _chart_script(request: Request) -> Response:
    # Named, so that Streamlit does not compress it at each request; its own scripts it leaves as they are.
    headers = {**_caching(request, chart_script.installed()), "Content-Encoding": "identity"}
    return Response(chart_script.script(), media_type="text/javascript", headers=headers)


routes = [
    Route("/charts/plotly.js", _chart_script),
    Route("/pictures/{dataset}/{image}", _of_an_image(_picture, 404)),
    Route(
        "/tiles/{dataset}/{image}/{level:number}/{column:number}/{row:number}",
        _of_an_image(_tile, 404),
    ),
    Route("/cuts/{dataset}/{image}", _of_an_image(_cut, 422)),
    Route("/covers/{token}", _cover),
    Route("/proposals/{dataset}/{image}", _of_an_image(_proposals, 422)),
    Route("/layers/{dataset}/{image}/{number:number}", _of_an_image(_layer, 422)),
    Route("/masks/{dataset}/{image}", _of_an_image(_mask, 422)),
    Route("/queue/{dataset}", _queue),
    Route("/lists/{dataset}/{list}", _list),
    Route("/crops/{export}", _of_an_export(_crops)),
    Route("/crops/{export}/manifest.parquet", _of_an_export(_manifest)),
    Route("/crops/{export}/{row:number}", _of_an_export(_crop)),
    Route("/crops/{export}/{row:number}/facts", _of_an_export(_facts)),
]


def _unknown(request: Request) -> Response:
    return _error(BoxscopeError("Not Found", request.url.path[:200]))


# Streamlit answers every address that no route matches with its page, and 200.
routes += [
    Route(path, _unknown)
    for prefix in dict.fromkeys(route.path.split("/")[1] for route in routes)
    for path in (f"/{prefix}", f"/{prefix}/{{rest:path}}")
]


def routes_below(path: str) -> list[Route]:
    """Return the routes below a path, that of ``server.baseUrlPath``; empty for none."""
    base = path.strip("/")
    if not base:
        return routes
    return [Route(f"/{base}{route.path}", route.endpoint) for route in routes]
