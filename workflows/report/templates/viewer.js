"use strict";
// Structures as meshes of spheres and tubes, drawn by Plotly. Lengths in angstrom.

const TUBE_RADIUS = 0.11;
const TUBE_SIDES = 8;
// Beyond this many atoms spheres get fewer corners.
const MANY_ATOMS = 220;
const VIEWS = {
  oblique: { azimuth: -65, height: 18 },
  side: { azimuth: -90, height: 0 },
  top: { azimuth: -90, height: 89.9 },
};
const TURN_DEG = 10;
const ZOOM = 1.2;
// Distance of the camera, and size of the scene in which a structure fills the stage.
const EYE = 3;
const SIZE = 1.75;
const CROSS = 0.5;
const FIXED_COLOUR = "#c77700";
const VACANCY_COLOUR = "#d1242f";
const CELL_COLOUR = "#8a929b";
const GAIN_COLOUR = "#0072B2";
const LOSS_COLOUR = "#D55E00";
const LIGHT = { x: -4000, y: 4000, z: -6000 };
const LIGHTING = { ambient: 0.5, diffuse: 0.7, specular: 0.25, roughness: 0.5, fresnel: 0.05 };

const plus = (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const times = (a, s) => [a[0] * s, a[1] * s, a[2] * s];
const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0],
];
const norm = (a) => Math.hypot(...a);
const unit = (a) => times(a, 1 / norm(a));

/** Corners and triangles of a sphere of radius one: an icosahedron whose faces are divided. */
function unitSphere(divisions) {
  const t = (1 + Math.sqrt(5)) / 2;
  const corners = [
    [-1, t, 0], [1, t, 0], [-1, -t, 0], [1, -t, 0], [0, -1, t], [0, 1, t],
    [0, -1, -t], [0, 1, -t], [t, 0, -1], [t, 0, 1], [-t, 0, -1], [-t, 0, 1],
  ].map(unit);
  let faces = [
    [0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4],
    [11, 10, 2], [10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9],
    [4, 9, 5], [2, 4, 11], [6, 2, 10], [8, 6, 7], [9, 8, 1],
  ];
  for (let n = 0; n < divisions; n += 1) {
    const known = new Map();
    const middle = (a, b) => {
      const key = a < b ? `${a},${b}` : `${b},${a}`;
      if (!known.has(key)) {
        known.set(key, corners.length);
        corners.push(unit(plus(corners[a], corners[b])));
      }
      return known.get(key);
    };
    faces = faces.flatMap(([a, b, c]) => {
      const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
      return [[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]];
    });
  }
  return { corners, faces };
}

const FINE = unitSphere(2);
const COARSE = unitSphere(1);

/** Triangles that grow; one text per corner is shown when the pointer is on it. */
class Mesh {
  constructor() {
    Object.assign(this, { x: [], y: [], z: [], i: [], j: [], k: [], text: [] });
  }

  add(corners, faces, text) {
    const first = this.x.length;
    for (const [x, y, z] of corners) {
      this.x.push(x);
      this.y.push(y);
      this.z.push(z);
      this.text.push(text);
    }
    for (const [a, b, c] of faces) {
      this.i.push(first + a);
      this.j.push(first + b);
      this.k.push(first + c);
    }
  }

  sphere(shape, centre, radius, text) {
    this.add(shape.corners.map((corner) => plus(centre, times(corner, radius))), shape.faces, text);
  }

  tube(from, along, text) {
    const across = unit(cross(along, Math.abs(along[2]) < 0.9 * norm(along) ? [0, 0, 1] : [1, 0, 0]));
    const up = cross(unit(along), across);
    const corners = [];
    const faces = [];
    for (let n = 0; n < TUBE_SIDES; n += 1) {
      const angle = (2 * Math.PI * n) / TUBE_SIDES;
      const edge = times(plus(times(across, Math.cos(angle)), times(up, Math.sin(angle))), TUBE_RADIUS);
      corners.push(plus(from, edge), plus(plus(from, along), edge));
      const [a, b] = [2 * n, 2 * n + 1];
      const [c, d] = [(a + 2) % (2 * TUBE_SIDES), (b + 2) % (2 * TUBE_SIDES)];
      faces.push([a, c, b], [b, c, d]);
    }
    this.add(corners, faces, text);
  }

  trace(colour) {
    return {
      type: "mesh3d", x: this.x, y: this.y, z: this.z, i: this.i, j: this.j, k: this.k,
      color: colour, text: this.text, hoverinfo: "text", lighting: LIGHTING,
      lightposition: LIGHT,
    };
  }
}

/** Shifts of all copies of the cell. */
function shifts(cell, repeat) {
  const found = [];
  for (let a = 0; a < repeat[0]; a += 1) {
    for (let b = 0; b < repeat[1]; b += 1) {
      for (let c = 0; c < repeat[2]; c += 1) {
        found.push(plus(plus(times(cell[0], a), times(cell[1], b)), times(cell[2], c)));
      }
    }
  }
  return found;
}

/** Traces of atoms and bonds, one per element, with a belt around atoms that are kept fixed. */
function atomTraces(species, elements, repeat) {
  const copies = shifts(species.cell_A, repeat);
  const shape = species.symbols.length * copies.length > MANY_ATOMS ? COARSE : FINE;
  const fixed = new Set(species.fixed);
  const meshes = new Map();
  const belts = { x: [], y: [], z: [] };
  const mesh = (symbol) => {
    if (!meshes.has(symbol)) meshes.set(symbol, new Mesh());
    return meshes.get(symbol);
  };
  for (const shift of copies) {
    species.symbols.forEach((symbol, n) => {
      const centre = plus(species.positions_A[n], shift);
      const radius = elements[symbol].radius_A;
      const text = `${symbol} ${n}${fixed.has(n) ? ", kept fixed" : ""}`;
      mesh(symbol).sphere(shape, centre, radius, text);
      if (fixed.has(n)) belt(belts, centre, 1.08 * radius);
    });
    for (const [n, ...vector] of species.bonds) {
      const symbol = species.symbols[n];
      const text = `${norm(vector).toFixed(2)} Å`;
      mesh(symbol).tube(plus(species.positions_A[n], shift), times(vector, 0.5), text);
    }
  }
  const traces = [...meshes].map(([symbol, each]) => each.trace(elements[symbol].colour));
  if (fixed.size) traces.push(lines(belts, FIXED_COLOUR, 4));
  return traces;
}

function belt(belts, centre, radius) {
  for (let n = 0; n <= 24; n += 1) {
    belts.x.push(centre[0] + radius * Math.cos((n * Math.PI) / 12));
    belts.y.push(centre[1] + radius * Math.sin((n * Math.PI) / 12));
    belts.z.push(centre[2]);
  }
  for (const axis of [belts.x, belts.y, belts.z]) axis.push(null);
}

function lines(points, colour, width) {
  return { type: "scatter3d", mode: "lines", ...points, line: { color: colour, width }, hoverinfo: "skip" };
}

function cellTrace(cell, origin = [0, 0, 0]) {
  const points = { x: [], y: [], z: [] };
  for (let axis = 0; axis < 3; axis += 1) {
    for (const [m, n] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      const side = plus(times(cell[(axis + 1) % 3], m), times(cell[(axis + 2) % 3], n));
      const start = plus(origin, side);
      for (const [x, y, z] of [start, plus(start, cell[axis]), [null, null, null]]) {
        points.x.push(x);
        points.y.push(y);
        points.z.push(z);
      }
    }
  }
  return lines(points, CELL_COLOUR, 2);
}

/** Crosses where atoms were removed; relaxed ions around move the place. */
function vacancyTrace(places) {
  const points = { x: [], y: [], z: [] };
  for (const place of places) {
    for (const arm of [[1, 1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, -1]]) {
      const ends = [1, -1].map((sign) => plus(place, times(arm, sign * CROSS)));
      for (const [x, y, z] of [...ends, [null, null, null]]) {
        points.x.push(x);
        points.y.push(y);
        points.z.push(z);
      }
    }
  }
  return lines(points, VACANCY_COLOUR, 6);
}

/** Whole numbers from base64, four bytes each, in triples. */
function triples(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const numbers = new Int32Array(bytes.buffer);
  const axes = [[], [], []];
  numbers.forEach((number, n) => axes[n % 3].push(number));
  return axes;
}

/** An isosurface, which lets the atoms inside be seen. */
function surfaceTrace({ corners, triangles }, grain, colour) {
  const [x, y, z] = triples(corners).map((axis) => axis.map((number) => number * grain));
  const [i, j, k] = triples(triangles);
  return {
    type: "mesh3d", x, y, z, i, j, k, color: colour, opacity: 0.5, hoverinfo: "skip",
    lighting: LIGHTING, lightposition: LIGHT,
  };
}

/** Middle and half widths of what is to be seen: atoms above a height, not the vacuum of the cell. */
function extent(species, repeat, bottom = -Infinity) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const shift of shifts(species.cell_A, repeat)) {
    for (const position of species.positions_A) {
      if (position[2] < bottom) continue;
      plus(position, shift).forEach((value, axis) => {
        low[axis] = Math.min(low[axis], value - 1);
        high[axis] = Math.max(high[axis], value + 1);
      });
    }
  }
  const middle = times(plus(low, high), 0.5);
  return { middle, halves: plus(high, times(middle, -1)) };
}

/** A place for one structure at a time that can be turned by pointer, keys and buttons. */
class Stage {
  constructor(element) {
    this.element = element;
    this.camera = { ...VIEWS.oblique, zoom: 1 };
    this.fit = 1;
    element.addEventListener("keydown", (event) => this.key(event));
    for (const button of document.querySelectorAll(`[data-stage="${element.id}"] button`)) {
      button.addEventListener("click", () => this.press(button.dataset));
    }
  }

  /** Draw a structure and, with it, more traces such as isosurfaces; only what is above a height is framed. */
  show(species, elements, repeat, more = [], bottom = -Infinity) {
    const { middle, halves } = extent(species, repeat, bottom);
    const whole = extent(species, repeat);
    const reach = norm(whole.halves) + norm(plus(whole.middle, times(middle, -1)));
    const corners = shifts(species.cell_A, [2, 2, 2]).map((corner) => norm(plus(corner, times(middle, -1))));
    const half = Math.max(reach, ...corners) + 2;
    const axis = (n) => ({ visible: false, range: [middle[n] - half, middle[n] + half] });
    // What is seen from a little above, in a stage that may be narrow.
    const across = Math.hypot(halves[0], halves[1]);
    const { clientWidth, clientHeight } = this.element;
    this.fit = Math.max(halves[2] + 0.3 * across, (across * clientHeight) / clientWidth) / half;
    const traces = [...atomTraces(species, elements, repeat), cellTrace(species.cell_A, species.origin_A), ...more];
    if (species.vacancies_A.length) traces.push(vacancyTrace(species.vacancies_A));
    const layout = {
      margin: { l: 0, r: 0, t: 0, b: 0 },
      showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)",
      scene: {
        xaxis: axis(0), yaxis: axis(1), zaxis: axis(2),
        aspectmode: "manual", dragmode: "turntable", ...this.sight(),
      },
    };
    const options = { responsive: true, displaylogo: false, displayModeBar: false, scrollZoom: false };
    Plotly.react(this.element, traces, layout, options);
    this.element.removeAllListeners("plotly_relayout");
    this.element.on("plotly_relayout", (change) => this.moved(change["scene.camera"]));
  }

  /** Camera and size of the scene; without perspective, parallel rows of atoms stay parallel. */
  sight() {
    const { azimuth, height, zoom } = this.camera;
    const [a, h] = [(azimuth * Math.PI) / 180, (height * Math.PI) / 180];
    const size = (SIZE * zoom) / this.fit;
    const eye = [Math.cos(h) * Math.cos(a), Math.cos(h) * Math.sin(a), Math.sin(h)];
    const [x, y, z] = times(eye, EYE);
    return {
      aspectratio: { x: size, y: size, z: size },
      camera: {
        eye: { x, y, z }, center: { x: 0, y: 0, z: 0 }, up: { x: 0, y: 0, z: 1 },
        projection: { type: "orthographic" },
      },
    };
  }

  /** Remember where the pointer has turned the structure. */
  moved(camera) {
    if (!camera || this.moving) return;
    const { x, y, z } = camera.eye;
    this.camera.azimuth = (Math.atan2(y, x) * 180) / Math.PI;
    this.camera.height = (Math.asin(z / Math.hypot(x, y, z)) * 180) / Math.PI;
  }

  async move(change) {
    Object.assign(this.camera, change);
    this.camera.height = Math.max(-89.9, Math.min(89.9, this.camera.height));
    this.moving = true;
    const { aspectratio, camera } = this.sight();
    await Plotly.relayout(this.element, { "scene.camera": camera, "scene.aspectratio": aspectratio });
    this.moving = false;
  }

  press({ view, turn, zoom }) {
    const { azimuth, height } = this.camera;
    if (view) this.move({ ...VIEWS[view], zoom: 1 });
    if (turn === "left") this.move({ azimuth: azimuth + TURN_DEG });
    if (turn === "right") this.move({ azimuth: azimuth - TURN_DEG });
    if (turn === "up") this.move({ height: height - TURN_DEG });
    if (turn === "down") this.move({ height: height + TURN_DEG });
    if (zoom) this.move({ zoom: this.camera.zoom * (zoom === "in" ? ZOOM : 1 / ZOOM) });
  }

  key(event) {
    const known = {
      ArrowLeft: { turn: "left" }, ArrowRight: { turn: "right" }, ArrowUp: { turn: "up" },
      ArrowDown: { turn: "down" }, "+": { zoom: "in" }, "-": { zoom: "out" }, 0: { view: "oblique" },
    }[event.key];
    if (!known || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.press(known);
  }
}
