/** What the next run is started with, in the address. */
import { computed } from "@preact/signals";
import {
  type DataName,
  type DeviceChoice,
  type LossName,
  lossNames,
  type OptimizerName,
  optimizerNames,
} from "../../engine/protocol.ts";
import { oneOf, wholeNumber } from "../../state/address.ts";
import { builtNetwork, type RunChoice } from "../../state/engine.ts";
import { address } from "../../state/selection.ts";

export const data = address.signal<DataName>("train.data", "digits", oneOf(["digits", "mnist"]));
export const optimizer = address.signal<OptimizerName>("train.optimizer", "adam", oneOf(optimizerNames));
export const loss = address.signal<LossName>("train.loss", "categorical_crossentropy", oneOf(lossNames));
/** The learning rate is 10 to the power of this over 10. */
export const ratePlace = address.signal("train.rate", -30, {
  parse: (text) => (/^-?\d{1,2}$/.test(text) && Number(text) >= -50 && Number(text) <= 10 ? Number(text) : undefined),
  print: String,
});
export const epochs = address.signal("train.epochs", 2, wholeNumber(1, 20));
const devices = ["auto", "cpu", "gpu"] as const;
export const trainingDevice = address.signal<DeviceChoice>("train.device", "auto", oneOf(devices));
export const smoothing = address.signal("train.smoothing", 80, wholeNumber(0, 99));

export const learningRate = computed(() => Number((10 ** (ratePlace.value / 10)).toPrecision(2)));

/** Training images: what is drawn in a second, or a tenth of MNIST. */
const IMAGES = { digits: 4000, mnist: 6000 } as const;

export const choice = computed((): RunChoice => {
  const network = builtNetwork.value;
  return {
    data: data.value,
    images: IMAGES[data.value],
    optimizer: optimizer.value,
    loss: loss.value,
    learningRate: learningRate.value,
    epochs: epochs.value,
    device: trainingDevice.value,
    ...(network === undefined ? {} : { network: network.json }),
  };
});
