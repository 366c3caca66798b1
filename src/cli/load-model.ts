/** Loads a model from a file of any format, or from a user's JavaScript module. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ArgumentError, FoveaError, InputOutputError, loadModel as loadFile, Model } from "../index.ts";

const howTo = "Write `export const model = new Sequential([ … ])` in it, or export a function that makes the model.";

const modules = /\.(js|mjs|cjs|ts|mts|cts)$/;

/**
 * The model of a file or folder that fovea reads, or what a module exports: the export `model` of the module, or its default export. Either may be a function that returns the model, or a promise of it.
 *
 * @throws InputOutputError when the file does not exist or fails; ArgumentError when it exports no model
 */
export async function loadModel(path: string): Promise<Model> {
  const file = requireModelFile(path);
  if (!modules.test(file) || statSync(file).isDirectory()) return (await loadFile(file)) as unknown as Model;
  const url = pathToFileURL(file).href;
  const exports: Readonly<Record<string, unknown>> = await attempt(
    path,
    "be loaded",
    () => import(/* @vite-ignore */ url),
  );
  const found = exports.model ?? exports.default;
  if (found === undefined) {
    const names = Object.keys(exports);
    const what = names.length === 0 ? "nothing" : `only ${names.join(", ")}`;
    throw new ArgumentError(`"${path}" exports ${what}: neither \`model\` nor a default. ${howTo}`);
  }
  const model = await attempt(path, "make its model", () => (typeof found === "function" ? found() : found));
  if (model instanceof Model) return model;
  throw new ArgumentError(`"${path}" exports ${describe(model)} as its model. ${hintFor(model)}`);
}

/** Whether a path is that of a model, by its ending; a folder is one. */
export function isModelPath(path: string): boolean {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder || modules.test(path) || /(\.(keras|h5|hdf5|onnx)|(^|[\\/])model\.json)$/i.test(path);
}

/** The path as a whole. @throws InputOutputError when neither a file nor a folder is there */
export function requireModelFile(path: string): string {
  const file = resolve(path);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() || stats?.isDirectory()) return file;
  throw new InputOutputError(
    `There is no file "${path}" (looked for ${file}). Give the path of a model (.keras, .h5, .onnx, model.json, a folder), or of a JavaScript module that exports one.`,
  );
}

/** Errors of the user's file are reported with their position in it. */
async function attempt<T>(path: string, what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const hint =
      code === "ERR_UNKNOWN_FILE_EXTENSION" ? " This Node runs JavaScript only: compile the file first." : "";
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    throw new InputOutputError(`"${path}" could not ${what}.${hint}\n${reason}`, { cause });
  }
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? "none"}`;
}

/** A model of another copy of the package has the methods but not the class. */
function hintFor(value: unknown): string {
  const alike = typeof value === "object" && value !== null && "compile" in value && "predict" in value;
  return alike
    ? "If it is a model of fovea, it comes from another copy of the package than this command: run the project's own with `npx fovea`."
    : howTo;
}
