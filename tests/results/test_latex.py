"""Tables for a paper compile, fit the page, and are referred to by their labels."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from parity.results import read
from parity.results.tables import all_tables, latex
from parity.results.tables.latex import WIDE
from parity.results.tables.text import Table

RESULTS = Path(__file__).parents[2] / "results"
DOCUMENT = r"""
\documentclass[a4paper,11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[margin=2.5cm]{geometry}
\usepackage{booktabs}
\begin{document}
%s
\end{document}
"""


def wide(columns: int) -> Table:
    text = pd.DataFrame(
        {"pair": ["simple_ae"], **{f"figure {n}": ["1.0 ± 0.1"] for n in range(columns)}}
    )
    return Table("checks", text, text, 1)


def test_a_table_has_a_caption_a_label_and_rules() -> None:
    made = latex(wide(2))
    for part in (r"\caption{", r"\label{tab:checks}", r"\toprule", r"simple\_ae", r"$\pm$"):
        assert part in made


def test_a_wide_table_is_split_and_its_names_repeated() -> None:
    made = latex(wide(20))
    assert made.count(r"\begin{table}") == made.count(r"simple\_ae") > 1
    assert r"\label{tab:checks-2}" in made
    assert all(f"figure {n} " in made for n in range(20))
    assert max(len(line) for line in made.splitlines() if "figure" in line) < 2 * WIDE


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_the_committed_tables_compile_and_fit_the_page(tmp_path: Path) -> None:
    body = "\n".join(latex(table) for table in all_tables(read.require(RESULTS)))
    (tmp_path / "tables.tex").write_text(DOCUMENT % body, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, encoding="latin-1", check=False
    )
    assert ran.returncode == 0, ran.stdout[-2000:]
    too_wide = [float(pt) for pt in re.findall(r"Overfull \\hbox \((\d+\.\d+)pt", ran.stdout)]
    assert max(too_wide, default=0) < 1
