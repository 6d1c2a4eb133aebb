"""Numbers in words."""


def counted(number: int, thing: str) -> str:
    """Return a number of things as a person says it: ``1 crop``, ``2,000 crops``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def size(count: float) -> str:
    """Return a number of bytes as a person reads it, as ``1.2 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """Return a time as a person reads it, as ``3 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
