/** Keras's short names of the functions that are both losses and metrics. K: `losses/__init__.py`, `metrics/__init__.py`. */
export const aliases = {
  bce: "BinaryCrossentropy",
  BCE: "BinaryCrossentropy",
  kld: "KLDivergence",
  KLD: "KLDivergence",
  mae: "MeanAbsoluteError",
  MAE: "MeanAbsoluteError",
  mape: "MeanAbsolutePercentageError",
  MAPE: "MeanAbsolutePercentageError",
  mse: "MeanSquaredError",
  MSE: "MeanSquaredError",
  msle: "MeanSquaredLogarithmicError",
  MSLE: "MeanSquaredLogarithmicError",
} as const;
