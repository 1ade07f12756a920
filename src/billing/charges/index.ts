export { ChargesModule } from './charges.module.js';
export { Charges } from './charges.service.js';
export { CHARGE_CATEGORIES, type Charge, type ChargeCategory, type NewCharge } from './charge.js';
