/** The command line: finds the command, loads only its file, and turns errors into messages and exit codes. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { FoveaError } from "../index.ts";
import { commands } from "./commands/index.ts";
import type { CliHost } from "./host.ts";

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The command named by the arguments, also in `help train`; undefined if there is none. */
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
      // Other commands are not loaded: their list shows only names and summaries.
      if (name !== wanted) continue;
      const run = (await load())(command);
      command.action(async () => {
        exitCode = await run(host);
      });
    }
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has already written its message (or its help).
    if (error instanceof CommanderError) return error.exitCode;
    host.err(errorText(error));
    return 1;
  }
}

/** The message of an error made for users; the stack of any other error, which is a bug. */
function errorText(error: unknown): string {
  if (error instanceof FoveaError && error.name !== "InternalError") return `error: ${error.message}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
