/** What station 11 asks the engine: the network slid over a page, and what the networks of three programs say of their scenes. */
import { Tensor } from "fovea";
import { type FoundDigit, findDigits, type SlidingMap, slideOverPage } from "fovea/insight";
import type { WeightsAt } from "../../engine/protocol.ts";
import type { Task } from "../../engine/tasks.ts";
import type { DetectOutput, SceneInput, SearchOutput, SegmentOutput } from "./programs.ts";
import { centredWindows, PAGE, type Windows } from "./state.ts";

export interface LookInput {
  /** Grey levels 0 … 1, [84, 84]. */
  readonly page: Float32Array;
  readonly at: WeightsAt;
  /** The run that has the weights; a step of another run has others. */
  readonly run: number;
  /** The least score of a box, 0 … 1. */
  readonly threshold: number;
  /** The most that two boxes may overlap, 0 … 1. */
  readonly overlap: number;
  /** The least mean pixel of a box, 0 … 1. */
  readonly ink: number;
  /** Whether windows whose ink is not in the middle are left out. */
  readonly onlyCentred: boolean;
}

export interface LookOutput extends Windows {
  readonly scores: Float32Array;
  readonly ink: Float32Array;
  /** The same, and -1 for windows that are left out. */
  readonly counted: Float32Array;
  /** Best first. */
  readonly found: readonly FoundDigit[];
  /** Milliseconds that the sliding took. */
  readonly ms: number;
}

interface Slid {
  readonly map: SlidingMap;
  readonly ms: number;
}

/** The last page that the network was slid over: sliders choose among its windows and do not compute them again. */
let last:
  | { readonly page: Float32Array; readonly at: WeightsAt; readonly run: number; readonly slid: Slid }
  | undefined;

export const look: Task<LookInput, LookOutput> = (input, { withModel, signal }) =>
  withModel(input.at, async (model) => {
    signal.throwIfAborted();
    const { page, at, run, onlyCentred, ...options } = input;
    const isSame = last?.at === at && last.run === run && last.page.every((pixel, i) => pixel === page[i]);
    if (!isSame || last === undefined) {
      const start = performance.now();
      const map = await slideOverPage(model, new Tensor(page, [PAGE, PAGE, 1]));
      last = { page, at, run, slid: { map, ms: performance.now() - start } };
    }
    const { map, ms } = last.slid;
    const [rows, columns] = map.scores.shape as [number, number, number];
    const centred = onlyCentred ? centredWindows(page, rows, columns) : undefined;
    const counted = Float32Array.from(map.ink.data, (mean, i) => (centred?.[i] === 0 ? -1 : mean));
    const found = findDigits({ ...map, ink: new Tensor(counted, [rows, columns]) }, options);
    return {
      rows,
      columns,
      scores: Float32Array.from(map.scores.data),
      ink: Float32Array.from(map.ink.data),
      counted,
      found,
      ms,
    };
  });

/** The programs' code is loaded when one is asked for. */
export const detect: Task<SceneInput, DetectOutput> = async (input) => (await import("./programs.ts")).detect(input);
export const segment: Task<SceneInput, SegmentOutput> = async (input) => (await import("./programs.ts")).segment(input);
export const embed: Task<SceneInput, SearchOutput> = async (input) => (await import("./programs.ts")).embed(input);
