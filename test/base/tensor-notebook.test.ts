/** What notebooks show of tensors. */
import { type Tensor, tensor } from "fovea";
import sharp from "sharp";
import { expect, test } from "vitest";

/** As Deno's Jupyter kernel asks. */
const displayOf = (value: Tensor) =>
  (value as unknown as Record<symbol, () => Promise<Record<string, string>>>)[Symbol.for("Jupyter.display")]!();

/** The pictures, RGB, as another program reads them. */
const picturesOf = (html: string) =>
  Promise.all(
    [...html.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map(([, base64]) =>
      sharp(Buffer.from(base64!, "base64")).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true }),
    ),
  );

test("values are shown as NumPy prints them: nested, the middle of long axes left out", async () => {
  const { "text/plain": text, "text/html": html } = await displayOf(
    tensor([
      [1, 2.5, Number.NaN],
      [-4, 0, 1 / 3],
    ]),
  );
  expect(text).toBe("Tensor (2, 3) float32, -4 … 2.5\n[[1, 2.5, NaN],\n [-4, 0, 0.33333]]");
  expect(html).toContain("<pre>[[1, 2.5, NaN],");
  const long = await displayOf(tensor(Int32Array.from({ length: 100 }, (_, i) => i)));
  expect(long["text/plain"]).toBe("Tensor (100,) int32, 0 … 99\n[0, 1, 2, …, 97, 98, 99]");
  expect((await displayOf(tensor(7)))["text/plain"]).toBe("Tensor () float32, 7 … 7\n7");
  expect((await displayOf(tensor(new Float32Array(0), [0, 3])))["text/plain"]).toBe("Tensor (0, 3) float32\n[]");
});

test("images are shown as pictures with their own pixels", async () => {
  const [height, width] = [17, 19];
  const colors = Uint8Array.from({ length: 2 * height * width * 3 }, (_, i) => (i * 37) % 256);
  const pictures = await picturesOf((await displayOf(tensor(colors, [2, height, width, 3])))["text/html"]!);
  expect(pictures.length).toBe(2);
  for (const [image, { data, info }] of pictures.entries()) {
    expect(info).toMatchObject({ width, height, channels: 3 });
    for (const [y, x] of [
      [0, 0],
      [16, 18],
      [5, 7],
    ] as const) {
      const own = (y * width + x) * 3;
      const pixel = [...data.subarray(own, own + 3)];
      const at = image * height * width * 3 + own;
      expect(pixel).toEqual([...colors.subarray(at, at + 3)]);
    }
  }
});

test("grey images of 0 … 1 and of any other range use the whole brightness; matrices and lists of labels are text", async () => {
  const ramp = (least: number, most: number) =>
    tensor(
      Float32Array.from({ length: 256 }, (_, i) => least + ((most - least) * i) / 255),
      [16, 16],
    );
  for (const image of [ramp(0, 1), ramp(-3, 5)]) {
    const [picture] = await picturesOf((await displayOf(image))["text/html"]!);
    const bottomRow = [...picture!.data.subarray(-48)];
    expect(bottomRow).toEqual(Array.from({ length: 48 }, (_, i) => 240 + Math.floor(i / 3)));
  }
  for (const shape of [
    [10, 10],
    [1100, 16],
    [100, 2],
  ])
    expect((await displayOf(tensor(new Float32Array(shape[0]! * shape[1]!), shape)))["text/html"]).not.toContain(
      "<img",
    );
});
