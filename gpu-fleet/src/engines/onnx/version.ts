/** Raised with every change that alters the bytes of a result. */
export const ONNX_ENGINE_VERSION = '1.0.0';
