/** A session whose device starts on first use. */
import type { Group } from "../ir/group.ts";
import { deviceCode } from "./device-code.ts";
import type { DeviceName, DeviceOptions } from "./device-options.ts";
import type { Session } from "./session.ts";

export class LazySession {
  readonly name: DeviceName;
  readonly options: DeviceOptions;
  #session: Promise<Session> | undefined;
  #started: Session | undefined;
  #users = 0;
  /** Called when the last user has left a session that is to stop. */
  #left: (() => void) | undefined;

  readonly group: Group | undefined;

  /** @param group processes that share each batch */
  constructor(name: DeviceName, options: DeviceOptions = {}, group?: Group) {
    this.name = name;
    this.options = options;
    this.group = group;
  }

  /**
   * The session, its device started on first use. A device that could not start is asked for again by the next call, and another
   * one is started in place of one that has failed since: a worker that ended, a GPU that was lost.
   */
  get(): Promise<Session> {
    const started = this.#started;
    if (started?.device.failure !== undefined) this.#session = this.#start(started);
    this.#session ??= this.#start();
    return this.#session;
  }

  /** Begins to start the device for a call that is about to use it, and there throws what kept it from starting. */
  begin(): void {
    this.get().catch(() => {});
  }

  /** Runs work on the device, which does not stop before the work has ended. */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await work(await this.get());
    } finally {
      if (--this.#users === 0) this.#left?.();
    }
  }

  /** @param failed the session whose place it takes; its weights are fetched first */
  async #start(failed?: Session): Promise<Session> {
    this.#started = undefined;
    try {
      await failed?.dispose();
      // Both at once: a page waits for each file, and "auto" reads of the CPU, too.
      const device = deviceCode[this.name === "auto" ? "cpu" : this.name]();
      // A file that does not come is asked for again where the device starts.
      device.catch(() => {});
      const { startSession } = await import("./start-session.ts");
      this.#started = await startSession(this.name, this.options, this.group);
      return this.#started;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  /** The session, if its device has started. */
  get started(): Session | undefined {
    return this.#started;
  }

  /**
   * Stops the device once the work on it has ended; weights that it alone holds are fetched before.
   *
   * @returns settles when it has stopped
   */
  async dispose(): Promise<void> {
    if (this.#users > 0)
      await new Promise<void>((resolve) => {
        this.#left = resolve;
      });
    if (this.#session === undefined) return;
    const session = await this.#session.catch(() => undefined);
    await session?.dispose();
  }
}
