// All icons, drawn for this page on a 24 by 24 grid.
import { s } from "./dom.js";

const LINES = {
  back: ["M15 4.5 7.5 12l7.5 7.5"],
  next: ["M9 5l7 7-7 7"],
  down: ["M12 5v13M6 12.500l6 6 6-6"],
  close: ["M6 6l12 12M18 6 6 18"],
  keyboard: [
    "M3.5 6.500h17a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-17a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z",
    "M6 10h.01M9 10h.01M12 10h.01M15 10h.01M18 10h.01M6 12.500h.01M18 12.500h.01M9 14.500h6",
  ],
  menu: ["M5 7.500h14M5 12h14M5 16.500h14"],
  speak: [
    "M12 2.800a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.400z",
    "M9 10.500a3 3 0 0 1 0 3.2",
    "M11.7 8.600a6 6 0 0 1 0 6.9",
    "M14.4 6.900a9 9 0 0 1 0 10.3",
  ],
  face: [
    "M12 2.800a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.400z",
    "M8 13.500c.6 2.3 2.1 3.5 4 3.500s3.4-1.2 4-3.500z",
    "M9 9v.8M15 9v.8",
  ],
  plus: ["M12 2.800a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.400z", "M12 7.500v9M7.5 12h9"],
  wave: ["M6.5 11.200a1.2 1.2 0 0 1 0 1.6", "M9.5 8.500a5 5 0 0 1 0 7", "M12.8 5.600a9 9 0 0 1 0 12.8"],
  picture: [
    "M4 4.500h16a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1z",
    "M3.5 17l5-5.5 4 4.2 2.8-2.8 5 4.7",
    "M15.5 8.700h.01",
  ],
  mic: [
    "M12 3a3 3 0 0 1 3 3v5.500a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3z",
    "M5.8 11.500a6.2 6.2 0 0 0 12.4 0M12 17.800V21M9 21h6",
  ],
  pin: [
    "M12 21s-6.8-5.9-6.8-11.200a6.8 6.8 0 0 1 13.6 0C18.8 15.1 12 21 12 21z",
    "M12 7.400a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  ],
  link: ["M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.700l-1 1", "M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.700l1-1"],
  film: ["M4 6h11a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z", "M16 10.500l5-3v9l-5-3"],
  sticker: [
    "M20.5 12.500A8.5 8.5 0 1 0 12 21c1.5 0 8.5-7 8.5-8.500z",
    "M20.5 12.500c-5 0-8.5 3.5-8.5 8.5",
    "M8.5 9v1M14 9v1M8.7 13.500c1 1.2 2.6 1.5 3.8 1",
  ],
  scan: ["M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16"],
  bell: ["M6 16.500V11a6 6 0 0 1 12 0v5.500l1.5 1.500h-15z", "M10 20.500h4"],
  people: [
    "M9 4.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
    "M2.5 19.500c.4-3.6 3-5.4 6.5-5.400s6.1 1.8 6.5 5.4",
    "M15.5 5a3.3 3.3 0 0 1 0 6.300M18 14.500c2 .8 3.2 2.5 3.5 5",
  ],
  settings: [
    "M4 7h9M17 7h3M4 12h3M11 12h9M4 17h7M15 17h5",
    "M15 5a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM9 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM13 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  ],
  code: ["M8 6.5 2.5 12 8 17.500M16 6.500l5.5 5.5-5.5 5.500M13.8 4.500l-3.6 15"],
  clock: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 7v5.300l3.4 2"],
  reset: ["M4.5 12a7.5 7.5 0 1 0 2.4-5.500M4.5 4v4h4"],
  task: ["M5 4.500h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1z", "M8 12.200l2.7 2.700L16 9.5"],
  phone: [
    "M7.5 2.500h9a1.5 1.5 0 0 1 1.5 1.500v16a1.5 1.5 0 0 1-1.5 1.500h-9A1.5 1.5 0 0 1 6 20V4a1.5 1.5 0 0 1 1.5-1.500z",
    "M10.5 18.500h3",
  ],
  leave: ["M14 4H5.500a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1H14M10 12h11M17.5 8.5 21 12l-3.5 3.5"],
};

/** One line icon in the colour of its text. Purely decorative: its button carries the label. */
export function icon(name, width = 1.7) {
  return s(
    "svg",
    {
      viewBox: "0 0 24 24",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": width,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
      "aria-hidden": "true",
    },
    LINES[name].map((d) => s("path", { d })),
  );
}

/** Three heavy dots, as in a chat's header. */
export function dots() {
  return s(
    "svg",
    { viewBox: "0 0 24 24", fill: "currentColor", "aria-hidden": "true" },
    [5, 12, 19].map((cx) => s("circle", { cx, cy: 12, r: 2.1 })),
  );
}

/** Signal, Wi-Fi and battery of the status bar. */
export function phoneSigns() {
  const bar = (x, height) => s("rect", { x, y: 12 - height, width: 3.2, height, rx: 1 });
  const arc = (d) =>
    s("path", { d, fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" });
  return [
    s(
      "svg",
      { viewBox: "0 0 19 12", fill: "currentColor", "aria-hidden": "true" },
      bar(0, 4),
      bar(5, 6.5),
      bar(10, 9),
      bar(15, 12),
    ),
    s(
      "svg",
      { viewBox: "0 0 17 12", fill: "currentColor", "aria-hidden": "true" },
      arc("M1.5 4.300a10 10 0 0 1 14 0"),
      arc("M4.3 7.200a6 6 0 0 1 8.4 0"),
      s("circle", { cx: 8.5, cy: 10.3, r: 1.6 }),
    ),
    s(
      "svg",
      { viewBox: "0 0 27 12", fill: "none", "aria-hidden": "true" },
      s("rect", { x: 0.5, y: 0.5, width: 22, height: 11, rx: 3.2, stroke: "currentColor", opacity: 0.4 }),
      s("rect", { x: 2, y: 2, width: 16.5, height: 8, rx: 1.9, fill: "currentColor" }),
      s("path", { d: "M24 4v4c.9-.3 1.5-1.1 1.5-2S24.9 4.3 24 4z", fill: "currentColor", opacity: 0.5 }),
    ),
  ];
}
