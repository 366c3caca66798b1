/** Processes that compute one step together, each with its rows of the batch. */

import { DeviceError } from "../base/errors.ts";

/** Where the threads of a device find what adds numbers up over the processes. */
export interface Connector {
  /**
   * Address of a module that exports `connect(memory, settings)`, which resolves to a function `(address, floats, moment) => void`.
   * Moment 0 adds the floats up at once, 1 begins it, 2 waits for all that were begun, and 3 lets them get on.
   */
  readonly module: string;
  /** Plain data. */
  readonly settings: unknown;
}

export interface Exchanges {
  readonly count: number;
  readonly milliseconds: number;
}

export interface Group {
  /** Number of this process, from 0. */
  readonly rank: number;
  /** Number of processes, 2 or more. */
  readonly size: number;
  /** Worker threads that a device of this process starts by default. */
  readonly threads: number;
  readonly connector: Connector;
  /** Exchanges within steps so far, and the milliseconds that steps have waited for them. */
  readonly exchanges: Exchanges;
  /**
   * A record of each process, in the order of their ranks. All processes must call it, in the same order.
   *
   * @param what the occasion, in a word or two: processes that are at different ones end with an error that names them
   * @param record plain data, small
   */
  gather<T>(what: string, record: T): Promise<readonly T[]>;
}

/**
 * What the first process has found, for all of them: what depends on a clock differs between processes, and those that exchange
 * numbers must take as many steps.
 *
 * @param group undefined: this process is alone
 */
export async function decideTogether<T>(group: Group | undefined, what: string, own: T): Promise<T> {
  return group === undefined ? own : (await group.gather(what, own))[0]!;
}

/**
 * Throws where the processes are not alike.
 *
 * @param what the occasion
 * @param traits of this process, by a name for people: "the seed", "the data"
 */
export async function requireAlike(
  group: Group,
  what: string,
  traits: Readonly<Record<string, string>>,
): Promise<void> {
  const all = await group.gather(what, traits);
  const names = Object.keys(all[0]!);
  const found = names.flatMap((name) => {
    const ranks = all.flatMap((each, rank) => (each[name] === all[0]![name] ? [] : [rank]));
    return ranks.length === 0 ? [] : [`${name} (rank 0: ${all[0]![name]}, rank ${ranks[0]}: ${all[ranks[0]!]![name]})`];
  });
  if (found.length > 0)
    throw new DeviceError(
      `The processes cannot ${what} together, because they differ in ${found.join(", and in ")}. Start all of them with the same program, data, seed and versions.`,
    );
}
