/** What changes images at random: each with its draws in training. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const augmentationCases = {
  RandomFlip: [
    {
      name: "drawn",
      options: { mode: "horizontal", seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
    {
      name: "channels first",
      options: { dataFormat: "channels_first", seed: 2 },
      input: [3, 2, 4, 3],
      output: [3, 2, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomRotation: [
    {
      name: "drawn",
      options: { factor: 0.2, seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
    {
      name: "constant, channels first",
      options: { factor: [0.1, 0.3], fillMode: "constant", fillValue: 0.5, dataFormat: "channels_first", seed: 1 },
      input: [2, 1, 4, 5],
      output: [2, 1, 4, 5],
      draw: "positive",
      training: true,
    },
  ],
  RandomZoom: [
    {
      name: "drawn",
      options: { heightFactor: 0.3, seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
    {
      name: "wrapped",
      options: { heightFactor: [0.4, 0.5], widthFactor: [-0.3, -0.1], fillMode: "wrap", seed: 3 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomTranslation: [
    {
      name: "drawn",
      options: { heightFactor: 0.3, widthFactor: [-0.5, -0.2], fillMode: "nearest", seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomShear: [
    {
      name: "drawn",
      options: { xFactor: 0.4, yFactor: [0.1, 0.2], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomPerspective: [
    {
      name: "drawn",
      options: { factor: [0.8, 1], scale: 0.4, seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomCrop: [
    {
      name: "drawn",
      options: { height: 3, width: 2, seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 3, 2, 3],
      draw: "positive",
      training: true,
    },
    {
      name: "too small",
      options: { height: 5, width: 6, seed: 1 },
      input: [1, 6, 4, 2],
      output: [1, 5, 6, 2],
      draw: "positive",
      training: true,
    },
  ],
  RandomContrast: [
    {
      name: "drawn",
      options: { factor: 0.4, valueRange: [-1, 3], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomBrightness: [
    {
      name: "drawn",
      options: { factor: 0.2, valueRange: [-1, 3], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomHue: [
    {
      name: "drawn",
      options: { factor: 0.5, valueRange: [0, 2.5], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomSaturation: [
    {
      name: "drawn",
      options: { factor: [0.2, 0.4], valueRange: [0, 2], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomInvert: [
    {
      name: "drawn",
      options: { factor: [0.4, 0.6], valueRange: [0, 2], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomGrayscale: [
    {
      name: "drawn",
      options: { factor: 0.6, seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomColorDegeneration: [
    {
      name: "drawn",
      options: { factor: 0.6, valueRange: [-3, 5], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomSharpness: [
    {
      name: "drawn",
      options: { factor: 0.6, valueRange: [-9, 9], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  Solarization: [
    {
      name: "drawn",
      options: { additionFactor: 0.1, thresholdFactor: [0.1, 0.6], valueRange: [0, 3], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomPosterization: [
    {
      name: "drawn",
      options: { factor: [2, 5], valueRange: [0, 3], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
      indices: true,
    },
  ],
  RandomGaussianBlur: [
    {
      name: "drawn",
      options: { factor: [0.5, 1], kernelSize: [3, 5], sigma: [0.3, 0.9], valueRange: [-1, 3], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  AutoContrast: [
    {
      name: "drawn",
      options: { valueRange: [0, 3] },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  Equalization: [
    {
      name: "drawn",
      options: { valueRange: [0, 3], bins: 4 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
  ],
  RandomErasing: [
    {
      name: "drawn",
      options: { factor: [0.6, 1], scale: [0.1, 0.6], fillValue: [0.5, 1, 1.5], valueRange: [0, 3], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
    {
      name: "noise, channels first",
      options: { scale: [0.1, 0.6], valueRange: [0, 3], dataFormat: "channels_first", seed: 1 },
      input: [2, 2, 3, 4],
      output: [2, 2, 3, 4],
      draw: "positive",
      training: true,
    },
  ],
  RandomColorJitter: [
    {
      name: "drawn",
      options: {
        brightnessFactor: 0.1,
        contrastFactor: 0.2,
        saturationFactor: [0.4, 0.6],
        hueFactor: 0.1,
        valueRange: [0, 3],
        seed: 1,
      },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
    },
    {
      name: "channels first",
      options: { saturationFactor: [0.4, 0.6], valueRange: [0, 3], dataFormat: "channels_first", seed: 1 },
      input: [2, 3, 4, 5],
      output: [2, 3, 4, 5],
      draw: "positive",
      training: true,
    },
    {
      name: "grey",
      options: { brightnessFactor: 0.1, valueRange: [0, 3], seed: 1 },
      input: [2, 3, 3, 1],
      output: [2, 3, 3, 1],
      draw: "positive",
      training: true,
    },
  ],
  RandAugment: [
    {
      name: "drawn",
      options: { valueRange: [0, 3], seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
      indices: true,
    },
    {
      name: "channels first",
      options: { valueRange: [0, 3], numOps: 1, factor: [0.1, 0.2], dataFormat: "channels_first", seed: 2 },
      input: [2, 3, 4, 5],
      output: [2, 3, 4, 5],
      draw: "positive",
      training: true,
      indices: true,
    },
  ],
  AugMix: [
    {
      name: "drawn",
      options: { valueRange: [0, 3], numChains: 2, chainDepth: 1, seed: 1 },
      input: [2, 5, 4, 3],
      output: [2, 5, 4, 3],
      draw: "positive",
      training: true,
      indices: true,
    },
  ],
  MixUp: [
    { name: "drawn", options: { alpha: 0.6, seed: 1 }, input: [4, 2, 3, 2], output: [4, 2, 3, 2], training: true },
  ],
  CutMix: [
    {
      name: "drawn",
      options: { factor: [0.8, 1], seed: 1 },
      input: [4, 3, 4, 2],
      output: [4, 3, 4, 2],
      training: true,
    },
    {
      name: "channels first",
      options: { dataFormat: "channels_first", seed: 2 },
      input: [3, 2, 3, 4],
      output: [3, 2, 3, 4],
      training: true,
    },
  ],
} satisfies CasesOf<
  | "RandAugment"
  | "AugMix"
  | "MixUp"
  | "CutMix"
  | "RandomFlip"
  | "RandomRotation"
  | "RandomZoom"
  | "RandomTranslation"
  | "RandomShear"
  | "RandomPerspective"
  | "RandomCrop"
  | "RandomContrast"
  | "RandomBrightness"
  | "RandomHue"
  | "RandomSaturation"
  | "RandomInvert"
  | "RandomGrayscale"
  | "RandomColorDegeneration"
  | "RandomSharpness"
  | "Solarization"
  | "RandomPosterization"
  | "RandomGaussianBlur"
  | "AutoContrast"
  | "Equalization"
  | "RandomErasing"
  | "RandomColorJitter"
>;
