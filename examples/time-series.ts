/** A time series foretold: windows of the past, a convolution over time and an LSTM, against the guess "as it is now". */
import { type DeviceName, Sequential, setSeed, tensor } from "fovea";
import { Conv1D, Dense, InputLayer, LSTM, Normalization } from "fovea/layers";
import { Adam } from "fovea/optimizers";
import { timeseriesDatasetFromArray } from "fovea/utils";

/** Hourly temperatures of a made place: the day, the year, and weather that lasts for a while. */
function temperatures(hours: number) {
  let weather = 0;
  return Float32Array.from({ length: hours }, (_, hour) => {
    weather = 0.95 * weather + Math.sin(hour * 12.9898) * Math.sin(hour * 0.078233);
    return 10 + 8 * Math.sin((2 * Math.PI * hour) / 8760) + 5 * Math.sin((2 * Math.PI * hour) / 24) + weather;
  });
}

export function makeForecaster(steps: number, normalization: Normalization) {
  return new Sequential([
    new InputLayer({ shape: [steps, 1] }),
    normalization,
    // Four hours at a time become one step: the LSTM has a quarter of the way to go.
    new Conv1D({ filters: 16, kernelSize: 4, strides: 4, activation: "relu" }),
    new LSTM({ units: 16 }),
    new Dense({ units: 1 }),
  ]);
}

export async function foretellTemperature(
  device: DeviceName,
  { hours = 1000, steps = 32, ahead = 6, epochs = 8 } = {},
) {
  setSeed(12);
  const series = temperatures(hours);
  // The window of hours i … i + steps − 1 is asked for the temperature `ahead` hours behind its end.
  const targets = series.slice(steps - 1 + ahead);
  const border = Math.floor(0.8 * targets.length);
  const past = series.slice(0, border);
  // The mean and the variance of what is trained on alone.
  const mean = past.reduce((sum, value) => sum + value, 0) / border;
  const variance = past.reduce((sum, value) => sum + (value - mean) ** 2, 0) / border;
  const scaled = targets.map((value) => (value - mean) / variance ** 0.5);
  const windows = (from: number, to: number, shuffle: boolean) =>
    timeseriesDatasetFromArray(tensor(series, [hours, 1]), scaled, {
      sequenceLength: steps,
      startIndex: from,
      endIndex: to,
      batchSize: 32,
      shuffle,
      seed: 1,
    });
  const model = makeForecaster(steps, new Normalization({ mean, variance }));
  model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: "mse", metrics: ["mae"], device });
  const { history } = await model.fit(windows(0, border, true), { epochs, verbose: 0 });
  const found = await model.evaluate(windows(border, targets.length, false), { verbose: 0 });

  // In degrees, beside the guess that the temperature stays as it is.
  const last = targets.length - steps + 1;
  const misses = Array.from(targets.slice(border, last), (value, i) =>
    Math.abs(value - series[border + i + steps - 1]!),
  );
  const stays = misses.reduce((sum, value) => sum + value, 0) / misses.length;
  return { history, degrees: { network: found.mae! * variance ** 0.5, stays } };
}
