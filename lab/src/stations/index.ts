/**
 * The stations in their order. A station is a folder of its name with station.tsx (which exports `station`), state.ts and a test;
 * one whose folder is not there is not shown.
 */
import type { StationModule } from "./station.ts";

const titles = {
  see: "See it",
  "receptive-fields": "Receptive fields",
  convolution: "Convolution in pictures",
  dense: "CNN against fully connected",
  build: "Build it",
  train: "Train it",
  race: "CPU against GPU",
  predict: "Predict",
  inside: "Look inside",
  why: "Why?",
  applications: "Where CNNs go",
  export: "Export",
} as const;

export type StationName = keyof typeof titles;

export interface StationEntry {
  readonly name: StationName;
  /** From 1. */
  readonly number: number;
  readonly title: string;
  /** Loads the station's own script. */
  readonly load: () => Promise<StationModule>;
}

/** Stations that know the handout's network alone: they do not follow a run with another one. */
export const handoutStations: ReadonlySet<StationName> = new Set([
  "see",
  "receptive-fields",
  "convolution",
  "inside",
  "why",
  "applications",
]);

const modules = import.meta.glob<StationModule>("./*/station.tsx");

export const stations: readonly StationEntry[] = Object.entries(titles).flatMap(([name, title], index) => {
  const load = modules[`./${name}/station.tsx`];
  return load === undefined ? [] : [{ name: name as StationName, number: index + 1, title, load }];
});
