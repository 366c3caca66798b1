import type { CliHost } from "../../src/cli/host.ts";
import { runCli } from "../../src/cli/program.ts";

/** A process that keeps what is written and lets a test press Ctrl+C. */
export class CapturedHost implements CliHost {
  stdout = "";
  stderr = "";
  color = false;
  progress: CliHost["progress"] = { mode: "log", columns: 80, color: false };
  readonly left: number[] = [];
  readonly program = "fovea";
  readonly #listeners = new Set<(exitCode: number) => void>();
  /** Sees every piece of progress. */
  watch: (text: string) => void = () => {};

  out(text: string): void {
    this.stdout += text;
    this.watch(text);
  }

  err(text: string): void {
    this.stderr += text;
    this.watch(text);
  }

  onInterrupt(listener: (exitCode: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  interrupt(exitCode = 130): void {
    for (const listener of this.#listeners) listener(exitCode);
  }

  finishing<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  leave(exitCode: number): void {
    this.left.push(exitCode);
  }
}

export async function runCaptured(args: readonly string[], host = new CapturedHost()) {
  const exitCode = await runCli(args, host);
  return { exitCode, stdout: host.stdout, stderr: host.stderr };
}
