// A row under the pointer or the focus lights up in the plot, the graph and the table, and its
// facts are shown. Without a script the table has them.
"use strict";

document.documentElement.classList.add("scripted");

const panel = document.querySelector(".facts");
const graph = document.querySelector(".graph");
const links = [...document.querySelectorAll("a.between")];

function light(row) {
  for (const one of document.querySelectorAll("[data-row].lit")) one.classList.remove("lit");
  for (const one of document.querySelectorAll(`[data-row="${row}"]`)) one.classList.add("lit");
  const facts = document.getElementById(`facts-${row}`);
  panel.querySelector(".facts-body").replaceChildren(facts.content.cloneNode(true));
}

// Where the panel covers a part of the page, it is opened by a click or the focus, and closed again.
// What was chosen stays in sight above it.
function open(row, chosen) {
  light(row);
  panel.classList.add("open");
  if (getComputedStyle(panel).position !== "fixed") return;
  const covered = chosen.getBoundingClientRect().bottom - panel.getBoundingClientRect().top;
  if (covered > 0) window.scrollBy(0, covered + 8);
}

function close() {
  panel.classList.remove("open");
}

function rowAt(target) {
  const found = target instanceof Element && target.closest("[data-row]");
  return found ? found.dataset.row : "";
}

// One row of the graph is in the order of the Tab key; arrows move on from it.
function choose(link) {
  for (const one of links) one.tabIndex = one === link ? 0 : -1;
}

function show(row) {
  const rung = document.getElementById(`layer-${row}`);
  graph.scrollTop = rung.offsetTop - (graph.clientHeight - rung.offsetHeight) / 2;
  choose(rung.querySelector("a.between"));
}

if (graph) {
  const first = graph.querySelector("li.first") || graph.querySelector("li");
  show(first.dataset.row);
  const plot = document.querySelector(".plot .scroll");
  const mark = document.querySelector(`.hit[data-row="${first.dataset.row}"]`);
  if (mark) plot.scrollLeft += mark.getBoundingClientRect().x - plot.clientWidth / 2;
  if (first.classList.contains("first")) light(first.dataset.row);

  document.addEventListener("mouseover", (event) => {
    const row = rowAt(event.target);
    if (row) light(row);
  });
  graph.addEventListener("focusin", (event) => {
    if (!links.includes(event.target)) return;
    choose(event.target);
    open(rowAt(event.target), event.target);
  });
  graph.addEventListener("keydown", (event) => {
    const at = links.indexOf(document.activeElement);
    const last = links.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    if (at < 0 || to === undefined || to < 0 || to > last) return;
    event.preventDefault();
    links[to].focus();
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    const go = target.closest("[data-go]");
    if (go) {
      show(go.dataset.go);
      light(go.dataset.go);
      return;
    }
    const row = rowAt(target);
    if (!row) return;
    if (target.closest("a.between")) event.preventDefault();
    if (target.matches(".hit")) show(row);
    open(row, target.closest("[data-row]"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  panel.querySelector(".close").addEventListener("click", close);
}

// On paper everything is unfolded.
window.addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
});
