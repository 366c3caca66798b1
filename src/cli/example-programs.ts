/** Finds the programs of `fovea example`: compiled files in dist/examples, which the package carries. */
import { existsSync } from "node:fs";
import { unknownName } from "../base/errors.ts";
import { type AnyModel, StateError } from "../index.ts";
import type { Example } from "./example.ts";

/** In the order of docs/examples.md. */
export const exampleNames = ["detection", "segmentation", "voice", "text", "search", "video", "driving"] as const;

export type ExampleName = (typeof exampleNames)[number];

/** @throws ArgumentError for an unknown name; StateError in a checkout that has not been built */
export async function loadExample(name: string): Promise<Example<unknown, AnyModel>> {
  if (!exampleNames.includes(name as ExampleName)) throw unknownName("example", name, exampleNames);
  // The same from src/cli and from dist/node.
  const file = new URL(`../../dist/examples/${name}.js`, import.meta.url);
  if (!existsSync(file))
    throw new StateError(`fovea example: ${file.pathname} is not there; run "npm run build" first.`);
  const { example } = (await import(file.href)) as { readonly example: Example<unknown, AnyModel> };
  return example;
}
