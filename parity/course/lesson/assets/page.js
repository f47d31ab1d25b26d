// What needs a script: twins that light up, predictions that are answered, entries that are filtered.
"use strict";

document.documentElement.classList.add("scripted");

// --- Twins ---
// A layer under the pointer or the focus lights up on both sides, and its facts are shown. A click
// keeps them; Escape, or a click on it again, lets them go.
const panel = document.querySelector(".facts");
let kept = "";

function light(layer) {
  for (const one of document.querySelectorAll("[data-layer].lit")) one.classList.remove("lit");
  if (!layer) {
    panel.hidden = true;
    panel.replaceChildren();
    return;
  }
  for (const one of document.querySelectorAll(`[data-layer="${CSS.escape(layer)}"]`)) {
    if (!one.matches("form")) one.classList.add("lit");
  }
  const row = document.getElementById(`layer-${layer}`);
  const list = document.createElement("dl");
  for (const cell of row.querySelectorAll("[data-label]")) {
    const pair = document.createElement("div");
    const term = document.createElement("dt");
    const said = document.createElement("dd");
    term.textContent = cell.dataset.label;
    said.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
    pair.append(term, said);
    list.append(pair);
  }
  panel.replaceChildren(list);
  panel.hidden = false;
}

function layerAt(target) {
  const found = target instanceof Element && target.closest(".layer");
  return found ? found.dataset.layer : "";
}

if (panel) {
  for (const name of ["mouseover", "focusin"]) {
    document.addEventListener(name, (event) => {
      const layer = layerAt(event.target);
      if (layer) light(layer);
    });
  }
  for (const name of ["mouseout", "focusout"]) {
    document.addEventListener(name, (event) => {
      if (layerAt(event.target)) light(layerAt(document.activeElement) || kept);
    });
  }
  document.addEventListener("click", (event) => {
    const layer = layerAt(event.target);
    if (!layer) return;
    event.preventDefault();
    kept = kept === layer ? "" : layer;
    light(layer);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    kept = "";
    light("");
  });
}

// --- Predictions ---
for (const form of document.querySelectorAll("form.predict")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const gate = given.get("gate") === form.dataset.gate;
    const layer = given.get("layer") === form.dataset.layer;
    const answer = form.querySelector(".answer");
    answer.className = `answer ${gate && layer ? "right" : "wrong"}`;
    if (gate && layer) answer.textContent = "✓ Right, both gate and layer.";
    else if (gate) answer.textContent = "✗ The gate is right, the layer is not.";
    else if (layer) answer.textContent = "✗ The layer is right, the gate is not.";
    else answer.textContent = "✗ Neither, yet. The hint may help.";
  });
}

// --- Filter ---
const filter = document.querySelector("form.filter");
if (filter) {
  const field = filter.querySelector("input");
  const count = filter.querySelector("output");
  const entries = [...document.querySelectorAll(".entry")];
  const texts = new Map(entries.map((entry) => [entry, entry.textContent.toLowerCase()]));

  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [entry, text] of texts) entry.hidden = !words.every((word) => text.includes(word));
    for (const area of document.querySelectorAll(".area")) {
      area.hidden = !area.querySelector(".entry:not([hidden])");
    }
    for (const line of document.querySelectorAll("[data-entry]")) {
      line.hidden = document.getElementById(line.dataset.entry).hidden;
    }
    const left = entries.filter((entry) => !entry.hidden).length;
    count.textContent = words.length ? `${left} of ${entries.length}` : "";
  };

  filter.hidden = false;
  filter.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", apply);
  // A link to a hidden entry shows all again.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest("[hidden]")) return;
    field.value = "";
    apply();
    target.scrollIntoView();
  });
}
