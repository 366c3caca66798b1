/** What notebooks show of tensors. */
import { type Tensor, tensor } from "fovea";
import { expect, test } from "vitest";

/** As Deno's Jupyter kernel asks. */
const displayOf = (value: Tensor) =>
  (value as unknown as Record<symbol, () => Promise<Record<string, string>>>)[Symbol.for("Jupyter.display")]!();

/** The pictures' files. */
const picturesOf = (html: string) =>
  [...html.matchAll(/src="data:image\/bmp;base64,([^"]+)"/g)].map(([, base64]) => Buffer.from(base64!, "base64"));

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
  const pictures = picturesOf((await displayOf(tensor(colors, [2, height, width, 3])))["text/html"]!);
  expect(pictures.length).toBe(2);
  // Other programs' rule, by hand: 54 bytes, then rows from the bottom, blue first, each filled up to 4 bytes.
  const pitch = 60;
  for (const [image, file] of pictures.entries()) {
    expect(file.length).toBe(54 + pitch * height);
    for (const [y, x] of [
      [0, 0],
      [16, 18],
      [5, 7],
    ] as const) {
      const pixel = [...file.subarray(54 + (height - 1 - y) * pitch + 3 * x).subarray(0, 3)].reverse();
      const at = ((image * height + y) * width + x) * 3;
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
    const [file] = picturesOf((await displayOf(image))["text/html"]!);
    const bottomRow = [...file!.subarray(54, 54 + 48)];
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
