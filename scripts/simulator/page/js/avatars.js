// Faces: the account's own, customers' pictures, managers' characters.
import { h, s } from "./dom.js";

/** The account's own face: a heart in a speech bubble. */
export function accountFace(kind) {
  const ground = kind === "work" ? "#2b7de0" : "#e8663d";
  return s(
    "svg",
    { viewBox: "0 0 64 64", "aria-hidden": "true" },
    s("rect", { width: 64, height: 64, fill: ground }),
    s("path", {
      fill: "#fff",
      d: "M32 12C19.3 12 10 20.2 10 30.500c0 6 3.2 11.3 8.2 14.700L16.5 53l9-4.700c2.1.5 4.3.7 6.5.7 12.7 0 22-8.2 22-18.500S44.7 12 32 12z",
    }),
    s("path", {
      fill: ground,
      d: "M32 41.500s-9.5-5.6-9.5-12c0-3.3 2.4-5.3 4.9-5.3 2 0 3.7 1.2 4.6 3 .9-1.8 2.6-3 4.6-3 2.5 0 4.9 2 4.9 5.3 0 6.4-9.5 12-9.5 12z",
    }),
  );
}

export const accountAvatar = (kind) => h("span", { class: "avatar", "aria-hidden": "true" }, accountFace(kind));

const SCENES = [
  () => [
    s("circle", { cx: 44, cy: 20, r: 9, fill: "#ffe9b8" }),
    s("path", { d: "M0 50 18 28l12 14 12-10 22 20v12H0z", fill: "#24434f", opacity: 0.75 }),
    s("path", { d: "M0 56 24 42l14 10 10-6 16 10v12H0z", fill: "#16303a" }),
  ],
  () => [
    s("path", { d: "M0 46q16-6 32 0t32 0v18H0z", fill: "#0f4c5c", opacity: 0.55 }),
    s("path", { d: "M32 14c7 7 9 15 0 26-9-11-7-19 0-26z", fill: "#ffd3dd" }),
    s("path", {
      d: "M32 42C20 42 12 35 12 24c10 0 18 7 20 18zM32 42c12 0 20-7 20-18-10 0-18 7-20 18z",
      fill: "#ffb3c6",
    }),
    s("ellipse", { cx: 32, cy: 50, rx: 22, ry: 5, fill: "#2f7d5b" }),
  ],
  () => [
    s("path", { d: "M14 18l8 9h20l8-9v24c0 10-8 16-18 16s-18-6-18-16z", fill: "#f6e6cf" }),
    s("circle", { cx: 25, cy: 38, r: 3, fill: "#33261a" }),
    s("circle", { cx: 39, cy: 38, r: 3, fill: "#33261a" }),
    s("path", {
      d: "M32 43l-2.5 2.5h5zM28 49q4 3 8 0",
      fill: "none",
      stroke: "#33261a",
      "stroke-width": 1.8,
      "stroke-linecap": "round",
    }),
  ],
  () => [
    s("circle", { cx: 20, cy: 18, r: 7, fill: "#fff3c9" }),
    s("path", { d: "M0 44h64v20H0z", fill: "#145374", opacity: 0.8 }),
    s("path", { d: "M33 12v28H17zM36 18l13 22H36z", fill: "#fff" }),
    s("path", { d: "M14 43h38l-6 8H20z", fill: "#7c3f21" }),
  ],
  () => [
    s("path", { d: "M18 30h26v12a12 12 0 0 1-12 12h-2a12 12 0 0 1-12-12z", fill: "#fffaf0" }),
    s("path", { d: "M44 33h4a5 5 0 0 1 0 11h-4", fill: "none", stroke: "#fffaf0", "stroke-width": 3 }),
    s("path", {
      d: "M26 24q-3-4 0-8M33 24q-3-4 0-8",
      fill: "none",
      stroke: "#fffaf0",
      "stroke-width": 2.5,
      "stroke-linecap": "round",
    }),
    s("path", { d: "M12 57h40", stroke: "#fffaf0", "stroke-width": 3, "stroke-linecap": "round" }),
  ],
];

/** A person's avatar: customers have a picture as in WeChat, managers their character as in WeCom. */
export function avatar(person, size = "") {
  const scene = person.kind === "customer" ? SCENES[person.place % SCENES.length]() : null;
  const face = scene ? s("svg", { viewBox: "0 0 64 64" }, scene) : person.avatar;
  return h("span", { class: `avatar ${size}`, colour: person.colour, "aria-hidden": "true" }, face);
}
