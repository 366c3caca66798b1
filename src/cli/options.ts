/** Options that several commands share, and the parsers of their values. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Verbose } from "../index.ts";

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number of ${least} or more.`);
    return value;
  };
}

export const positiveInteger = wholeNumber(1);
export const naturalNumber = wholeNumber(0);

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

/** Commander's `choices` is not used, because the model checks the name and suggests the nearest one. */
export function deviceOption(): Option {
  return new Option("--device <name>", "auto, cpu, gpu or reference (default: the model's own, or auto)");
}

export function threadsOption(): Option {
  const usual = "(default: the model's own, or the cores of this machine, at most 8)";
  return new Option("--threads <n>", `worker threads of the CPU device ${usual}`).argParser(positiveInteger);
}

export function distributedOption(): Option {
  return new Option("--distributed", "share each batch with the other processes of mpirun, mpiexec or srun");
}

/** What the argument for a model may be, in the help of commands. */
export const modelArgument = "a file or folder with a model, or a JavaScript module that exports one";

/** Names with commas between them, such as "accuracy,auc". */
export function nameList(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("Expected names with commas between them.");
  return names;
}

/** The options that were given, as they are typed; those of `without` are left out. */
export function givenOptions(command: Command, without: readonly string[]): string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli" || without.includes(name)) return [];
    const value: unknown = command.getOptionValue(name);
    if (option.negate) return value === false ? [option.long!] : [];
    return typeof value === "boolean" ? [option.long!] : [option.long!, quote(String(value))];
  });
}

/** A word that a shell takes as it is, or in quotes. */
export const quote = (word: string) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const verboseLevels = { auto: "auto", 0: 0, 1: 1, 2: 2, json: "json" } as const satisfies Record<string, Verbose>;

export function verboseOption(): Option {
  return new Option("--verbose <level>", "0 silent, 1 a bar, 2 one line per epoch, json")
    .choices(Object.keys(verboseLevels))
    .default("auto")
    .argParser((text) => {
      const level = verboseLevels[text as keyof typeof verboseLevels];
      if (level === undefined)
        throw new InvalidArgumentError(`Allowed choices are ${Object.keys(verboseLevels).join(", ")}.`);
      return level;
    });
}
