import { type Canvas2D, draw, heatMap, markAt, type Scene } from "fovea/plot";
import { expect, test } from "vitest";
import { sampleScenes } from "./samples.ts";

/** A context that writes down what it is told. */
class Recorder {
  readonly calls: string[] = [];
  readonly images: { data: Uint8ClampedArray; width: number; height: number; x: number; y: number }[] = [];
  constructor(ratio: number, moved = 0) {
    const known: Record<string, unknown> = {
      getTransform: () => ({ a: ratio, d: ratio, e: moved, f: moved }),
      createImageData: (width: number, height: number) => ({
        data: new Uint8ClampedArray(4 * width * height),
        width,
        height,
      }),
      putImageData: (image: { data: Uint8ClampedArray; width: number; height: number }, x: number, y: number) =>
        this.images.push({ data: image.data, width: image.width, height: image.height, x, y }),
    };
    // Whatever else is called is noted by name, with what it was painted in.
    this.context = new Proxy(known, {
      get: (target, name: string) =>
        target[name] ?? ((...args: unknown[]) => void this.calls.push([name, ...args].join(" "))),
      set: (target, name: string, value) => {
        this.calls.push(`${name} = ${value}`);
        target[name] = value;
        return true;
      },
    }) as unknown as Canvas2D;
  }
  readonly context: Canvas2D;
}

const scene = (marks: Scene["marks"]): Scene => ({
  width: 10,
  height: 10,
  title: "",
  description: "",
  background: "#fbfaf7",
  fonts: { sans: "Sans", mono: "Mono" },
  marks,
});

test("shapes are filled and stroked in order, over the background", () => {
  const recorder = new Recorder(1);
  draw(
    scene([
      { kind: "rect", x: 1, y: 2, width: 3, height: 4, radius: 1, fill: "#ff0000" },
      {
        kind: "path",
        lines: [
          [
            [0, 0],
            [5, 5],
          ],
        ],
        stroke: "#0000ff",
        strokeWidth: 2,
        dash: [3, 1],
        opacity: 0.5,
      },
      {
        kind: "text",
        x: 5,
        y: 6,
        text: "7",
        size: 13,
        fill: "#000000",
        anchor: "middle",
        weight: 600,
        halo: "#ffffff",
      },
    ]),
    recorder.context,
  );
  expect(recorder.calls).toEqual([
    "save",
    "lineJoin = round",
    "textBaseline = alphabetic",
    "fillStyle = #fbfaf7",
    "fillRect 0 0 10 10",
    "globalAlpha = 1",
    "beginPath",
    "roundRect 1 2 3 4 1",
    "fillStyle = #ff0000",
    "fill",
    "globalAlpha = 0.5",
    "beginPath",
    "moveTo 0 0",
    "lineTo 5 5",
    "strokeStyle = #0000ff",
    "lineWidth = 2",
    "setLineDash 3,1",
    "stroke",
    "globalAlpha = 1",
    "font = 600 13px Sans",
    "textAlign = center",
    "strokeStyle = #ffffff",
    "lineWidth = 3",
    "setLineDash ",
    "strokeText 7 5 6",
    "fillStyle = #000000",
    "fillText 7 5 6",
    "restore",
  ]);
});

test("images are painted pixel by pixel at the device's ratio, where the context was moved to", () => {
  const pixels = { columns: 2, rows: 1, data: Uint8Array.of(0, 1), palette: Uint8Array.of(1, 2, 3, 200, 100, 50) };
  const recorder = new Recorder(2, 7);
  draw(scene([{ kind: "image", x: 1, y: 1, width: 3, height: 1, pixels }]), recorder.context);
  const [image] = recorder.images;
  expect(image).toMatchObject({ x: 9, y: 9, width: 6, height: 2 });
  const colors = Array.from({ length: 6 }, (_, i) => [...image!.data.subarray(4 * i, 4 * i + 4)]);
  expect(colors).toEqual([...Array(3).fill([1, 2, 3, 255]), ...Array(3).fill([200, 100, 50, 255])]);
  expect(image!.data.subarray(24)).toEqual(image!.data.subarray(0, 24));
});

test.each(Object.entries(sampleScenes("text")))("%s is drawn", (_, figure) => {
  const recorder = new Recorder(1.5);
  draw(figure, recorder.context);
  expect(recorder.images).toHaveLength(figure.marks.filter(({ kind }) => kind === "image").length);
  expect(recorder.calls.filter((call) => call.startsWith("fillText"))).toHaveLength(
    figure.marks.filter(({ kind }) => kind === "text").length,
  );
  expect(recorder.calls.join("\n")).not.toMatch(/NaN|Infinity|undefined/);
});

test("what a pointer is at: the topmost mark with a key", () => {
  const one = { ...scene([]), marks: [] as Scene["marks"] };
  const marks: Scene["marks"] = [
    { kind: "rect", x: 0, y: 0, width: 8, height: 8, key: "below" },
    { kind: "circle", x: 4, y: 4, radius: 2, key: "dot" },
    {
      kind: "path",
      lines: [
        [
          [6, 0],
          [8, 0],
          [8, 2],
        ],
      ],
      closed: true,
      key: "corner",
    },
    { kind: "rect", x: 0, y: 0, width: 8, height: 8 },
  ];
  const at = (x: number, y: number) => markAt({ ...one, marks }, x, y)?.key;
  expect([at(1, 1), at(4, 5), at(4, 7), at(7, 1), at(9, 9)]).toEqual(["below", "dot", "below", "corner", undefined]);
});

test("no context: an error that says what to give", () => {
  for (const nothing of [undefined, null, {}, 3])
    expect(() => draw(heatMap({ values: [[1]] }), nothing as unknown as Canvas2D)).toThrow(
      /draw: context is .*getContext\("2d"\)/,
    );
});
