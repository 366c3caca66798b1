/** The command line: finds the command, loads its file and no other one, and turns errors into messages and exit codes. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { FoveaError } from "../index.ts";
import { commands } from "./commands/index.ts";
import type { CliHost } from "./host.ts";

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The command that the words name, `help train` included; undefined when they name none. */
function commandName(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return words[0] === "help" ? words[1] : words[0];
}

/**
 * Runs `fovea <args>`.
 *
 * @returns the exit code: 0, 1 after an error, 130 after Ctrl+C
 */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  let exitCode = 0;
  const program = new Command("fovea")
    .description("Keras for TypeScript: convolutional networks, trained where the data is.")
    .version(packageVersion())
    .configureOutput({ writeOut: (text) => host.out(text), writeErr: (text) => host.err(text) })
    .exitOverride();
  try {
    const wanted = commandName(args);
    for (const { name, summary, load } of commands) {
      const command = program.command(name).description(summary);
      // Commands that are not asked for stay unloaded: the list of them shows names and summaries only.
      if (name !== wanted) continue;
      const run = (await load())(command);
      command.action(async () => {
        exitCode = await run(host);
      });
    }
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has written its message (or its help) already.
    if (error instanceof CommanderError) return error.exitCode;
    host.err(errorText(error));
    return 1;
  }
}

/** An error made for people is its message; anything else is a bug, and its stack says where. */
function errorText(error: unknown): string {
  if (error instanceof FoveaError && error.name !== "InternalError") return `error: ${error.message}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
