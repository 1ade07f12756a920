export { PricingModule } from './pricing.module.js';
export { Pricing } from './pricing.service.js';
export { framesBegun, parseQuote, quote, quoteJson, type Quote, type QuoteItem, type QuoteJson, type QuoteLine } from './quote.js';
export { toPrices, toPricesDto } from './prices.js';
export { ImagePriceDto, UnitPricesDto } from './pricing.dto.js';
export type { PriceList, Prices } from './price-list.js';
