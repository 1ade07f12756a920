export { LedgerModule } from './ledger.module.js';
export { Ledger } from './ledger.service.js';
export { Sales } from './sales.service.js';
export { LedgerCare } from './ledger-care.service.js';
export { LedgerProof } from './ledger-proof.service.js';
export { LowBalance } from './low-balance.service.js';
export { LEDGER_INVARIANTS } from './invariants.js';
export { budgetExceeded } from './ledger.errors.js';
export type { Balance, BudgetRefusal, Closing, Dimensions, Explanation, Grant, Hold, HoldOutcome, NewHold } from './hold.js';
