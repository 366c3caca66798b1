/**
 * The one owner of a model's runs: the device, the compiled parts, the steps by what shapes them, and who may run when.
 * `fit`, `evaluate` and `predict` are functions that a runner is given to.
 */
import { StateError } from "../base/errors.ts";
import { LazySession } from "../engine/lazy-session.ts";
import type { Session } from "../engine/session.ts";
import type { Optimizer } from "../nn/optimizers/optimizer.ts";
import type { ProcessDistribution } from "../nn/process-state.ts";
import type { AnyModel } from "./model.ts";
import type { Objective } from "./objective.ts";
import { Trackers } from "./trackers.ts";

/** What `compile` sets. */
export interface CompiledParts {
  readonly optimizer: Optimizer | undefined;
  readonly objective: Objective;
  /** How batches are divided among processes. */
  readonly distribution: ProcessDistribution | undefined;
}

export class Runner {
  readonly model: AnyModel;
  #lazy = new LazySession("auto");
  /** Settles when the passes so far have answered. */
  #answered: Promise<void> = Promise.resolve();
  /** Settles when devices of earlier compiles have stopped. */
  #leaving: Promise<unknown> = Promise.resolve();
  #parts: CompiledParts | undefined;
  /** Changes when steps that were written are no longer the model's: another graph, other losses. `compile` and `graphChanged` count it. */
  version = 0;
  /** Name of the call that changes weights, while one does. */
  #training: string | undefined;
  readonly #trainTrackers = new Trackers("train");
  readonly #testTrackers: Trackers[] = [];
  readonly #lanes = new Map<Trackers, number>();
  /** Sentences for the user, and those that were said already: each step of a model may come upon the same. */
  readonly #notices = new Set<string>();
  readonly #said = new Set<string>();

  constructor(model: AnyModel) {
    this.model = model;
  }

  /** Sets what `compile` was given; a device that nobody else uses stops once its weights are on the host. */
  compile(parts: CompiledParts, device: LazySession): void {
    this.requireIdle();
    this.#parts = parts;
    // Calls that are running end on the old device; the new one waits for the weights that are there.
    this.#leaving = Promise.all([this.#leaving, this.#lazy.dispose()]);
    this.#lazy = device;
    this.version++;
  }

  /** Forgets the steps of a graph that is no more. */
  graphChanged(): void {
    this.version++;
    this.#lazy.started?.releaseSteps();
  }

  /** Gives back what the device holds: the next call starts it anew, with the weights in the form that they have then. */
  restart(): void {
    this.requireIdle();
    const { name, options, group } = this.#lazy;
    this.#leaving = Promise.all([this.#leaving, this.#lazy.dispose()]);
    this.#lazy = new LazySession(name, options, group);
    this.version++;
  }

  get parts(): CompiledParts | undefined {
    return this.#parts;
  }

  /** The compiled parts. @throws StateError before `compile` */
  requireParts(who: string): CompiledParts {
    if (this.#parts === undefined)
      throw new StateError(
        `${who}: model "${this.model.name}" is not compiled. Call model.compile({ optimizer, loss }) first.`,
      );
    return this.#parts;
  }

  get device(): LazySession {
    return this.#lazy;
  }

  /**
   * Begins what the first call needs, before it needs it. A page takes long to load code and to start threads, and draws the first
   * values of the weights meanwhile.
   */
  begin(): void {
    this.#lazy.begin();
    for (const weight of this.model.weights) if (weight.holder === undefined) weight.value;
  }

  /** Runs a call on the device, which stays until the call has ended. */
  async onDevice<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const lazy = this.#lazy;
    return lazy.use(async (session) => {
      if (session.device.notice !== undefined) this.#notices.add(session.device.notice);
      await this.#leaving;
      return work(session);
    });
  }

  /**
   * Runs a pass over data. Passes run side by side and answer in the order in which they were called.
   *
   * @param waits whether the pass may wait for calls that come after it, in callbacks or while data is made; later passes do not
   *   wait for such a pass
   */
  async inOrder<T>(waits: boolean, pass: () => Promise<T>): Promise<T> {
    const before = this.#answered;
    const answer = pass().then(async (result) => {
      await before;
      return result;
    });
    if (!waits) {
      // What was answered is not kept.
      const ended = () => before.then(() => {});
      this.#answered = answer.then(ended, ended);
    }
    return answer;
  }

  /** Throws while a call changes weights: two at once would take turns with the same ones. */
  requireIdle(): void {
    if (this.#training !== undefined)
      throw new StateError(
        `Model "${this.model.name}" is still busy with an earlier call of ${this.#training}; await it before the next one.`,
      );
  }

  /** Runs a call that changes weights; no other such call may run meanwhile. */
  async exclusively<T>(who: string, work: () => Promise<T>): Promise<T> {
    this.requireIdle();
    this.#training = who;
    try {
      return await work();
    } finally {
      this.#training = undefined;
    }
  }

  get isTraining(): boolean {
    return this.#training !== undefined;
  }

  get trainTrackers(): Trackers {
    return this.#trainTrackers;
  }

  /** Lends the variables of one evaluation; evaluations that overlap have their own. */
  async withTestTrackers<T>(work: (trackers: Trackers) => Promise<T>): Promise<T> {
    const trackers = this.#testTrackers.pop() ?? new Trackers("test");
    try {
      return await work(trackers);
    } finally {
      this.#testTrackers.push(trackers);
    }
  }

  /** Tells the user something with the next run. */
  notice(sentences: readonly string[]): void {
    for (const sentence of sentences) this.#notices.add(sentence);
  }

  /** Sentences for the user that came up since the last call and were not said before. */
  takeNotices(): string[] {
    const fresh = [...this.#notices].filter((notice) => !this.#said.has(notice));
    this.#notices.clear();
    for (const notice of fresh) this.#said.add(notice);
    return fresh;
  }

  /** A number for the sums of an evaluation: a compiled step belongs to one set of them. */
  laneOf(trackers: Trackers): number {
    const known = this.#lanes.get(trackers);
    if (known !== undefined) return known;
    this.#lanes.set(trackers, this.#lanes.size);
    return this.#lanes.size - 1;
  }
}
