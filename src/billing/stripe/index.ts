export { StripeModule } from './stripe.module.js';
