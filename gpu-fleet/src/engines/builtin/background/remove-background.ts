import type { OperationOf } from '../operation.js';
export const removeBackground: OperationOf<'remove-background'> = async () => { throw new Error('soon'); };
