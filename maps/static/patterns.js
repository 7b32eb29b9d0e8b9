"use strict";
/* The style sheet's patterns as images for MapLibre, which knows no SVG. */

wangge.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

wangge.pattern = (kind) => {
  const size = 16;
  const canvas = wangge.element("canvas", { width: size, height: size });
  const ink = canvas.getContext("2d");
  const line = (...points) => {
    ink.beginPath();
    points.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
    ink.stroke();
  };
  ink.fillStyle = wangge.colour(`${kind}-ground`);
  ink.fillRect(0, 0, size, size);
  ink.strokeStyle = wangge.colour(kind);
  ink.fillStyle = wangge.colour(kind);
  ink.lineWidth = 3;
  const marks = {
    vacant: () => [-16, 0, 16].forEach((x) => line([x - 2, 18], [x + 18, -2])),
    doubled: () => {
      ink.lineWidth = 2.2;
      line([-2, -2], [18, 18]);
      line([-2, 18], [18, -2]);
    },
    missed: () => [[0, 16], [8, 8], [-8, 8]].forEach(([x, y]) => line([x, y], [x + 16, y - 16])),
    hole: () => [[4, 4], [12, 12]].forEach(([x, y]) => {
      ink.beginPath();
      ink.arc(x, y, 2.6, 0, 7);
      ink.fill();
    }),
    overlap: () => [4, 12].forEach((x) => line([x, 0], [x, 16])),
    outside: () => [4, 12].forEach((y) => line([0, y], [16, y])),
  };
  marks[kind]();
  return ink.getImageData(0, 0, size, size);
};
