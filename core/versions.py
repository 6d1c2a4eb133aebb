"""The packages whose versions are recorded and compared, and their installed versions."""

from importlib.metadata import version

# The bytes of an export depend on these: its summary records their versions.
BYTES = ("numpy", "opencv-contrib-python-headless", "pillow", "pyarrow")

# The workers of a cluster must have the same versions of these as the process that submits tasks.
WORKERS = ("distributed", *BYTES, "numba")


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the installed version of each package, by name."""
    return {name: version(name) for name in packages}
