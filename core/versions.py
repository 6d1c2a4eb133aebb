"""The packages whose versions matter, and the versions that this process has of them."""

from importlib.metadata import version

# What the bytes of an export depend on: its summary names them.
BYTES = ("numpy", "opencv-contrib-python-headless", "pillow", "pyarrow")

# What the workers of a cluster must have as the command has it: that, and the way to it.
WORKERS = ("distributed", *BYTES, "numba")


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the version of each package that is installed here, by its name."""
    return {name: version(name) for name in packages}
