"""The index page of a results folder: the comparison itself, in Markdown."""

from typing import Any

import pandas as pd

from parity import tabulate

NOTES = """\
- **What is compared.** Both sides start from the same weights (drawn by Keras, moved by the
  ledger) and see the same batches in the same order; a pair is trained only if its check passes.
  In *lock-step* the two share dropout masks and noise too; in *plain* training (`--plain`) each
  framework has its own loop and its own generator. *How it was run* says which it was. Loss and
  optimizer are those of the two files; the check's gates have found them equal.
- **Losses** are means over samples (for images: over their pixels too). Training figures are
  running means while the weights move, as Keras logs them; test figures are taken after the epoch
  from the predictions of either side, by one definition in NumPy (`parity/metrics.py`).
- **Accuracy** of the classifiers is the share of samples whose most probable class is the label;
  of the auto-encoders the share of pixels on the same side of 0.5 in both images. *Keras's
  accuracy* is what the string `"accuracy"` means to Keras for the same output: for one channel the
  target is not thresholded, for 784 features the places of the brightest pixels are compared.
- **s / epoch** is the median without the first epoch, which holds compilation, or that one where
  there is only one. Each side trains in its own process while the other idles. In lock-step the
  clock holds the making of batches and shared draws, too: time frameworks with `--plain`.
"""


def page(records: list[dict[str, Any]]) -> str:
    """The page for these records."""
    parts = [
        "# Keras and PyTorch, side by side",
        "",
        "Made by `parity compare`; every figure comes from `records/`.",
        "",
        tabulate.markdown(tabulate.displayed(tabulate.rows(records))),
        "",
        "## How the figures are defined",
        "",
        NOTES,
        "## The check that comes before training",
        "",
        "The largest difference between the two models over all layers and values, with the same "
        "weights and inputs, and its multiple of the measured float32 rounding noise "
        "(float64: that noise scaled by 2^-29). The limit is 8x.",
        "",
        tabulate.markdown(_checks(records)),
        "",
        "## Curves",
        "",
    ]
    for record in records:
        if record["runs"]:
            parts += [f"![Loss and accuracy of {record['pair']}]({record['pair']}.png)", ""]
    parts += ["## How it was run", "", *_provenance(records)]
    return "\n".join(parts) + "\n"


def _checks(records: list[dict[str, Any]]) -> pd.DataFrame:
    table = tabulate.checks(records)
    for name in table.columns:
        if name.startswith("max difference"):
            table[name] = table[name].map(lambda value: "" if pd.isna(value) else f"{value:.1e}")
        elif name.startswith("x noise"):
            table[name] = table[name].map(lambda value: "" if pd.isna(value) else f"{value:.1f}")
    return table


def _provenance(records: list[dict[str, Any]]) -> list[str]:
    """One block for all pairs that were run alike."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault("\n".join(_lines(record)), []).append(record)
    parts = []
    for lines, members in groups.items():
        if len(groups) > 1:
            parts.append(f"**{', '.join(record['pair'] for record in members)}**\n")
        parts += [lines, ""]
    return parts


def _lines(record: dict[str, Any]) -> list[str]:
    provenance, data = record["provenance"], record["data"]
    versions = ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())
    machine = provenance["machine"]
    torch_side = provenance["torch_side"]
    keras_side = provenance["keras_side"]
    source = provenance["source"]
    commit = f"`{source['commit'][:12]}`" if source else "an installed package"
    note = f" ({data['data_note']})" if "data_note" in data else ""
    return [
        f"- data: {data['data']}, {data['train']:,} train and {data['test']:,} test images{note}",
        f"- versions: {versions}",
        f"- machine: {machine['processor']}, {machine['cores']} cores, {machine['system']}",
        f"- devices: Keras ({keras_side['keras_backend']}) on {keras_side['keras_device']}, "
        f"torch on {torch_side['device']}, {torch_side['threads']} threads, TF32 off",
        f"- settings: {', '.join(f'{k} {v}' for k, v in provenance['settings'].items())}",
        f"- source: {commit}{', with changes' if source.get('changed') else ''}",
    ]
