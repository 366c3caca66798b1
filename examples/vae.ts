/** A variational autoencoder: its own loss by `computeLoss`, noise by `random.normal`, the KL divergence by `addLoss`. */
import { type DeviceName, jit, Model, Sequential, type StepValues, type Sym, setSeed, tensor } from "fovea";
import { type CallContext, Dense, Layer } from "fovea/layers";
import { add, exp, mean, multiply, random, shape, square, subtract, sum } from "fovea/ops";
import { Adam } from "fovea/optimizers";

/** KL(N(mean, e^logVar) ‖ N(0, 1)) of each row: ½ Σ (mean² + e^logVar − logVar − 1). */
export function divergence(center: Sym, logVar: Sym): Sym {
  return multiply(sum(subtract(add(square(center), exp(logVar)), add(logVar, 1)), -1), 0.5);
}

type Code = { readonly center: Sym; readonly logVar: Sym; readonly code: Sym };

class Sampler extends Layer<object, Code> {
  readonly center = new Dense({ units: 2 });
  readonly logVar = new Dense({ units: 2 });

  override call(x: Sym, { training }: CallContext) {
    const center = this.center.apply(x);
    const logVar = this.logVar.apply(x);
    this.addLoss(multiply(mean(divergence(center, logVar)), 0.02));
    if (!training) return { center, logVar, code: center };
    // z = mean + σ·ε: the gradient goes through mean and σ, and ε is drawn anew for each row.
    const noise = random.normal(shape(center));
    return { center, logVar, code: add(center, multiply(exp(multiply(logVar, 0.5)), noise)) };
  }
}

class Vae extends Model {
  readonly encoder = new Dense({ units: 16, activation: "tanh" });
  readonly sampler = new Sampler();
  readonly decoder = new Sequential([new Dense({ units: 16, activation: "tanh" }), new Dense({ units: 6 })]);

  override call(x: Sym) {
    return this.decoder.apply(this.sampler.apply(this.encoder.apply(x)).code);
  }

  override computeLoss({ x, yPred }: StepValues) {
    return super.computeLoss({ x, y: x, yPred });
  }
}

export async function trainVae(device: DeviceName) {
  setSeed(5);
  const rows = 128;
  const angle = (row: number) => (2 * Math.PI * row) / rows;
  // Points of a circle in six dimensions: two numbers are enough to say which.
  const x = tensor(
    Float32Array.from({ length: rows * 6 }, (_, i) => Math.sin(angle(Math.floor(i / 6)) + (i % 6))),
    [rows, 6],
  );
  const vae = new Vae();
  vae.compile({ optimizer: new Adam({ learningRate: 0.02 }), loss: "mse", device });
  const { history } = await vae.fit(x, undefined, { epochs: 30, batchSize: 32, verbose: 0 });
  const { loss } = await vae.evaluate(x, undefined, { verbose: 0 });
  const decoded = await vae.predict(x, { verbose: 0 });
  const encode = jit((rows: Sym) => vae.sampler.apply(vae.encoder.apply(rows)), { device });
  const { center, logVar } = await encode(x);
  const noisy = await vae.run(x, { device, training: true });
  return { history, loss, x, decoded, center, logVar, noisy };
}
