/** The commands of `fovea`, in the order of its help. A new command is a file here and a line below. */
import type { CommandEntry } from "../command.ts";

export const commands: readonly CommandEntry[] = [
  {
    name: "train",
    summary: "train a model on MNIST, the handout's CNN or one's own, and read four digits",
    load: async () => (await import("./train.ts")).defineTrain,
  },
  {
    name: "predict",
    summary: "what a model sees in pictures: the most probable classes",
    load: async () => (await import("./predict.ts")).definePredict,
  },
  {
    name: "evaluate",
    summary: "loss and metrics of a model, on MNIST or data of one's own",
    load: async () => (await import("./evaluate.ts")).defineEvaluate,
  },
  {
    name: "example",
    summary: "what CNNs are for: detection, segmentation, voice, text, search, video, driving",
    load: async () => (await import("./example.ts")).defineExample,
  },
  {
    name: "bench",
    summary: "images per second of a model on this machine, and where the time of a step goes",
    load: async () => (await import("./bench.ts")).defineBench,
  },
  {
    name: "plot",
    summary: "the log of a run as a picture: curves, confusion matrix, race; or the layers of a model",
    load: async () => (await import("./plot.ts")).definePlot,
  },
  {
    name: "race",
    summary: "the same training on one device after the other: CPU against GPU",
    load: async () => (await import("./race.ts")).defineRace,
  },
  {
    name: "sweep",
    summary: "a command with every combination of some options: here, or as an array of Slurm or HTCondor",
    load: async () => (await import("./sweep.ts")).defineSweep,
  },
  {
    name: "lab",
    summary: "a page on which one sees, trains and takes apart a CNN, in the browser",
    load: async () => (await import("./lab.ts")).defineLab,
  },
  {
    name: "inspect",
    summary: "what a file of a model or of weights holds, and what wrote it",
    load: async () => (await import("./inspect.ts")).defineInspect,
  },
  {
    name: "cost",
    summary: "parameters, multiply-adds, memory and receptive fields of each layer",
    load: async () => (await import("./cost.ts")).defineCost,
  },
  {
    name: "convert",
    summary: "a model from one file format to another: .keras, .h5, .onnx, model.json, .safetensors",
    load: async () => (await import("./convert.ts")).defineConvert,
  },
  {
    name: "explain",
    summary: "the compiled training step: operations, shapes, buffers, bytes, FLOPs",
    load: async () => (await import("./explain.ts")).defineExplain,
  },
  {
    name: "devices",
    summary: "what this machine can compute on",
    load: async () => (await import("./devices.ts")).defineDevices,
  },
];
