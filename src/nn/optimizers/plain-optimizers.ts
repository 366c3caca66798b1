/** The optimizers that wrap no other one: what an optimizer that wraps one finds by its name. */
export { Adadelta, type AdadeltaOptions } from "./adadelta.ts";
export { Adafactor, type AdafactorOptions } from "./adafactor.ts";
export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW, type AdamWOptions } from "./adam.ts";
export { Adamax, type AdamaxOptions } from "./adamax.ts";
export { Ftrl, type FtrlOptions } from "./ftrl.ts";
export { Lamb, type LambOptions } from "./lamb.ts";
export { Lion, type LionOptions } from "./lion.ts";
export { Muon, type MuonOptions } from "./muon.ts";
export { Nadam, type NadamOptions } from "./nadam.ts";
export { type GradientPair, Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
export type { OptimizerOptions } from "./options.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export { ScheduleFreeAdamW, type ScheduleFreeAdamWOptions } from "./schedule-free-adamw.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
