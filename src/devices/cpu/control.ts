/** Layout of the control block at the start of the device's memory, in 32-bit words. Each hot word has a separate cache line. */

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
  /** Finished chunks of rows: see `Team.countChunk`. */
  through: 5 * LINE,
  /** Parts of the next phase that were started during the current one. */
  begun: 6 * LINE,
  /** Ring buffer of commands: [program (0: return to the event loop), rows, slot, prepared]. */
  ring: 7 * LINE,
  ringLength: 2048,
  wordsPerCommand: 4,
  /**
   * Polls of `produced` before a worker sleeps: long enough for the gap between two steps, and no CPU time is wasted after the
   * last one.
   */
  spins: 20_000,
  /** Maximum milliseconds between notifications of finished steps while the ring still holds commands. */
  newsMs: 100,
} as const;

/**
 * Polls at the barrier before a worker sleeps: about a millisecond, which the last rows of a phase rarely exceed. Waking a worker
 * takes a tenth of a millisecond on a virtual machine, because an idle core returns to the host.
 */
export const barrierSpins = 2_000_000;

/** Size of the control block in bytes. */
export const controlBytes = 4 * (control.ring + control.ringLength * control.wordsPerCommand);
