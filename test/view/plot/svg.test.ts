import { barChart, heatMap, type Scene, toPng, toSvg } from "fovea/plot";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { encodePixelPng } from "../../../src/base/png.ts";
import { escapeXml } from "../../../src/view/plot/svg.ts";
import { sampleScenes } from "./samples.ts";

/** libxml2 reads it, which refuses what is not well formed. */
const sizeOf = async (svg: string) => {
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  return [width, height];
};

const hostile = [
  `a<b> & "c" 'd' ]]> <!-- --> &amp; <script>alert(1)</script>`,
  "\u0000\u0007\u001b[31m\ufffe\uffff",
  "\ud800 alone \udc00",
  "",
  "漢字 😀 العربية",
];

test("a document that is not well formed is refused by the parser of these tests", async () => {
  await expect(
    sizeOf('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text>a & b</text></svg>'),
  ).rejects.toThrow();
  await expect(
    sizeOf('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text>\u0007</text></svg>'),
  ).rejects.toThrow();
});

describe.each(hostile)("every figure with the text %j", (text) => {
  test.each(Object.entries(sampleScenes(text)))("%s", async (_, scene) => {
    const svg = toSvg(scene);
    expect(await sizeOf(svg)).toEqual([Math.round(scene.width), Math.round(scene.height)]);
    expect(svg).not.toMatch(/"[^"]*(NaN|Infinity|undefined)/);
    expect(svg).not.toContain("<script");
  });
});

test.each(Object.entries(sampleScenes("A title")))(
  "%s says in words what it shows, has no style that a policy could refuse, and no mark outside",
  (_, scene) => {
    const svg = toSvg(scene);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 /);
    expect(svg).toContain("\n<title>A title</title>\n<desc>A title ");
    expect(scene.description.length).toBeGreaterThan(20);
    expect(svg).not.toMatch(/ style=|<style/);
    expect(svg.endsWith("</svg>\n")).toBe(true);
    for (const mark of scene.marks) {
      const xs =
        mark.kind === "path"
          ? mark.lines.flat().map(([x]) => x)
          : [mark.x, ...("width" in mark ? [mark.x + mark.width] : [])];
      for (const x of xs) {
        expect(x).toBeGreaterThanOrEqual(-0.5);
        expect(x).toBeLessThanOrEqual(scene.width + 0.5);
      }
    }
  },
);

test.each(["light", "dark", "print"] as const)(
  "text on %s paper is read with ease: every text colour comes from the theme",
  async (theme) => {
    const { contrast } = await import("../../../src/view/plot/color.ts");
    for (const scene of Object.values(sampleScenes("text", { theme })))
      for (const mark of scene.marks) {
        // Numbers in cells are on the cells' colours: color.test.ts.
        if (mark.kind !== "text" || mark.fill === "#000000" || mark.fill === "#ffffff") continue;
        expect(contrast(mark.fill, scene.background)).toBeGreaterThanOrEqual(4.5);
      }
  },
);

test.each([80, 120, 360, 2000])("every figure fits in %d pixels", (width) => {
  for (const scene of Object.values(sampleScenes("a name of some length", { width }))) {
    expect(scene.width).toBe(width);
    for (const mark of scene.marks)
      for (const size of mark.kind === "rect" || mark.kind === "image" ? [mark.width, mark.height] : [])
        expect(size).toBeGreaterThanOrEqual(0);
  }
});

test("what XML reads as its own is escaped, what it cannot hold is replaced", () => {
  expect(escapeXml(`<a href="b">&'</a>`)).toBe("&lt;a href=&quot;b&quot;&gt;&amp;&#39;&lt;/a&gt;");
  expect(escapeXml("\u0000tab\tline\n\u001b\ud800")).toBe("\ufffdtab\tline\n\ufffd\ufffd");
});

test("marks have their key and what they say; numbers have at most two decimals", () => {
  const svg = toSvg(barChart({ values: [1 / 3, 0], names: ["cat", "dog"], width: 300 }));
  expect(svg).toMatch(/<rect [^>]*data-key="0"><title>cat: 0\.3333<\/title><\/rect>/);
  expect([...svg.matchAll(/[ "](\d+\.\d{3,})"/g)]).toEqual([]);
});

test("the pixels of an image are those of the file in it", async () => {
  const palette = Uint8Array.of(250, 249, 248, 10, 20, 30, 200, 0, 0);
  const indexed = {
    columns: 300,
    rows: 400,
    data: Uint8Array.from({ length: 120_000 }, (_, i) => (i * 7919) % 3),
    palette,
  };
  const decoded = await sharp(encodePixelPng(indexed)).raw().toBuffer({ resolveWithObject: true });
  expect([decoded.info.width, decoded.info.height]).toEqual([300, 400]);
  const expected = Uint8Array.from(
    { length: 360_000 },
    (_, i) => palette[3 * indexed.data[Math.floor(i / 3)]! + (i % 3)]!,
  );
  expect(Buffer.compare(decoded.data, Buffer.from(expected))).toBe(0);
  const rgb = { columns: 3, rows: 1, data: Uint8Array.of(1, 2, 3, 40, 50, 60, 255, 0, 128) };
  expect([...(await sharp(encodePixelPng(rgb)).raw().toBuffer())]).toEqual([...rgb.data]);
});

test("a PNG in Node has the size asked for and the colours of the scene", async () => {
  const scene = heatMap({
    values: [
      [0, 1],
      [0, 1],
    ],
    width: 132,
    rangeBar: false,
    numbers: false,
  });
  const bytes = await toPng(scene, { scale: 2 });
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([264, 264]);
  const colorAt = (x: number, y: number) => [...data.subarray(info.channels * (y * info.width + x)).subarray(0, 3)];
  expect(colorAt(8, 8)).toEqual([0xfb, 0xfa, 0xf7]);
  const last = scene.marks.flatMap((mark) =>
    mark.kind === "image" ? [[...mark.pixels.palette!.subarray(3 * 255)]] : [],
  )[0];
  expect(colorAt(200, 100)).toEqual(last);
});

test("what is no scene is an error that says so", async () => {
  for (const nothing of [undefined, null, 3, {}, { ...sampleScenes("a").barChart, marks: [{ kind: "star" }] }]) {
    expect(() => toSvg(nothing as Scene)).toThrow(/toSvg: got .*, expected a scene/);
    await expect(toPng(nothing as Scene)).rejects.toThrow(/toPng: got .*, expected a scene/);
  }
  await expect(toPng(sampleScenes("a").barChart!, { scale: 0 })).rejects.toThrow(
    "toPng: scale is 0, expected a number from 0.1 to 8.",
  );
});
