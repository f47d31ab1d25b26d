"""The documentation site: `uv run sphinx-build --fail-on-warning docs site-docs` builds it."""

import sys
from pathlib import Path
from typing import Any

from parity.records.version import __version__

sys.path.insert(0, str(Path(__file__).parent))  # for its modules

project = "keras-torch-parity"
author = "the authors of keras-torch-parity"
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinxarg.ext",
    "sphinx_copybutton",
]
exclude_patterns = ["tour.ipynb"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_prompt_text = "$ "

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = "keras-torch-parity"
html_copy_source = False
html_show_sourcelink = False


def setup(app: Any) -> None:
    from docstrings import as_rst

    def as_written(_app: Any, *about: Any) -> None:
        lines = about[-1]
        lines[:] = as_rst(lines)

    app.connect("autodoc-process-docstring", as_written)
