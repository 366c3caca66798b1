/** The sound of spikes, as through the loudspeaker of an electrode's amplifier. */

/** Seconds of a click. */
const CLICK = 0.004;
const VOLUME = 0.25;

export class Speaker {
  readonly #context = new AudioContext();
  readonly #click: AudioBuffer;

  constructor() {
    const { sampleRate } = this.#context;
    const count = Math.ceil(CLICK * sampleRate);
    this.#click = this.#context.createBuffer(1, count, sampleRate);
    const samples = Float32Array.from(
      { length: count },
      (_, i) => VOLUME * Math.exp((-6 * i) / count) * Math.cos((2 * Math.PI * 900 * i) / sampleRate),
    );
    this.#click.copyToChannel(samples, 0);
  }

  /** Clicks after so many seconds each. */
  click(delays: readonly number[]): void {
    void this.#context.resume();
    for (const delay of delays) {
      const source = this.#context.createBufferSource();
      source.buffer = this.#click;
      source.connect(this.#context.destination);
      source.start(this.#context.currentTime + delay);
    }
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}
