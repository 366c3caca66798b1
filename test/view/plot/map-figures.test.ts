import { tensor } from "fovea";
import { confusionChart, heatMap, mapGrid, networkStrip, type RectMark, type Scene, themes } from "fovea/plot";
import { describe, expect, test } from "vitest";
import { colorMap, hexOf } from "../../../src/view/plot/color.ts";
import { placeOnMap, readMaps } from "../../../src/view/plot/map-grid.ts";
import { keyed, of, textsOf } from "./samples.ts";

const { accent, cell, classes } = themes.light;
const imageOf = (scene: Scene) => of(scene, "image")[0]!;
const indicesOf = (scene: Scene) => [...imageOf(scene).pixels.data];

describe("heatMap", () => {
  test("one pixel a value: zero is paper, the largest the last colour", () => {
    const scene = heatMap({
      values: [
        [0, 1, 2],
        [4, 3, 0],
      ],
      width: 92,
    });
    const image = imageOf(scene);
    expect([image.pixels.columns, image.pixels.rows]).toEqual([3, 2]);
    expect(indicesOf(scene)).toEqual([0, 64, 128, 255, 191, 0]);
    expect([image.width, image.height]).toEqual([60, 40]);
  });

  test("signed values are blue and red around paper, whatever the larger side is", () => {
    expect(indicesOf(heatMap({ values: [[-1, 0, 2]] }))).toEqual([64, 128, 255]);
  });

  test("numbers stand in cells of 22 pixels and more, in black or white", () => {
    const values = Array.from({ length: 5 }, () => [1, 2, 3, 4, 5]);
    const numbers = (width: number, more = {}) => of(heatMap({ values, width, rangeBar: false, ...more }), "text");
    expect(numbers(142)).toHaveLength(25);
    expect(new Set(numbers(142).map(({ fill }) => fill))).toEqual(new Set(["#000000", "#ffffff"]));
    expect(numbers(141)).toHaveLength(0);
    expect(numbers(300, { numbers: false })).toHaveLength(0);
  });

  test("a box covers its pixels", () => {
    const values = tensor(new Float32Array(784), [28, 28]);
    const scene = heatMap({ values, width: 312, boxes: [{ y: 8, x: 14, height: 5, width: 5 }] });
    const box = of(scene, "rect").find(({ stroke }) => stroke === accent)!;
    const image = imageOf(scene);
    expect([box.x - image.x, box.y - image.y, box.width, box.height]).toEqual([140, 80, 50, 50]);
  });

  test("three channels are red, green and blue", () => {
    const { pixels } = imageOf(heatMap({ values: tensor([0, 0.5, 1, 1, 0, 0], [1, 2, 3]) }));
    expect([...pixels.data]).toEqual([0, 128, 255, 255, 0, 0]);
    expect(pixels.palette).toBeUndefined();
    expect(indicesOf(heatMap({ values: [[[0, 128, 255]]] }))).toEqual([0, 128, 255]);
  });

  test("words: size, range, where the largest is, how many zeros", () => {
    expect(
      heatMap({
        values: [
          [0, 0],
          [0, 3],
        ],
        unit: "activation",
      }).description,
    ).toBe("2 rows of 2 values (activation), from 0 to 3; the largest in row 2, column 2; 75 % zeros.");
  });
});

describe("mapGrid", () => {
  // Channel c of pixel (y, x) is 100 c + 10 y + x.
  const values = {
    data: Float32Array.from({ length: 16 }, (_, i) => 100 * (i % 4) + 10 * Math.floor(i / 8) + (Math.floor(i / 4) % 2)),
    shape: [2, 2, 4],
  };

  test("maps lie side by side in their order, with a gap of paper", () => {
    const scene = mapGrid({ values, order: [3, 0, 1], columns: 2, range: [0, 311] });
    const { columns, rows, data } = imageOf(scene).pixels;
    expect([columns, rows]).toEqual([5, 5]);
    const index = (value: number) => Math.round((255 * value) / 311);
    const rowOf = (row: number) => [...data.subarray(5 * row, 5 * row + 5)];
    expect(rowOf(0)).toEqual([index(300), index(301), 0, index(0), index(1)]);
    expect(rowOf(1)).toEqual([index(310), index(311), 0, index(10), index(11)]);
    expect(rowOf(2)).toEqual([0, 0, 0, 0, 0]);
    expect(rowOf(4)).toEqual([index(110), index(111), 0, 0, 0]);
  });

  test("an own range shows each map whole, a shared one compares them and has a bar", () => {
    const dim = { data: [1, 100, 2, 200], shape: [1, 2, 2] };
    const lasts = (scaling: "own" | "shared") => {
      const indices = indicesOf(mapGrid({ values: dim, scaling, columns: 2 }));
      return [indices[1], indices.at(-1)];
    };
    expect(lasts("own")).toEqual([255, 255]);
    expect(lasts("shared")).toEqual([3, 255]);
    expect(of(mapGrid({ values: dim, scaling: "own" }), "image")).toHaveLength(1);
    expect(of(mapGrid({ values: dim }), "image")).toHaveLength(2);
  });

  test("a map's key is its channel; the selected one has a ring in its place", () => {
    const scene = mapGrid({ values, order: [2, 1], selected: 1 });
    const ring = of(scene, "rect").find(({ stroke }) => stroke === accent)!;
    const place = keyed(scene, "1") as RectMark;
    expect([ring.x, ring.y, ring.width]).toEqual([place.x, place.y, place.width]);
    expect(keyed(scene, "0")).toBeUndefined();
  });

  test("the place of a unit is the middle of its pixel", () => {
    const set = readMaps("test", { values, columns: 2 });
    // 5 pixels of the atlas over 50.
    expect(placeOnMap(set, { x: 0, y: 0, width: 50, height: 50 }, 3, 0.5, 1.5)).toEqual([45, 35]);
  });

  test("rows are full where that is near a square: 8 x 8 of 64, 8 x 4 of 32", () => {
    const columnsOf = (count: number) =>
      readMaps("test", { values: { data: new Float32Array(9 * count), shape: [3, 3, count] } }).columns;
    expect([64, 32, 16, 10, 7, 1].map(columnsOf)).toEqual([8, 8, 4, 4, 3, 1]);
  });
});

describe("networkStrip", () => {
  const image = { data: new Float32Array(64).fill(0.5), shape: [8, 8] };
  const layers = [{ name: "conv", values: { data: new Float32Array(36 * 4).fill(1), shape: [6, 6, 4] } }];
  const trace = { layer: 0, channel: 3, y: 2, x: 4, box: { y: 2, x: 4, height: 3, width: 3 } };
  const strip = (width: number) => networkStrip({ image, layers, probabilities: [0.25, 0.75], width, trace });

  test("image, maps and bars stand in one row, in two where there is little room", () => {
    const drop = (scene: Scene) => {
      const yOf = (start: string) => of(scene, "text").find(({ text }) => text.startsWith(start))!.y;
      return yOf("Prob") - yOf("Image");
    };
    expect(drop(strip(900))).toBe(0);
    expect(drop(strip(400))).toBeGreaterThan(100);
  });

  test("lines lead from the box to the unit", () => {
    const scene = strip(900);
    const [input, maps] = of(scene, "image");
    const { lines } = of(scene, "path").find(({ stroke }) => stroke === accent)!;
    const pixel = input!.width / 8;
    const corners = [2, 5].map((row) => [
      expect.closeTo(input!.x + 7 * pixel, 6),
      expect.closeTo(input!.y + row * pixel, 6),
    ]);
    expect(lines.map(([start]) => start)).toEqual(corners);
    // Channel 3 is the second of the second row; maps of 6 pixels have a gap of 1.
    const unit = maps!.width / 13;
    const end = [expect.closeTo(maps!.x + 11.5 * unit, 6), expect.closeTo(maps!.y + 9.5 * unit, 6)];
    expect(lines.map(([, each]) => each)).toEqual([end, end]);
  });
});

describe("confusionChart", () => {
  const matrix = [
    [980, 0, 3],
    [1, 970, 0],
    [12, 0, 990],
  ];
  const names = ["a", "b", "c"];
  const fillOf = (scene: Scene, key: string) => (keyed(scene, key) as RectMark).fill;
  const map = colorMap("sequential", "light");

  test("errors are shaded by their own largest, the diagonal is not", () => {
    const scene = confusionChart({ matrix, names });
    const expected = [255, Math.round((255 * 3) / 12), 0].map((i) => hexOf(map, i));
    expect(["2,0", "0,2", "0,1"].map((key) => fillOf(scene, key))).toEqual(expected);
    expect(fillOf(scene, "1,1")).toBe(cell);
    expect(fillOf(confusionChart({ matrix, shadeDiagonal: true }), "2,2")).toBe(hexOf(map, 255));
  });

  test("rows are the truth; cells say what they count; words name the worst", () => {
    const scene = confusionChart({ matrix, names, selected: [2, 0] });
    const [high, low] = [keyed(scene, "0,2") as RectMark, keyed(scene, "2,0") as RectMark];
    expect(high.y).toBeLessThan(low.y);
    expect(high.x).toBeGreaterThan(low.x);
    const said = ["0,2", "1,0", "1,1"].map((key) => keyed(scene, key)!.label);
    expect(said).toEqual(["a read as c: 3 times", "b read as a: 1 time", "b read rightly: 970 times"]);
    expect(scene.description).toBe(
      "2,940 of 2,956 right (99.46%). Most frequent errors: c read as a: 12, a read as c: 3, b read as a: 1.",
    );
    expect(textsOf(scene)).toEqual(expect.arrayContaining(["980", "12", "3"]));
    const ring = of(scene, "rect").find(({ stroke }) => stroke === accent)!;
    expect([ring.x, ring.y]).toEqual([low.x - 0.5, low.y - 0.5]);
  });

  test("class colours are for classes alone", () => {
    const used = confusionChart({ matrix }).marks.flatMap((mark) => ("fill" in mark ? [mark.fill] : []));
    expect(used.filter((fill) => classes.includes(fill!))).toEqual([]);
  });
});
