/** Raised with every change that alters the bytes of a result. */
export const BUILTIN_VERSION = '1.2.0';
