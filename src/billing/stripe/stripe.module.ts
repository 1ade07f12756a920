import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { MembersModule } from '../../accounts/members/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { provideConfig } from '../../platform/config/index.js';
import { ChargesModule } from '../charges/index.js';
import { LedgerModule } from '../ledger/index.js';
import { PlansModule } from '../plans/index.js';
import { BillingAccountsRepository } from './billing-accounts.repository.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { BillingDesk } from './billing-desk.service.js';
import { InvoiceCharges } from './invoice-charges.service.js';
import { InvoiceLooks } from './invoice-looks.service.js';
import { InvoiceRefunds } from './invoice-refunds.service.js';
import { InvoicesRepository } from './invoices.repository.js';
import { PaymentMail } from './payment-mail.service.js';
import { PurchaseBooks } from './purchase-books.service.js';
import { PurchaseLooks } from './purchase-looks.service.js';
import { PurchasesRepository } from './purchases.repository.js';
import { Purchases, ReturnAddresses } from './purchases.service.js';
import { stripeConfig } from './settings.js';
import { StripeClient } from './stripe-client.service.js';
import { StripeEvents } from './stripe-events.service.js';
import { StripeEventsSystemRepository } from './stripe-events.system.repository.js';
import { InboxServices, StripeInbox } from './stripe-inbox.service.js';
import { StripePrices } from './stripe-prices.service.js';
import { StripeWebhooksController } from './stripe-webhooks.controller.js';
import { StripeController } from './stripe.controller.js';
import { SubscriptionChanges } from './subscription-changes.service.js';
import { SubscriptionLooks } from './subscription-looks.service.js';
import { SubscriptionPreviews } from './subscription-previews.service.js';
import { SubscriptionSteps } from './subscription-steps.service.js';
import { SubscriptionsRepository } from './subscriptions.repository.js';
import { Subscriptions } from './subscriptions.service.js';
import { TopUpOutcomes } from './top-up-outcomes.service.js';
import { TopUpPayments } from './top-up-payments.service.js';
import { TopUpRuns } from './top-up-runs.service.js';
import { TopUpSweep } from './top-up-sweep.service.js';
import { TopUpsController } from './top-ups.controller.js';
import { TopUpsRepository } from './top-ups.repository.js';
import { TopUps } from './top-ups.service.js';
import { TopUpsSystemRepository } from './top-ups.system.repository.js';

@Module({
  imports: [AuditModule, MembersModule, TenantsModule, PlansModule, LedgerModule, ChargesModule],
  controllers: [StripeController, TopUpsController, StripeWebhooksController],
  providers: [
    provideConfig(stripeConfig),
    ...[StripeClient, StripePrices, ReturnAddresses, BillingAccounts, BillingAccountsRepository, BillingDesk],
    ...[Purchases, PurchaseLooks, PurchaseBooks, PurchasesRepository],
    ...[Subscriptions, SubscriptionSteps, SubscriptionPreviews, SubscriptionChanges, SubscriptionLooks, SubscriptionsRepository],
    ...[TopUps, TopUpRuns, TopUpPayments, TopUpOutcomes, TopUpSweep, TopUpsRepository, TopUpsSystemRepository],
    ...[InvoiceLooks, InvoiceCharges, InvoiceRefunds, PaymentMail, InvoicesRepository],
    ...[StripeInbox, InboxServices, StripeEvents, StripeEventsSystemRepository],
  ],
})
export class StripeModule {}
