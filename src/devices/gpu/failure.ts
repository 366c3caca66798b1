/** Detects that a GPU device was lost or reported an error, and rejects all pending work. */
import { DeviceError, InternalError } from "../../base/errors.ts";

const advice =
  "The model keeps the weights of its last finished step (of one shortly before, if it is large); the next call starts a new device.";

export class FailureWatch {
  #failure: DeviceError | undefined;
  readonly #waiting = new Set<(error: DeviceError) => void>();

  constructor(device: GPUDevice) {
    // Dawn keeps callbacks alive as long as the device, and errors keep their stack frames alive; hold this object weakly.
    const self = new WeakRef(this);
    device.lost.then(({ reason, message }) => {
      const how = reason === "destroyed" ? "was destroyed" : "was lost";
      const why = message === "" ? "" : ` (${oneLine(message)})`;
      self.deref()?.fail(new DeviceError(`The GPU ${how}${why}. ${advice}`));
    });
    device.addEventListener("uncapturederror", ({ error }) => self.deref()?.fail(errorOf(error)));
  }

  /** The first failure; nothing runs after it. */
  get failure(): DeviceError | undefined {
    return this.#failure;
  }

  fail(error: DeviceError): void {
    this.#failure ??= error;
    for (const reject of this.#waiting) reject(this.#failure);
    this.#waiting.clear();
  }

  /** The result of `work`, or the failure if it comes first. */
  guard<T>(work: Promise<T>): Promise<T> {
    if (this.#failure !== undefined) {
      work.catch(() => {});
      return Promise.reject(this.#failure);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      work
        .then(resolve, async (error: unknown) => {
          // Pending work on a lost device rejects before `lost` resolves.
          await new Promise((later) => setTimeout(later));
          const own = error instanceof DeviceError || error instanceof InternalError;
          reject(
            this.#failure ?? (own ? error : new DeviceError(`The GPU failed: ${oneLine(String(error))}. ${advice}`)),
          );
        })
        .finally(() => this.#waiting.delete(reject));
    });
  }
}

function errorOf(error: GPUError): DeviceError {
  const outOfMemory = error.constructor.name === "GPUOutOfMemoryError";
  const what = outOfMemory
    ? "ran out of memory; use a smaller batchSize or model"
    : `reported an error: ${error.message}`;
  return new DeviceError(`The GPU ${what}. ${advice}`);
}

function oneLine(text: string): string {
  return text.trim().split("\n")[0]!.replace(/\.$/, "");
}

/**
 * Runs `make`, which creates buffers and the like, and waits for the device's error scopes.
 *
 * @param discard frees what `make` created if the device refuses it
 * @throws DeviceError with `what`, if memory ran out or the device refused
 */
export async function withErrorScopes<T>(
  device: GPUDevice,
  what: string,
  make: () => T,
  discard?: (made: T) => void,
): Promise<T> {
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  let made: T;
  let told: Promise<(GPUError | null)[]>;
  try {
    made = make();
  } finally {
    told = Promise.all([device.popErrorScope(), device.popErrorScope()]);
  }
  const [outOfMemory, refused] = await told;
  if (outOfMemory ?? refused) discard?.(made);
  if (outOfMemory) throw new DeviceError(`The GPU has not enough memory for ${what}. Use a smaller batchSize.`);
  if (refused) throw new DeviceError(`The GPU refused ${what}: ${refused.message}`);
  return made;
}
