import { barChart, toFilm } from "fovea/plot";
import { expect, test } from "vitest";

const scenes = [0.2, 0.5, 0.9, 0.4].map((share) => barChart({ values: [share, 1 - share], names: ["cat", "dog"] }));

test("each scene has its time, and the first is there without animation", () => {
  const svg = toFilm(scenes, { secondsPerScene: 0.5 });
  const frames = [...svg.matchAll(/<g visibility="(\w+)"><animate [^>]*values="([^"]+)" keyTimes="([^"]+)" dur="2s"/g)];
  expect(frames.map(([, ...rest]) => rest)).toEqual([
    ["visible", "visible;hidden", "0;0.25000"],
    ["hidden", "hidden;visible;hidden", "0;0.25000;0.50000"],
    ["hidden", "hidden;visible;hidden", "0;0.50000;0.75000"],
    ["hidden", "hidden;visible", "0;0.75000"],
  ]);
  expect(svg.match(/<svg /g)).toHaveLength(5);
  expect(toFilm(scenes.slice(0, 1))).not.toContain("<animate");
});

test("mistakes are named", () => {
  expect(() => toFilm([])).toThrow(/toFilm: scenes has 0 scenes, expected 1 to 2000/);
  expect(() => toFilm([{} as never])).toThrow(/toFilm: got .* expected a scene/);
  expect(() => toFilm(scenes, { secondsPerScene: 0 })).toThrow(/secondsPerScene is 0/);
});
