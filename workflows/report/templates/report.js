"use strict";
// Figures with switches, the selector of structures, and what printing needs.

// Cells with so few atoms are shown repeated at first.
const FEW_ATOMS = 24;
// Width of a figure on paper, two of which stand side by side on A4, in pixels of CSS.
const HALF_A_SHEET = 325;

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const make = (tag, text = "") => Object.assign(document.createElement(tag), { textContent: text });

// Nothing that uploads a figure: its data stay in the page.
const CHART_BUTTONS = [["zoom2d", "pan2d", "resetScale2d", "toImage"]];

/** Draw a figure; the buttons above it show and hide the lines of one entry each. */
function drawFigure(plot, figure) {
  Plotly.newPlot(plot, figure.data, figure.layout, {
    responsive: true, displaylogo: false, modeBarButtons: CHART_BUTTONS,
  });
  for (const button of plot.parentElement.querySelectorAll("[data-entry]")) {
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      const traces = figure.data.flatMap((trace, n) => (trace.legendgroup === button.dataset.entry ? [n] : []));
      button.setAttribute("aria-pressed", shown);
      Plotly.restyle(plot, { visible: shown }, traces);
    });
  }
}

/** Which colour is which element, with the marks of fixed atoms and vacancies. */
function drawElements(list, species, elements) {
  const circle = (colour) => `<circle cx="9" cy="9" r="7.5" fill="${colour}" stroke="#00000055"/>`;
  const rows = [...new Set(species.symbols)].map((symbol) => [
    circle(elements[symbol].colour), `${symbol} ${elements[symbol].name}`,
  ]);
  const belted = `<circle cx="9" cy="9" r="6" fill="none" stroke="currentColor"/>
    <ellipse cx="9" cy="9" rx="8" ry="3" fill="none" stroke="${FIXED_COLOUR}" stroke-width="2"/>`;
  if (species.fixed.length) rows.push([belted, "kept fixed"]);
  const crossed = '<path d="M4 4l10 10M14 4L4 14" stroke="' + VACANCY_COLOUR + '" stroke-width="3"/>';
  if (species.vacancies_A.length) rows.push([crossed, "vacancy"]);
  list.replaceChildren(...rows.map(([mark, words]) => {
    const item = make("li");
    item.innerHTML = `<svg viewBox="0 0 18 18" aria-hidden="true">${mark}</svg>`;
    item.append(words);
    return item;
  }));
}

function drawStructures({ elements, species }) {
  const [select, repeat, framed] = ["species", "repeat", "interface"].map((id) => document.getElementById(id));
  const stage = new Stage(document.getElementById("structure"));
  const thumbnails = [...document.querySelectorAll("[data-species]")];
  const order = [...select.options].map((option) => option.value);
  repeat.checked = species[select.value].symbols.length <= FEW_ATOMS;
  const draw = () => {
    const chosen = species[select.value];
    const cells = repeat.checked ? chosen.repeat : [1, 1, 1];
    const bottom = framed.checked ? chosen.interface_A ?? -Infinity : -Infinity;
    stage.show(chosen, elements, cells, [], bottom);
    framed.disabled = chosen.interface_A === null;
    const [shown] = thumbnails.filter((each) => each.dataset.species === select.value);
    for (const each of thumbnails) each.classList.toggle("shown", each === shown);
    const files = [...shown.querySelectorAll("a[download]")].map((file) => file.cloneNode(true));
    for (const file of files) file.className = "button";
    document.getElementById("species-files").replaceChildren(...files);
    repeat.disabled = Math.max(...chosen.repeat) === 1;
    document.getElementById("species-name").textContent = chosen.name;
    document.getElementById("structure-words").replaceChildren(
      ...chosen.facts.flatMap(([name, text]) => [make("dt", name), make("dd", text)]),
    );
    drawElements(document.querySelector('.elements[data-stage="structure"]'), chosen, elements);
  };
  const step = (by) => {
    const next = (order.indexOf(select.value) + by + order.length) % order.length;
    select.value = order[next];
    draw();
  };
  select.addEventListener("change", draw);
  repeat.addEventListener("change", draw);
  framed.addEventListener("change", draw);
  for (const each of thumbnails) {
    each.querySelector("svg").addEventListener("click", () => {
      select.value = each.dataset.species;
      draw();
    });
  }
  document.getElementById("previous-species").addEventListener("click", () => step(-1));
  document.getElementById("next-species").addEventListener("click", () => step(1));
  draw();
}

function drawDensities(scenes, elements) {
  const [select, isovalue] = ["difference", "isovalue"].map((id) => document.getElementById(id));
  const stage = new Stage(document.getElementById("density"));
  const draw = () => {
    const { species, surfaces, grain_A: grain } = scenes[select.value];
    const { gained, lost } = surfaces[isovalue.value];
    const surfacesShown = [[gained, GAIN_COLOUR], [lost, LOSS_COLOUR]]
      .filter(([surface]) => surface.corners) // none where the value is not reached
      .map(([surface, colour]) => surfaceTrace(surface, grain, colour));
    stage.show(species, elements, [1, 1, 1], surfacesShown);
    drawElements(document.querySelector('.elements[data-stage="density"]'), species, elements);
    document.querySelectorAll("#density-words p").forEach((words, n) => {
      words.hidden = n !== Number(select.value);
    });
  };
  select.addEventListener("change", draw);
  isovalue.addEventListener("change", draw);
  draw();
}

for (const [id, figure] of Object.entries(read("figure-data"))) {
  drawFigure(document.getElementById(id), figure);
}
// Paper cannot be unfolded.
const folded = [];
window.addEventListener("beforeprint", () => {
  folded.push(...document.querySelectorAll("details:not([open])"));
  for (const each of folded) each.open = true;
  for (const plot of document.querySelectorAll(".plot")) {
    plot.style.setProperty("--print-zoom", Math.min(1, HALF_A_SHEET / plot.clientWidth));
  }
});
window.addEventListener("afterprint", () => {
  for (const each of folded.splice(0)) each.open = false;
});

const structures = read("structure-data");
const densities = read("density-data");
const context = make("canvas").getContext("webgl");
if (context) {
  context.getExtension("WEBGL_lose_context")?.loseContext(); // browsers have few of them
  drawStructures(structures);
  if (densities.length) drawDensities(densities, structures.elements);
} else {
  document.body.classList.add("still");
}
