"""A trained crop classifier and its file, which holds values and no code."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.transforms.v2 import functional

from core import parameters
from core.cutting import Cut
from core.errors import BoxscopeError
from core.files import os_reason
from core.sampling.classes import BACKGROUND, Classes
from core.training.networks import make_network

# Of the file; another one once its content changes.
_KIND, _VERSION = "Boxscope crop classifier", 1


@dataclass(frozen=True, eq=False)
class Classifier:
    """A network, with all that is needed to show it the crops of a box as it saw those of its training.

    Attributes
    ----------
    name : str
        Of the network, see :func:`core.training.networks.make_network`.
    network : torch.nn.Module
        From float32 (N, 3, side, side) to logits (N, K).
    classes : Classes
        K of them, those of the export that it learned from.
    cut : Cut
        How that export cut its crops.
    side : int
        Pixels a side to which crops are resized for the network.
    mean, std : tuple of float, one a channel
        By which values from 0 to 1 are normalized.
    """

    name: str
    network: nn.Module
    classes: Classes
    cut: Cut
    side: int
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.25, 0.25, 0.25)

    @classmethod
    def create(cls, name: str, summary: dict[str, Any], side: int, **more: Any) -> "Classifier":
        """Return a classifier with random weights for the crops of an export.

        Parameters
        ----------
        name : str
            Of the network.
        summary : dict
            Content of the export's export.json, see :attr:`core.export.Crops.summary`.
        side : int
        **more
            `mean` and `std`.
        """
        classes = Classes.from_summary(summary)
        names = {spec.name for spec in parameters.parameters(Cut)}
        spelled = {key: text for key, text in summary["settings"]["sampling"].items() if key in names}
        cut = parameters.build(Cut, spelled, owner="cut")
        return cls(name, make_network(name, len(classes.names)), classes, cut, side, **more)

    def prepare(self, crops: Tensor) -> Tensor:
        """Return crops as the network takes them.

        Parameters
        ----------
        crops : uint8 (..., 3, S, S)

        Returns
        -------
        float32 (..., 3, side, side)
        """
        resized = functional.resize(crops, [self.side, self.side], antialias=True)
        scaled = functional.to_dtype(resized, torch.float32, scale=True)
        normal = functional.normalize(scaled, list(self.mean), list(self.std))
        return normal.contiguous(memory_format=torch.channels_last) if normal.ndim == 4 else normal

    @torch.inference_mode()
    def probabilities(self, crops: Tensor) -> Tensor:
        """Return the probability of each class: float32 (N, K).

        Parameters
        ----------
        crops : uint8 (N, 3, S, S)
        """
        self.network.eval()
        return torch.softmax(self.network(self.prepare(crops)), dim=1)

    @property
    def categories(self) -> tuple[int, ...] | None:
        """Category id of each class but the background; None where there are positives alone."""
        if not self.classes.by_category:
            return None
        return tuple(number for number in self.classes.categories[BACKGROUND + 1 :] if number is not None)

    def save(self, path: Path | str) -> None:
        """Write the file that :meth:`load` reads."""
        content = {
            "kind": _KIND,
            "version": _VERSION,
            "network": self.name,
            "classes": self.classes.summary(),
            "cut": parameters.spell(self.cut),
            "side": self.side,
            "mean": list(self.mean),
            "std": list(self.std),
            "weights": self.network.state_dict(),
        }
        torch.save(content, path)

    @classmethod
    def load(cls, path: Path | str) -> "Classifier":
        """Return the classifier of a file.

        The file is read as values alone: torch refuses whatever else a pickle could hold or run.

        Raises
        ------
        BoxscopeError
            It cannot be read, or is no such file.
        """
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except OSError as error:
            raise BoxscopeError(f"cannot be read ({os_reason(error)})", path) from error
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
            raise BoxscopeError(f"is no file of weights and plain values, {_EXPECTED}", path) from error
        if not isinstance(content, dict) or content.get("kind") != _KIND:
            raise BoxscopeError(f"is no crop classifier, {_EXPECTED}", path)
        if content.get("version") != _VERSION:
            raise BoxscopeError(f"got version {content.get('version')}, expected {_VERSION}", path)
        try:
            return cls._of(content)
        except (BoxscopeError, KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise BoxscopeError(f"does not fit together ({reason})", path) from error

    @classmethod
    def _of(cls, content: dict[str, Any]) -> "Classifier":
        classes = Classes.from_summary(content)
        network = make_network(content["network"], len(classes.names))
        network.load_state_dict(content["weights"])
        cut = parameters.build(Cut, content["cut"], owner="cut")
        mean, std = tuple(content["mean"]), tuple(content["std"])
        return cls(content["network"], network, classes, cut, int(content["side"]), mean, std)


_EXPECTED = "expected what core.training.Classifier.save writes, as docs/train.py --save does"
