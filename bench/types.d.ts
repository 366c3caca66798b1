/** The peers are installed when the bench runs, so that the check of types does not need them. */
declare module "@jax-js/jax";
declare module "@tensorflow/tfjs";
declare module "@tensorflow/tfjs-backend-webgpu";
declare module "onnxruntime-node";
