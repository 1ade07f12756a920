export { PricingModule } from './pricing.module.js';
export { Pricing } from './pricing.service.js';
export { framesBegun, parseQuote, quote, quoteJson, type Quote, type QuoteItem, type QuoteJson, type QuoteLine } from './quote.js';
export type { PriceList } from './price-list.js';
