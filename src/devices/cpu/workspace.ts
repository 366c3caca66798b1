/** Memory that a program needs during a step only: slices, scratch and partial sums. */
import type { DeviceMemory } from "./device-memory.ts";

/** A part of the device's memory that one or more programs compute in. */
export interface Workspace {
  readonly address: number;
  readonly bytes: number;
  programs: number;
}

/**
 * Gives programs their workspaces. Steps run one after the other, so all programs compute in the same one, as large as the largest
 * of them needs. Addresses are constants of a program's code: when a larger program comes, it gets a new workspace, in which later
 * programs compute too, and the old one is freed with its last program.
 */
export class Workspaces {
  readonly #memory: DeviceMemory;
  #newest: Workspace | undefined;

  constructor(memory: DeviceMemory) {
    this.#memory = memory;
  }

  /** @throws DeviceError where the device has no memory for it */
  take(bytes: number): Workspace {
    if (this.#newest === undefined || this.#newest.bytes < bytes)
      this.#newest = { address: this.#memory.allocate(bytes), bytes, programs: 0 };
    this.#newest.programs++;
    return this.#newest;
  }

  release(workspace: Workspace): void {
    workspace.programs--;
    if (workspace.programs > 0) return;
    if (workspace === this.#newest) this.#newest = undefined;
    this.#memory.free(workspace.address, workspace.bytes);
  }
}
