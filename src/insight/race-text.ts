/** A race as text. */

import { formatCount, formatFixed, formatPercent } from "../base/format.ts";
import { plainTable } from "../view/plain-table.ts";
import { checkMade } from "./check-model.ts";
import type { Crossover, CrossoverCell } from "./crossover.ts";
import type { Parity } from "./parity.ts";
import type { Race, RaceLane } from "./race-options.ts";

/**
 * The devices, a table of their times, the faster one, whether the losses are the same numbers, and notes on the figures; ends
 * with "\n".
 *
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { race, raceText } from "fovea/insight";
 * import { Dense } from "fovea/layers";
 * const model = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mean_squared_error" });
 * const data = [[[1], [2], [3], [4]], [2, 4, 6, 8]] as const;
 * console.log(raceText(await race(model, data, { devices: ["reference"], steps: 4, batchSize: 2 })));
 * ```
 */
export function raceText(race: Race): string {
  checkMade("raceText", race, "race", ["lanes", "failures"]);
  const { lanes, failures } = race;
  const devices = lanes.map(({ device, description, disguised }) => {
    const disguise = disguised
      ? "\n  This GPU is the CPU in disguise: a program computes what a graphics card would."
      : "";
    return `Device: ${device} (${description})${disguise}\n`;
  });
  const absent = failures.map(({ device, reason }) => `Not in the race: ${device}. ${reason}\n`);
  if (lanes.length === 0) {
    const why = race.stopped ? "Stopped before a device was ready" : "No device could run, so there is nothing to tell";
    return `${absent.join("")}${why}.\n`;
  }
  return [...devices, ...absent, "\n", laneTable(race), "\n", ...raceNotes(race).map((note) => `${note}\n`)].join("");
}

function laneTable({ lanes, targetAccuracy }: Race): string {
  const time = { unit: "ms", align: "right" } as const;
  const columns = [
    { heading: "device" },
    { heading: "start", digits: 0, ...time },
    { heading: "compile", digits: 0, ...time },
    { heading: "warm-up", digits: 0, ...time },
    { heading: "step, median", digits: 2, ...time },
    { heading: "p95", digits: 2, ...time },
    { heading: "images/s", digits: 0, align: "right" },
    { heading: "speed-up", align: "right" },
    { heading: `to ${formatPercent(targetAccuracy, 0)}`, align: "right" },
  ] as const;
  const rows = lanes.map((lane) => [
    lane.device,
    lane.startMs,
    lane.compileMs,
    lane.warmUpMs,
    lane.speed?.medianMs,
    lane.speed?.p95Ms,
    lane.speed?.imagesPerSecond,
    lane.speedUp === undefined ? undefined : `${formatFixed(lane.speedUp, 2)}x`,
    targetText(lane),
  ]);
  return plainTable(columns, rows);
}

function targetText({ target, accuracies }: RaceLane): string | undefined {
  if (accuracies === undefined) return undefined;
  return target === undefined ? "not reached" : `${formatFixed(target.seconds, 2)} s, step ${target.step}`;
}

/** The verdicts, and notes for comparing the figures. */
export function raceNotes(race: Race): string[] {
  checkMade("raceNotes", race, "race", ["lanes", "failures"]);
  const { lanes, parity, steps, warmUpSteps, batchSize, seed } = race;
  const measured = lanes.filter(({ speed }) => speed !== undefined);
  const fastest = measured.reduce<RaceLane | undefined>(
    (best, lane) => (best === undefined || lane.speed!.imagesPerSecond > best.speed!.imagesPerSecond ? lane : best),
    undefined,
  );
  const done = Math.max(...lanes.map(({ losses }) => losses.length));
  return [
    ...(race.stopped
      ? [`Stopped: of ${formatCount(steps)} steps per device, ${formatCount(done)} were done at most.`]
      : []),
    ...(lanes.length < 2
      ? [`Only ${lanes.map(({ device }) => device).join("")} ran, so there was nothing to compare with.`]
      : fastest?.speedUp === undefined
        ? []
        : [`Fastest: ${fastest.device}, ${formatFixed(fastest.speedUp, 2)} times as fast as the slowest.`]),
    ...(parity === undefined ? [] : [parityText(parity)]),
    `${formatCount(steps)} steps of ${formatCount(batchSize)} images, the same on each device (seed ${seed}), one device after the other; ` +
      `the speed is of the steps after the first ${formatCount(warmUpSteps)}.`,
    ...(lanes.some(({ accuracies }) => accuracies !== undefined)
      ? [
          "The time to an accuracy begins with the first step. It is the accuracy over the last 1,000 images, each judged before the " +
            "model learned from it.",
        ]
      : []),
  ];
}

function parityText({ base, largestGap, largestAt, largestOn, tolerance, partsAt, gaps }: Parity): string {
  const bound = tolerance.toExponential(0);
  const largest = `the largest gap, of ${largestOn} to ${base}, is ${largestGap.toExponential(1)} in step ${formatCount(largestAt)}`;
  if (partsAt === undefined)
    return `Loss per step: the same numbers within ${bound} in ${formatCount(gaps.length)} steps; ${largest}.`;
  const first = `gap in step 1: ${gaps[0]!.toExponential(1)}`;
  return (
    `Loss per step: NOT the same numbers from step ${formatCount(partsAt)} on, where the gap passes ${bound}; ${largest} (${first}). ` +
    "Devices round differently and training amplifies it, slowly at first; a gap from the first steps on is an error."
  );
}

/** The winner by filters (rows) and batch size (columns): `gpu 3.1x`; ends with "\n". */
export function crossoverText(crossover: Crossover): string {
  checkMade("crossoverText", crossover, "crossover", ["filters", "batchSizes", "cells"]);
  const { filters, batchSizes, cells, steps } = crossover;
  const cellText = (cell: CrossoverCell | undefined): string | undefined => {
    if (cell?.winner === undefined) return undefined;
    const { device, factor } = cell.winner;
    if (factor !== undefined) return `${device} ${formatFixed(factor, 2)}x`;
    return `${device} ${formatCount(cell.imagesPerSecond[device]!)}/s`;
  };
  const columns = [
    { heading: "filters" },
    ...batchSizes.map((size) => ({ heading: `batch ${size}`, align: "right" as const })),
  ];
  const rows = filters.map((count) => [
    count,
    ...batchSizes.map((size) => cellText(cells.find((cell) => cell.filters === count && cell.batchSize === size))),
  ]);
  return (
    `Who wins, and how many times as fast as the next one:\n${plainTable(columns, rows)}` +
    `${formatCount(steps)} steps per device and cell.\n`
  );
}
