// Drawn stand-ins for what a real phone would have: photos, maps, stickers.
import { s, seedOf } from "./dom.js";

const SKIES = [
  ["#8ec5e8", "#f4d9b0"],
  ["#f0a98a", "#7d89c4"],
  ["#a9d8d0", "#f3efd2"],
  ["#9bb4dd", "#e9c6d4"],
  ["#f5c98b", "#d9796a"],
];
let drawn = 0;

function gradient(id, [from, to]) {
  return s(
    "defs",
    null,
    s(
      "linearGradient",
      { id, x1: 0, y1: 0, x2: 0, y2: 1 },
      s("stop", { offset: 0, "stop-color": from }),
      s("stop", { offset: 1, "stop-color": to }),
    ),
  );
}

function svg(width, height, label, ...children) {
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, preserveAspectRatio: "xMidYMid slice" },
    children,
  );
}

/** A quiet landscape, different for each seed. */
export function landscape(seedText, { width = 300, height = 380, label = "图片" } = {}) {
  const seed = seedOf(seedText);
  const id = `sky-${(drawn += 1)}`;
  const hill = (base, swing, fill) =>
    s("path", {
      fill,
      d: `M0 ${base} C ${width * 0.25} ${base - swing}, ${width * 0.45} ${base + swing * 0.4}, ${width * 0.62} ${base - swing * 0.5} S ${width} ${base - swing * 0.1} ${width} ${base - swing * 0.6} V ${height} H 0 Z`,
    });
  return svg(
    width,
    height,
    label,
    gradient(id, SKIES[seed % SKIES.length]),
    s("rect", { width, height, fill: `url(#${id})` }),
    s("circle", {
      cx: width * (0.25 + (seed % 50) / 100),
      cy: height * 0.33,
      r: Math.min(width, height) * 0.1,
      fill: "#fff6dd",
      opacity: 0.9,
    }),
    hill(height * 0.66, height * 0.16, "#7f9fa8"),
    hill(height * 0.76, height * 0.12, "#5c8080"),
    hill(height * 0.9, height * 0.1, "#3d5f5c"),
  );
}

/** The cover of an article: calm shapes in one hue. */
export function cover(seedText, label = "封面") {
  const seed = seedOf(seedText);
  const hue = seed % 360;
  const id = `cover-${(drawn += 1)}`;
  const ball = (cx, cy, r, opacity) => s("circle", { cx, cy, r, fill: "#fff", opacity });
  return svg(
    470,
    200,
    label,
    gradient(id, [`hsl(${hue} 46% 52%)`, `hsl(${(hue + 38) % 360} 50% 66%)`]),
    s("rect", { width: 470, height: 200, fill: `url(#${id})` }),
    ball(390, 40 + (seed % 60), 110, 0.14),
    ball(320, 180, 80, 0.12),
    ball(70 + (seed % 90), 20, 60, 0.1),
    s("path", { d: "M0 168 C 90 128, 150 190, 250 156 S 400 130, 470 160 V 200 H 0 Z", fill: "#fff", opacity: 0.22 }),
  );
}

/** A street map whose lanes depend on the place. */
export function map(lat, lng) {
  const seed = seedOf(`${lat},${lng}`);
  const lean = (seed % 24) - 12;
  const lane = (d, width) => s("path", { d, fill: "none", stroke: "#fff", "stroke-width": width });
  const block = (x, y, width, height, fill) => s("rect", { x, y, width, height, rx: 4, fill });
  return svg(
    236,
    104,
    "地图",
    s("rect", { width: 236, height: 104, fill: "#f0ede4" }),
    block(12 + lean, 8, 54, 30, "#cfe6c4"),
    block(164, 60, 60, 36, "#e5dfd0"),
    block(92, 66 + lean / 3, 40, 30, "#e5dfd0"),
    block(158 - lean, 6, 42, 26, "#e5dfd0"),
    s("path", { d: `M0 ${88 + lean / 2} C 50 ${74 + lean / 2} 60 112 110 108 L 0 112 Z`, fill: "#b9d9ee" }),
    lane(`M-5 ${50 + lean / 2} L 240 ${44 - lean / 2}`, 9),
    lane(`M${78 + lean} -5 L ${88 - lean} 110`, 7),
    lane(`M${146 - lean / 2} -5 L 152 110`, 5),
    lane(`M-5 ${18 + lean / 3} L 240 ${24 - lean}`, 3),
    s("path", { d: `M-5 ${78 - lean / 3} L 240 70`, fill: "none", stroke: "#f8d57e", "stroke-width": 6 }),
    s("path", { d: "M118 68s-13-11.5-13-21.500a13 13 0 0 1 26 0C131 56.5 118 68 118 68z", fill: "#0aa552" }),
    s("circle", { cx: 118, cy: 46, r: 5, fill: "#fff" }),
  );
}

const STICKERS = {
  谢谢: ["#ffd76a", "M38 70q22 16 44 0", "谢谢"],
  开心: ["#ffc05a", "M36 64q24 26 48 0z", "开心"],
  生气: ["#ff9a8a", "M40 80q20-16 40 0", "哼！"],
  再见: ["#9fd8f0", "M42 70q18 12 36 0", "再见"],
};
export const STICKER_NAMES = Object.keys(STICKERS);

/** A round little fellow with a word under him. */
export function sticker(name) {
  const [tint, mouth, word] = STICKERS[name] ?? ["#cfd6dc", "M42 72h36", String(name).slice(0, 4)];
  const angry = name === "生气";
  return s(
    "svg",
    { viewBox: "0 0 120 120", role: "img", "aria-label": `表情：${name}` },
    s("circle", { cx: 60, cy: 52, r: 42, fill: tint }),
    s("circle", { cx: 44, cy: 50, r: 4.5, fill: "#3b2f1e" }),
    s("circle", { cx: 76, cy: 50, r: 4.5, fill: "#3b2f1e" }),
    angry &&
      s("path", { d: "M36 38l14 6M84 38l-14 6", stroke: "#3b2f1e", "stroke-width": 4, "stroke-linecap": "round" }),
    s("ellipse", { cx: 34, cy: 62, rx: 7, ry: 4, fill: "#f58b6c", opacity: 0.6 }),
    s("ellipse", { cx: 86, cy: 62, rx: 7, ry: 4, fill: "#f58b6c", opacity: 0.6 }),
    s("path", {
      d: mouth,
      fill: name === "开心" ? "#8a3b2a" : "none",
      stroke: "#3b2f1e",
      "stroke-width": 4,
      "stroke-linecap": "round",
    }),
    s(
      "text",
      {
        x: 60,
        y: 114,
        "text-anchor": "middle",
        "font-size": 18,
        "font-weight": 700,
        fill: "#4a4038",
        stroke: "#fff",
        "stroke-width": 4,
        "paint-order": "stroke",
      },
      word,
    ),
  );
}

export const playSign = () =>
  s(
    "svg",
    { viewBox: "0 0 46 46", "aria-hidden": "true" },
    s("circle", { cx: 23, cy: 23, r: 21, fill: "#000", opacity: 0.35, stroke: "#fff", "stroke-width": 2 }),
    s("path", { d: "M19 14.500v17l13-8.500z", fill: "#fff" }),
  );
