import type Stripe from 'stripe';

/** What may be sent where: the SDK's own types, from which the stand-in makes its checks. */
export interface StripeRequests {
  'POST /v1/customers': Stripe.CustomerCreateParams;
  'GET /v1/customers/:id': Stripe.CustomerRetrieveParams;
  'GET /v1/customers/:id/payment_methods': Stripe.CustomerListPaymentMethodsParams;
  'POST /v1/prices': Stripe.PriceCreateParams;
  'GET /v1/prices': Stripe.PriceListParams;
  'POST /v1/checkout/sessions': Stripe.Checkout.SessionCreateParams;
  'GET /v1/checkout/sessions': Stripe.Checkout.SessionListParams;
  'GET /v1/checkout/sessions/:id': Stripe.Checkout.SessionRetrieveParams;
  'POST /v1/checkout/sessions/:id/expire': Stripe.Checkout.SessionExpireParams;
  'GET /v1/payment_intents/:id': Stripe.PaymentIntentRetrieveParams;
  'GET /v1/disputes': Stripe.DisputeListParams;
  'GET /v1/subscriptions': Stripe.SubscriptionListParams;
  'POST /v1/subscriptions/:id': Stripe.SubscriptionUpdateParams;
  'POST /v1/subscription_schedules': Stripe.SubscriptionScheduleCreateParams;
  'POST /v1/subscription_schedules/:id': Stripe.SubscriptionScheduleUpdateParams;
  'POST /v1/subscription_schedules/:id/release': Stripe.SubscriptionScheduleReleaseParams;
  'POST /v1/invoices': Stripe.InvoiceCreateParams;
  'POST /v1/invoices/create_preview': Stripe.InvoiceCreatePreviewParams;
  'POST /v1/invoices/:id/finalize': Stripe.InvoiceFinalizeInvoiceParams;
  'POST /v1/invoices/:id/pay': Stripe.InvoicePayParams;
  'POST /v1/invoices/:id/void': Stripe.InvoiceVoidInvoiceParams;
  'DELETE /v1/invoices/:id': Stripe.InvoiceDeleteParams;
  'POST /v1/invoiceitems': Stripe.InvoiceItemCreateParams;
  'GET /v1/invoice_payments': Stripe.InvoicePaymentListParams;
  'GET /v1/invoices/:id': Stripe.InvoiceRetrieveParams;
  'POST /v1/billing_portal/sessions': Stripe.BillingPortal.SessionCreateParams;
  'GET /v1/events': Stripe.EventListParams;
}
export type StripeRoute = keyof StripeRequests;
