/** The processes of an MPI program as a group. */
import { DeviceError, InternalError } from "../base/errors.ts";
import { builtin } from "../base/node.ts";
import type { Connector, Exchanges, Group } from "../ir/group.ts";
import { findInterface, findLibrary, type Launch } from "./launcher.ts";
import { keepLookout, TERMINATION_MS } from "./lookout.ts";
import { openMpi } from "./mpi-calls.js";
import { progressWords, type WorkerSettings } from "./mpi-worker.js";
import { startWatch } from "./watch.ts";

/** Bytes of a record of one process; it is text. */
const RECORD_BYTES = 8192;

type Mpi = Awaited<ReturnType<typeof openMpi>>;

/** Who a process is, for messages. */
export interface Member {
  readonly host: string;
  readonly pid: number;
  /** Cores that the process may use, and those of the machine. */
  readonly cores: number;
  readonly machineCores: number;
}

export class MpiGroup implements Group {
  readonly rank: number;
  readonly size: number;
  readonly connector: Connector;
  /** The library's name and version. */
  readonly library: string;
  readonly progress: Int32Array;
  readonly #mpi: Mpi;
  readonly #control: number | bigint;
  #members: readonly Member[] = [];
  /** Settles when the last exchange of records is through: they follow each other. */
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;
  /** Records exchanged so far, and the occasion of the one that is waited for. */
  #records = 0;
  #occasion: string | null = null;
  #sayGoodbye: (() => void) | undefined;

  private constructor(mpi: Mpi, settings: Omit<WorkerSettings, "communicator" | "background" | "progress">) {
    this.#mpi = mpi;
    this.rank = mpi.rank();
    this.size = mpi.size();
    this.library = mpi.version().split("\n")[0]!.replaceAll("\t", " ");
    // Threads exchange sums while the main thread may exchange records: each has a communicator of its own.
    this.#control = mpi.duplicate();
    const communicator = mpi.duplicate();
    const background = mpi.duplicate();
    this.progress = new Int32Array(new SharedArrayBuffer(4 * progressWords.length));
    const full: WorkerSettings = { ...settings, communicator, background, progress: this.progress };
    // The address is in a variable, because bundlers would otherwise treat it as a file of a page.
    const here = import.meta.url;
    this.connector = { module: new URL("./mpi-worker.js", here).href, settings: full };
  }

  /**
   * Joins the processes that the launcher has started.
   *
   * @param timeout seconds after which processes that wait for another one give up
   * @throws DeviceError where no library is found, or it cannot do what is needed
   */
  static async join(launch: Launch, timeout: number): Promise<MpiGroup> {
    const { env } = process;
    // UCX takes the signal that V8 makes traps of WebAssembly of, and would end the process instead.
    env.UCX_ERROR_SIGNALS ??= "SIGILL,SIGBUS,SIGFPE";
    // By default its exchanges in the background send all numbers up and down a tree of processes, twice the time of a plain one.
    env.OMPI_MCA_coll_libnbc_iallreduce_algorithm ??= "3";
    const settings = { ...findLibrary(env, launch), ffi: await findInterface(env) };
    let mpi: Mpi;
    try {
      mpi = await openMpi(settings);
    } catch (cause) {
      throw new DeviceError(
        `The MPI library ${settings.library} could not be loaded: ${String(cause)}. Name another one by FOVEA_MPI.`,
        { cause },
      );
    }
    const endLookout = keepLookout(env, launch, () => mpi.quit(128 + 15));
    if (!mpi.start())
      throw new DeviceError(
        `The MPI library ${settings.library} was built without threads (MPI_THREAD_SERIALIZED), which the CPU device needs. Name another one by FOVEA_MPI.`,
      );
    const group = new MpiGroup(mpi, settings);
    if (group.size !== launch.size && launch.size > 1)
      throw new DeviceError(
        `${launch.launcher} started ${launch.size} processes, but the MPI library ${settings.library} sees ${group.size}: it belongs to another launcher. Start with the mpirun of that library, or name the launcher's own library by FOVEA_MPI.`,
      );
    const os = builtin("node:os");
    group.#members = await group.gather("start", {
      host: os.hostname(),
      pid: process.pid,
      cores: os.availableParallelism(),
      machineCores: os.cpus().length,
    });
    process.once("exit", (code) => group.#leave(code));
    if (group.size > 1) {
      await group.#watch(timeout);
      // Who dies before it is connected is seen by nobody else.
      await group.gather("watch each other", null);
    }
    endLookout();
    return group;
  }

  async #watch(timeout: number): Promise<void> {
    const { rank, progress } = this;
    const members = this.#members;
    this.#answerTermination();
    this.#sayGoodbye = await startWatch({
      rank,
      names: members.map(({ host, pid }, other) => `Rank ${other} (process ${pid} on ${host})`),
      isLocal: members.every(({ host }) => host === members[0]!.host),
      timeout: 1000 * timeout,
      position: () => ({
        begun: Atomics.load(progress, progressWords.begun),
        ended: Atomics.load(progress, progressWords.ended),
        records: this.#records,
        at: this.#occasion,
      }),
      end: (why) => this.#end(why),
      gather: (what, record) => this.gather(what, record),
    });
  }

  get exchanges(): Exchanges {
    const read = (word: number) => Atomics.load(this.progress, word);
    return { count: read(progressWords.exchanges), milliseconds: read(progressWords.milliseconds) };
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Cores of this process, divided among those of its host that have the same. */
  get threads(): number {
    const own = this.#members[this.rank];
    if (own === undefined) return 1;
    const { host, cores, machineCores } = own;
    if (cores < machineCores) return cores;
    const neighbours = this.#members.filter((each) => each.host === host).length;
    return Math.max(1, Math.floor(cores / neighbours));
  }

  gather<T>(what: string, record: T): Promise<readonly T[]> {
    const all = this.#last.then(() => this.#gather(what, record));
    this.#last = all.catch(() => {});
    return all;
  }

  async #gather<T>(what: string, record: T): Promise<readonly T[]> {
    const text = new TextEncoder().encode(JSON.stringify({ what, record }));
    if (text.length > RECORD_BYTES) throw new InternalError(`A record of ${text.length} bytes; ${RECORD_BYTES} fit.`);
    const own = new Uint8Array(RECORD_BYTES).fill(32);
    own.set(text);
    this.#occasion = what;
    const bytes = await this.#mpi.gather(own, this.#control, this.size);
    this.#occasion = null;
    this.#records++;
    const records = Array.from({ length: this.size }, (_, rank) => {
      const part = bytes.subarray(rank * RECORD_BYTES, (rank + 1) * RECORD_BYTES);
      return JSON.parse(new TextDecoder().decode(part)) as { readonly what: string; readonly record: T };
    });
    const other = records.findIndex((each) => each.what !== what);
    if (other >= 0)
      throw new DeviceError(
        `The processes have parted: rank ${this.rank} is about to ${what}, rank ${other} to ${records[other]!.what}. All must run the same program.`,
      );
    return records.map((each) => each.record);
  }

  /** Ends this process, one of whose threads may wait for another process for ever. */
  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    builtin("node:fs").writeSync(2, `error: ${why}\n`);
    this.#mpi.quit(1);
  }

  /** A launcher that ends all processes because one has died sends SIGTERM: there is time to say which one it was. */
  #answerTermination(): void {
    process.on("SIGTERM", () => {
      if (process.listenerCount("SIGTERM") === 1) setTimeout(() => this.#mpi.quit(128 + 15), TERMINATION_MS);
    });
  }

  /**
   * The process ends. After an error it leaves without a word: the launcher notices it and ends the others, while MPI_Abort would
   * end this one before Node has written its message.
   */
  #leave(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (code !== 0) return;
    this.#sayGoodbye?.();
    this.#mpi.finish();
  }
}
