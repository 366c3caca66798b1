/** What the visitor has set at this station; the address holds what a link should restore. */
import { batch, computed, signal } from "@preact/signals";
import { decimal, decimals, oneOf, wholeNumber, yesOrNo } from "../../state/address.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { address, sample, select, unitCodec } from "../../state/selection.ts";
import {
  convolve,
  faultOf,
  type Image,
  type KernelSize,
  kernelNames,
  kernelOf,
  type Layer,
  nextPlace,
  outputSide,
  type Place,
  paddings,
  pool,
  poolings,
  resized,
  type Settings,
  sizes,
  termsAt,
} from "./state.ts";

const sizeText = address.signal("convolution.size", "3", oneOf(["1", "3", "5"]));
export const stride = address.signal("convolution.stride", 1, wholeNumber(1, 4));
export const dilation = address.signal("convolution.dilation", 1, wholeNumber(1, 4));
export const padding = address.signal("convolution.padding", "valid", oneOf(paddings));
export const isRelu = address.signal("convolution.relu", false, yesOrNo);
export const pooling = address.signal("convolution.pooling", "none", oneOf(poolings));
export const poolSize = address.signal("convolution.pool", 2, wholeNumber(2, 3));

export const kernelSources = [...kernelNames, "trained", "painted"] as const;
export type KernelSource = (typeof kernelSources)[number];
export const kernelSource = address.signal<KernelSource>("convolution.kernel", "sobel x", oneOf(kernelSources));

export const imageSources = ["digit", "own"] as const;
export const imageSource = address.signal("convolution.image", "digit", oneOf(imageSources));

/** Rows and columns of an image that the visitor paints. */
export const OWN = 12;
const blank = new Float32Array(OWN * OWN);
export const own = address.signal<Float32Array>("convolution.own", blank, {
  parse: (text) => (/^[01]{144}$/.test(text) ? Float32Array.from(text, Number) : undefined),
  print: (pixels) => pixels.join(""),
});

/** A weight that is typed is no larger than this. */
export const LARGEST = 1000;
const painted = address.signal<readonly number[]>(
  "convolution.painted",
  kernelOf("sobel x", 3),
  decimals([1, 9, 25], -LARGEST, LARGEST),
);
const ownBias = address.signal("convolution.bias", 0, decimal(-LARGEST, LARGEST));
/** Kernel and bias of the first layer's filter that is selected; undefined until the engine has given them. */
export const trained = signal<{ readonly kernel: readonly number[]; readonly bias: number } | undefined>(undefined);

export const settings = computed(
  (): Settings => ({
    size: sizes.find((each) => String(each) === sizeText.value)!,
    stride: stride.value,
    dilation: dilation.value,
    padding: padding.value,
  }),
);

export const layer = computed((): Layer => {
  const source = kernelSource.value;
  const { size } = settings.value;
  const common = { ...settings.value, isRelu: isRelu.value };
  if (source === "trained" && trained.value !== undefined) {
    const { kernel, bias } = trained.value;
    return { ...common, kernel: resized(kernel, size), bias };
  }
  const isOwn = source === "painted" || source === "trained";
  const kernel = isOwn ? resized(painted.value, size) : kernelOf(source, size);
  return { ...common, kernel, bias: ownBias.value };
});

export const image = computed((): Image | undefined => {
  if (imageSource.value === "own") return { data: own.value, height: OWN, width: OWN };
  const digits = samples.value;
  return digits && { data: imageOf(digits, sample.value), height: 28, width: 28 };
});

export const fault = computed(() => image.value && faultOf(settings.value, image.value.height));

/** The map; undefined while there is no image or the settings are wrong. */
export const output = computed(() =>
  image.value === undefined || fault.value !== undefined ? undefined : convolve(image.value, layer.value),
);

export const pooled = computed(() =>
  output.value === undefined || pooling.value === "none"
    ? undefined
    : pool(output.value, pooling.value, poolSize.value),
);

const start: Place = { y: 6, x: 18 };
const wanted = address.signal("convolution.place", start, unitCodec);

/** Where the window is: the place of the output that it makes. */
export const place = computed((): Place => {
  const side =
    image.value === undefined || fault.value !== undefined ? 1 : outputSide(settings.value, image.value.height);
  return { y: Math.min(side - 1, wanted.value.y), x: Math.min(side - 1, wanted.value.x) };
});

export const terms = computed(() =>
  image.value === undefined || fault.value !== undefined
    ? []
    : termsAt(image.value, layer.value.kernel, settings.value, place.value),
);

/** How many of the products have been added: all but where the visitor follows the addition. */
export const added = signal(25);

export function slideTo(to: Place): void {
  wanted.value = to;
}

export function slideOn(): void {
  if (output.value !== undefined) wanted.value = nextPlace(place.value, output.value);
}

export function setSize(size: KernelSize): void {
  sizeText.value = String(size) as "1" | "3" | "5";
}

/** Changes a weight: the kernel is the visitor's own from here on. */
export function paintKernel(at: number, weight: number): void {
  batch(() => {
    const { kernel, bias } = layer.value;
    painted.value = Array.from(kernel, (each, i) => (i === at ? weight : each));
    ownBias.value = bias;
    kernelSource.value = "painted";
  });
}

export function setBias(bias: number): void {
  batch(() => {
    if (kernelSource.value === "trained") paintKernel(0, layer.value.kernel[0]!);
    ownBias.value = bias;
  });
}

export function paintImage({ y, x }: Place, level: number): void {
  const next = own.value.slice();
  next[y * OWN + x] = level;
  own.value = next;
}

/** Whether the map is that of the network's first layer, so that the window is one of its units. */
export const isNetworkMap = computed(
  () =>
    kernelSource.value === "trained" &&
    imageSource.value === "digit" &&
    isRelu.value &&
    output.value?.height === 26 &&
    settings.value.size === 3,
);

/** Makes the window's unit the selected one, everywhere. */
export function selectHere(channel: number): void {
  if (isNetworkMap.value) select({ layer: "conv2d", channel, ...place.value });
}

export function reset(): void {
  batch(() => {
    sizeText.value = "3";
    stride.value = 1;
    dilation.value = 1;
    padding.value = "valid";
    isRelu.value = false;
    pooling.value = "none";
    poolSize.value = 2;
    kernelSource.value = "sobel x";
    imageSource.value = "digit";
    own.value = blank;
    ownBias.value = 0;
    wanted.value = start;
    added.value = 25;
  });
}
