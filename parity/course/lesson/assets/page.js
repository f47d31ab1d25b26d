// What needs a script: twins that light up, predictions that are answered and kept, entries that are
// filtered. All words stand in the page, in its language.
"use strict";

document.documentElement.classList.add("scripted");

// Where the contents stand above the page rather than beside it, they are closed at first.
if (window.matchMedia("(max-width: 52rem)").matches) {
  document.querySelector(".contents > details")?.removeAttribute("open");
}

// --- Twins ---
// A layer under the pointer or the focus lights up on both sides, and its facts are shown. A click
// keeps them; Escape, the panel's button, or a click on it again lets them go.
const panel = document.querySelector(".facts");
let kept = "";
let shown = null; // the element whose layer's facts are shown

function light(layer) {
  for (const one of document.querySelectorAll("[data-layer].lit")) one.classList.remove("lit");
  if (!layer) {
    panel.hidden = true;
    panel.querySelector("dl").replaceChildren();
    return;
  }
  for (const one of document.querySelectorAll(`[data-layer="${CSS.escape(layer)}"]`)) {
    one.classList.add("lit");
  }
  const facts = [];
  for (const cell of document.getElementById(`layer-${layer}`).querySelectorAll("[data-label]")) {
    const pair = document.createElement("div");
    const term = document.createElement("dt");
    const said = document.createElement("dd");
    term.textContent = cell.dataset.label;
    said.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
    pair.append(term, said);
    facts.push(pair);
  }
  panel.querySelector("dl").replaceChildren(...facts);
  panel.hidden = false;
}

function letGo() {
  kept = "";
  light("");
}

function layerAt(target) {
  const found = target instanceof Element && target.closest(".layer");
  if (found) shown = found;
  return found ? found.dataset.layer : "";
}

function toTwin() {
  const side = shown.closest(".torch-side") ? ".keras-side" : ".torch-side";
  const layer = shown.dataset.layer;
  const twin = document.querySelector(`${side} [data-layer="${CSS.escape(layer)}"]`);
  if (!twin) return;
  shown = twin;
  kept = layer;
  twin.scrollIntoView({ block: "center" });
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
      if (panel.contains(event.relatedTarget)) return;
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
    if (event.key === "Escape") letGo();
  });
  panel.querySelector(".close").addEventListener("click", letGo);
  panel.querySelector(".twin").addEventListener("click", toTwin);
}

// --- Predictions ---
// What was solved is kept in the browser: "pair/number" of each. Some browsers keep nothing for files.
const KEY = "parity-solved";

function solved() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY) || "[]"));
  } catch {
    return new Set();
  }
}

function keep(name) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...solved().add(name)]));
  } catch {
    // Then it is known for as long as the page is open.
  }
}

function showProgress() {
  const names = [...solved()];
  for (const one of document.querySelectorAll(".solved[data-said]")) {
    const count = names.filter((name) => name.startsWith(`${one.dataset.pair}/`)).length;
    one.textContent = one.dataset.said.replace("{count}", count);
    one.hidden = !count;
  }
  for (const form of document.querySelectorAll("form.predict")) {
    if (names.includes(`${form.dataset.pair}/${form.dataset.number}`)) done(form);
  }
}

function done(form) {
  form.closest(".exercise").classList.add("done");
  form.querySelector(".next").hidden = false;
}

for (const form of document.querySelectorAll("form.predict")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = [form.querySelector("input:checked"), form.querySelector("select").selectedOptions[0]];
    const said = chosen.map((choice) => {
      const line = document.createElement("p");
      const isRight = "right" in choice.dataset;
      line.className = isRight ? "right" : "wrong";
      line.textContent = `${isRight ? "✓" : "✗"} ${choice.dataset.answer}`;
      return line;
    });
    form.querySelector(".answer").replaceChildren(...said);
    if (!chosen.every((choice) => "right" in choice.dataset)) return;
    keep(`${form.dataset.pair}/${form.dataset.number}`);
    done(form);
    showProgress();
  });
}
showProgress();

// --- Paper ---
// Solutions go to a sheet of their own behind the exercises, and come back after printing.
const solutions = [...document.querySelectorAll(".solution")];
let sheet = null;

window.addEventListener("beforeprint", () => {
  if (!solutions.length) return;
  sheet = document.createElement("section");
  sheet.className = "sheet";
  for (const one of solutions) {
    const title = one.closest(".exercise").querySelector("h3").cloneNode(true);
    title.removeAttribute("id");
    const place = document.createComment("solution");
    one.before(place);
    one.place = place;
    sheet.append(title, one);
  }
  document.querySelector("main").append(sheet);
});

window.addEventListener("afterprint", () => {
  if (!sheet) return;
  for (const one of solutions) one.place.replaceWith(one);
  sheet.remove();
  sheet = null;
});

// --- Filter ---
// With words in the field the entries that have them are listed, those first whose title has them.
const filter = document.querySelector("form.filter");
if (filter) {
  const field = filter.querySelector("input");
  const count = filter.querySelector("output");
  const entries = [...document.querySelectorAll(".entry")];
  const hits = document.querySelector(".hits");
  const areas = document.querySelector(".areas");

  const has = (text, words) => words.every((word) => text.toLowerCase().includes(word));

  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? entries.filter((entry) => has(entry.dataset.words, words)) : [];
    const first = found.filter((entry) => has(entry.textContent, words));
    const ordered = [...first, ...found.filter((entry) => !first.includes(entry))];
    hits.replaceChildren(
      ...ordered.map((entry) => {
        const line = document.createElement("li");
        const area = document.createElement("span");
        area.className = "kind";
        area.textContent = entry.closest(".area").querySelector("a").textContent;
        line.append(entry.querySelector("a").cloneNode(true), " ", area);
        return line;
      }),
    );
    hits.hidden = !found.length;
    areas.hidden = words.length > 0;
    const said = count.dataset.said.replace("{count}", found.length).replace("{all}", entries.length);
    count.textContent = words.length ? said : "";
  };

  filter.hidden = false;
  filter.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", apply);
}
