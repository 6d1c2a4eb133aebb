"""What is chosen, as one frozen object, and its spelling in the URL."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import parameters
from core.errors import BoxscopeError
from core.export import DEFAULT_FORMAT, FORMATS
from core.export.config import SHARD_IMAGES
from core.export.gallery import Wish
from core.pipeline import Setup
from core.sampling import Sampling

# Boxes stop being readable beyond some 200.
TOP = 100

QUEUES = ("file", "worst")
VIEWS = ("design", "jobs", "browse")

PLAIN = {
    "dataset": os.environ.get("BOXSCOPE_DATASET") or "sample",
    "split": "",
    "image": "",
    "box": "",
    "find": "",
    "queue": QUEUES[0],
    "out": "proposals",
    "view": VIEWS[0],
    "format": DEFAULT_FORMAT,
    "browse": "",
}
SWITCHES = ("stages", "export_top")
_WORDS = {"queue": QUEUES, "view": VIEWS, "format": tuple(FORMATS)}
# Before the names of a wish, which a setup has too.
_CROPS = "crops."
_ALWAYS = ("dataset", "split", "image", "proposer")


@dataclass(frozen=True)
class Choice:
    """Everything a view depends on.

    Attributes
    ----------
    dataset : str
        Folder, as opened.
    split : str
        Name of its annotation file, empty for the first.
    image : str
        Image id, empty for the first.
    box : str
        Rank of the proposal that a link leads to, empty for none.
    find : str
        What the names in the list of images must contain.
    queue : str
        In which order the images come: one of ``QUEUES``.
    out : str
        Folder for exports.
    view : str
        What the page Export shows: one of ``VIEWS``.
    format : str
        How an export lies on disk: one of ``FORMATS``.
    browse : str
        Folder of the finished export that is looked through, empty for one that is at hand.
    stages : bool
        Whether the proposer's steps are shown.
    export_top : bool
        Whether an export takes only the proposals that Explore shows.
    shard_images : int
        Images in a shard of an export.
    setup : Setup
    sampling : Sampling
    wish : Wish
        Which of its crops are shown.
    """

    dataset: str = PLAIN["dataset"]
    split: str = PLAIN["split"]
    image: str = PLAIN["image"]
    box: str = PLAIN["box"]
    find: str = PLAIN["find"]
    queue: str = PLAIN["queue"]
    out: str = PLAIN["out"]
    view: str = PLAIN["view"]
    format: str = PLAIN["format"]
    browse: str = PLAIN["browse"]
    stages: bool = False
    export_top: bool = False
    shard_images: int = SHARD_IMAGES
    setup: Setup = dataclasses.field(default_factory=lambda: Setup(top=TOP))
    sampling: Sampling = dataclasses.field(default_factory=Sampling)
    wish: Wish = dataclasses.field(default_factory=Wish)

    @property
    def export_setup(self) -> Setup:
        """The setup that an export runs with: every proposal, unless only the top ones are wanted."""
        return self.setup if self.export_top else dataclasses.replace(self.setup, top=0)

    @property
    def export_shards(self) -> int:
        """Images in a shard: as chosen where the format has shards that one sees, else as ever."""
        return self.shard_images if FORMATS[self.format].sharded else SHARD_IMAGES

    def spell(self) -> dict[str, str]:
        """Spell the choice for the URL: what names the view, and what is not as it is by default."""
        plain = Choice(setup=Setup(parameters.plain(self.setup.proposer), top=TOP))._texts()
        return {
            name: text
            for name, text in self._texts().items()
            if text and (name in _ALWAYS or text != plain[name])
        }

    def _texts(self) -> dict[str, str]:
        plain = {name: getattr(self, name) for name in PLAIN}
        switches = {name: str(getattr(self, name)).lower() for name in SWITCHES}
        shards = {"shard_images": str(self.shard_images)}
        crops = {f"{_CROPS}{name}": text for name, text in parameters.spell(self.wish).items()}
        settings = {**self.setup.spell(), **parameters.spell(self.sampling)}
        return {**plain, **switches, **shards, **settings, **crops}

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> "Choice":
        """Read a choice from a URL; what is not named keeps its default.

        Raises
        ------
        BoxscopeError
            A name that nothing has, or a value that does not fit.
        """
        rest = dict(texts)
        plain: dict[str, Any] = {name: rest.pop(name) for name in PLAIN if name in rest}
        for name, words in _WORDS.items():
            if plain.get(name, PLAIN[name]) not in words:
                raise BoxscopeError(f"got {plain[name]!r}, expected one of {', '.join(words)}", name)
        if not (plain.get("box") or "0").isdecimal():
            raise BoxscopeError(f"got {plain['box']!r}, expected a rank", "box")
        plain |= {name: rest.pop(name) == "true" for name in SWITCHES if name in rest}
        plain["shard_images"] = _count("shard_images", rest.pop("shard_images", str(SHARD_IMAGES)))
        crops = {name.removeprefix(_CROPS): rest.pop(name) for name in list(rest) if name.startswith(_CROPS)}
        plain["wish"] = parameters.build(Wish, crops, owner="crops")
        names = {spec.name for spec in parameters.parameters(Sampling)} & rest.keys()
        sampling = parameters.build(Sampling, {name: rest.pop(name) for name in names}, owner="sampling")
        setup = Setup.parse({"top": str(TOP), **rest})
        return cls(**plain, setup=setup, sampling=sampling)


def _count(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BoxscopeError(f"got {text!r}, expected a whole number, at least 1", name)
    return int(text)
