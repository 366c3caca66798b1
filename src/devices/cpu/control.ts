/** Layout of the control block at the start of the device's memory, in 32-bit words. Each hot word has a cache line of its own. */

const LINE = 16;

export const control = {
  /** Commands issued so far; workers wait on it. */
  produced: 0,
  /** Workers that have arrived at the barrier. */
  arrived: LINE,
  /** Barriers passed so far; workers wait on it. */
  generation: 2 * LINE,
  /** Workers asleep at the barrier. */
  asleep: 3 * LINE,
  /** Parts of the running phase that workers have claimed. */
  claimed: 4 * LINE,
  /** Chunks of rows that are through: see `Team.countChunk`. */
  through: 5 * LINE,
  /** Parts of the next phase that were begun in the running one. */
  begun: 6 * LINE,
  /** Commands: [program (0: back to the event loop), rows, slot, prepared], written round and round. */
  ring: 7 * LINE,
  ringLength: 64,
  wordsPerCommand: 4,
  /** Polls of `produced` before a worker sleeps: bridges the gap between two steps, burns no core after the last one. */
  spins: 20_000,
  /** Milliseconds after which the main thread hears of finished steps, though it has written more than enough. */
  newsMs: 100,
} as const;

/**
 * Polls at the barrier before a worker sleeps: about a millisecond, which the last rows of a phase seldom take. To be woken up takes
 * a tenth of one on a virtual machine, where a core without work goes back to the host.
 */
export const barrierSpins = 2_000_000;

/** Bytes that the control block takes. */
export const controlBytes = 4 * (control.ring + control.ringLength * control.wordsPerCommand);
