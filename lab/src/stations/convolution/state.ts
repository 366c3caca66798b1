/** Station 3 without its view: a convolution that one can follow product by product. */

export interface Image {
  /** Row by row. */
  readonly data: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
}

export const sizes = [1, 3, 5] as const;
export type KernelSize = (typeof sizes)[number];
export const paddings = ["valid", "same"] as const;
export type Padding = (typeof paddings)[number];

export interface Settings {
  readonly size: KernelSize;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
}

/** Pixels from the first to the last one that the kernel touches. */
export const spanOf = ({ size, dilation }: Settings): number => (size - 1) * dilation + 1;

export interface Fault {
  /** The control that can mend it. */
  readonly control: "size" | "dilation";
  readonly text: string;
}

/** Why an image of this side cannot be convolved so; undefined if it can. */
export function faultOf(settings: Settings, side: number): Fault | undefined {
  const { stride, dilation, padding } = settings;
  if (stride > 1 && dilation > 1)
    return {
      control: "dilation",
      text: `Keras takes a stride above 1 or a dilation above 1, not both: set the stride (${stride}) or the dilation (${dilation}) to 1.`,
    };
  const span = spanOf(settings);
  if (padding === "valid" && span > side)
    return {
      control: "size",
      text: `The kernel spans ${span} pixels and the image has ${side}: choose padding "same", a smaller kernel or less dilation.`,
    };
  return undefined;
}

/** Places of the window along an axis. */
export function outputSide(settings: Settings, side: number): number {
  const { stride, padding } = settings;
  return padding === "same" ? Math.ceil(side / stride) : Math.floor((side - spanOf(settings)) / stride) + 1;
}

/** Zeros before the first pixel of an axis; those behind the last may be one more, as in Keras. */
export function marginOf(settings: Settings, side: number): number {
  if (settings.padding === "valid") return 0;
  const needed = (outputSide(settings, side) - 1) * settings.stride + spanOf(settings) - side;
  return Math.floor(Math.max(0, needed) / 2);
}

/** The formula of the output's side with its numbers. */
export function formulaOf(settings: Settings, side: number): string {
  const { stride, padding, size, dilation } = settings;
  const out = outputSide(settings, side);
  if (padding === "same") return `⌈${side} / ${stride}⌉ = ${out}`;
  return `⌊(${side} − (${size} − 1) · ${dilation} − 1) / ${stride}⌋ + 1 = ${out}`;
}

export interface Place {
  readonly y: number;
  readonly x: number;
}

/** What one weight brings to a place of the output. */
export interface Term extends Place {
  readonly value: number;
  readonly weight: number;
  readonly product: number;
  /** Whether the pixel is of the margin of zeros. */
  readonly isMargin: boolean;
}

/** The products of a place of the output, in the order of the kernel. */
export function termsAt(image: Image, kernel: ArrayLike<number>, settings: Settings, place: Place): Term[] {
  const { size, stride, dilation } = settings;
  const [top, left] = [marginOf(settings, image.height), marginOf(settings, image.width)];
  return Array.from({ length: size * size }, (_, i) => {
    const y = place.y * stride + Math.floor(i / size) * dilation - top;
    const x = place.x * stride + (i % size) * dilation - left;
    const isMargin = y < 0 || x < 0 || y >= image.height || x >= image.width;
    const value = isMargin ? 0 : image.data[y * image.width + x]!;
    const weight = kernel[i]!;
    return { y, x, value, weight, product: value * weight, isMargin };
  });
}

export interface Layer extends Settings {
  /** Row by row, size x size. */
  readonly kernel: ArrayLike<number>;
  readonly bias: number;
  readonly isRelu: boolean;
}

/** The sum of a place: products and bias, before relu. */
export function sumAt(image: Image, layer: Layer, place: Place): number {
  return termsAt(image, layer.kernel, layer, place).reduce((sum, { product }) => sum + product, layer.bias);
}

export function convolve(image: Image, layer: Layer): Image {
  const [height, width] = [outputSide(layer, image.height), outputSide(layer, image.width)];
  const data = Float32Array.from({ length: height * width }, (_, i) => {
    const sum = sumAt(image, layer, { y: Math.floor(i / width), x: i % width });
    return layer.isRelu ? Math.max(0, sum) : sum;
  });
  return { data, height, width };
}

export const poolings = ["none", "max", "average"] as const;
export type Pooling = (typeof poolings)[number];

/** Pooling over squares side by side; rows and columns that fill no square are left out, as in Keras. */
export function pool(image: Image, kind: "max" | "average", size: number): Image {
  const [height, width] = [Math.floor(image.height / size), Math.floor(image.width / size)];
  const data = Float32Array.from({ length: height * width }, (_, i) => {
    const values = squareAt(image, size, { y: Math.floor(i / width), x: i % width });
    return kind === "max" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  return { data, height, width };
}

/** The values of a square of pooling. */
export function squareAt({ data, width }: Image, size: number, { y, x }: Place): number[] {
  return Array.from(
    { length: size * size },
    (_, i) => data[(y * size + Math.floor(i / size)) * width + x * size + (i % size)]!,
  );
}

export const kernelNames = ["identity", "blur", "sharpen", "edge", "sobel x", "sobel y", "emboss"] as const;
export type KernelName = (typeof kernelNames)[number];

/** Rows of Pascal's triangle, and their slopes: Sobel's kernels are products of the two. */
const smooth: Readonly<Record<KernelSize, readonly number[]>> = { 1: [1], 3: [1, 2, 1], 5: [1, 4, 6, 4, 1] };
const slope: Readonly<Record<KernelSize, readonly number[]>> = { 1: [0], 3: [-1, 0, 1], 5: [-1, -2, 0, 2, 1] };

const recipes: Readonly<Record<KernelName, (down: number, right: number, size: KernelSize) => number>> = {
  identity: (down, right) => (down === 0 && right === 0 ? 1 : 0),
  blur: (_down, _right, size) => 1 / size ** 2,
  sharpen: (down, right, size) => 2 * recipes.identity(down, right, size) - 1 / size ** 2,
  edge: (down, right, size) => size ** 2 * recipes.identity(down, right, size) - 1,
  "sobel x": (down, right, size) => smooth[size][down + (size >> 1)]! * slope[size][right + (size >> 1)]!,
  "sobel y": (down, right, size) => recipes["sobel x"](right, down, size),
  emboss: (down, right) => (down === 0 && right === 0 ? 1 : down + right),
};

/** A kernel by its name, row by row. */
export function kernelOf(name: KernelName, size: KernelSize): number[] {
  const reach = size >> 1;
  return Array.from({ length: size * size }, (_, i) =>
    recipes[name](Math.floor(i / size) - reach, (i % size) - reach, size),
  );
}

/** The kernel of another size with the same middle: cells are cut off, or are 0. */
export function resized(kernel: readonly number[], size: KernelSize): number[] {
  const before = Math.sqrt(kernel.length);
  const shift = (before - size) / 2;
  return Array.from({ length: size * size }, (_, i) => {
    const [y, x] = [Math.floor(i / size) + shift, (i % size) + shift];
    return y < 0 || x < 0 || y >= before || x >= before ? 0 : kernel[y * before + x]!;
  });
}

/** The place of the output whose window has its middle next to a pixel. */
export function placeUnder(settings: Settings, side: number, pixel: Place): Place {
  const along = (at: number) => {
    const middle = at + marginOf(settings, side) - (spanOf(settings) - 1) / 2;
    return Math.min(outputSide(settings, side) - 1, Math.max(0, Math.round(middle / settings.stride)));
  };
  return { y: along(pixel.y), x: along(pixel.x) };
}

/** The next place in reading order; the first behind the last. */
export function nextPlace({ y, x }: Place, { height, width }: Pick<Image, "height" | "width">): Place {
  const next = (y * width + x + 1) % (height * width);
  return { y: Math.floor(next / width), x: next % width };
}
