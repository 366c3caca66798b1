/** The contract between the program and its commands. */
import type { Command } from "commander";
import type { CliHost } from "./host.ts";

/** Runs with the options that commander has parsed; resolves to the exit code. */
export type RunCommand = (host: CliHost) => Promise<number>;

/** Adds a command's options and examples. */
export type DefineCommand = (command: Command) => RunCommand;

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<DefineCommand>;
}
