"""The element that shows crops page by page, and the details of one."""

from pathlib import Path
from typing import Any

from core.datasets import CocoDataset
from core.export.gallery import CropFilter
from pages.ui.components.colours import FOR_SCRIPTS
from pages.ui.components.declare import declare
from pages.ui.server import addresses

HERE = Path(__file__).parent

HTML = """
<section class="gallery" aria-label="Crops">
  <header>
    <p class="count" role="status"></p>
    <nav aria-label="Pages">
      <button class="first" aria-label="First page" title="First page (Home)">«</button>
      <button class="back" aria-label="Page before" title="Page before (Page Up)">‹</button>
      <label>page <input type="number" min="1" aria-label="Page"> of <span class="pages"></span></label>
      <button class="on" aria-label="Next page" title="Next page (Page Down)">›</button>
      <button class="last" aria-label="Last page" title="Last page (End)">»</button>
    </nav>
  </header>
  <div class="body">
    <div class="crops" tabindex="0" role="listbox" aria-label="Crops of this page"></div>
    <aside class="details" aria-live="polite"></aside>
  </div>
</section>
"""


_mount = declare(HERE, HTML, {"colours": FOR_SCRIPTS})


def gallery(
    *,
    key: str,
    export: Path,
    crop_filter: CropFilter,
    dataset: CocoDataset | None,
    view: dict[str, str] | None,
    top: int,
) -> None:
    """Draw the crops of an export that pass a filter; paging and details need no run of the script.

    Parameters
    ----------
    key : str
        Key of the element.
    export : Path
        OUT/SPLIT of a finished export.
    crop_filter : CropFilter
    dataset : CocoDataset or None
        The data set of the export, for the picture of a crop; None where it is not known.
    view : dict of str to str, or None
        The parameters of the link to Explore that shows the same proposals; None for no link.
    top : int
        Number of boxes in that view; the link of a crop with a higher rank asks for more.
    """
    data: dict[str, Any] = {
        "key": key,
        "list": addresses.crops(export, crop_filter),
        "crop": addresses.crop(export),
        "facts": addresses.facts(export, dataset),
        "view": view,
        "top": top,
    }
    _mount(key=key, data=data)
