"""Dependencies, read from the requirements files, where each stands once; all else is in pyproject.toml."""

import re
from pathlib import Path

from setuptools import setup

TRAINING = ("torch", "torchvision")


def requirements(file: str) -> list[str]:
    """Return the lines of a requirements file without their comments."""
    lines = (
        line.partition("#")[0].strip() for line in Path(__file__).with_name(file).read_text().splitlines()
    )
    return [line for line in lines if line]


def name(requirement: str) -> str:
    """Return the name of the package that a line asks for."""
    return re.split(r"[^\w.-]", requirement)[0]


everything = requirements("requirements.txt")
setup(
    install_requires=[line for line in everything if name(line) not in TRAINING],
    extras_require={
        "train": [line for line in everything if name(line) in TRAINING],
        "cluster": requirements("requirements-cluster.txt"),
    },
)
