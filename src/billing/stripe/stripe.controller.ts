import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { BillingDesk, toPurchaseResponse } from './billing-desk.service.js';
import { Purchases } from './purchases.service.js';
import {
  InvoicePage,
  OffersResponse,
  PortalResponse,
  PurchaseBody,
  PurchasePage,
  PurchaseResponse,
  StartedPurchaseResponse,
  SubscribeBody,
  SubscribePreviewResponse,
  SubscribeResponse,
  SubscriptionAnswer,
} from './stripe.dto.js';
import { SubscriptionPreviews, type Preview } from './subscription-previews.service.js';
import type { SubscriptionState } from './subscription-state.js';
import { Subscriptions } from './subscriptions.service.js';

@ApiTags('billing')
@Controller('billing')
export class StripeController {
  constructor(
    private readonly desk: BillingDesk,
    private readonly purchases: Purchases,
    private readonly subscriptions: Subscriptions,
    private readonly previews: SubscriptionPreviews,
  ) {}

  @Get('offers')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'getOffers', summary: 'Plans and packs that can be bought, and whether payments are set up' })
  @ApiOkResponse({ type: OffersResponse })
  offers(@Context() ctx: Ctx): Promise<OffersResponse> {
    return this.desk.offers(ctx);
  }

  @Post('credits/purchase')
  @Requires('billing:write')
  @ApiOperation({ operationId: 'purchaseCredits', summary: 'Buy a pack of credits: answers with the page to pay on' })
  @ApiCreatedResponse({ type: StartedPurchaseResponse })
  async purchase(@Context() ctx: Ctx, @Body() body: PurchaseBody): Promise<StartedPurchaseResponse> {
    const { purchase, url } = await this.purchases.start(ctx, body.pack);
    return { ...toPurchaseResponse(purchase), url };
  }

  @Get('credits/purchases')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'listPurchases', summary: 'Packs that were bought, newest first' })
  @ApiOkResponse({ type: PurchasePage })
  listPurchases(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<PurchasePage> {
    return this.desk.listPurchases(ctx, query);
  }

  @Get('credits/purchases/:id')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'getPurchase', summary: 'A purchase; one that is open is asked after at the payment service first' })
  @ApiOkResponse({ type: PurchaseResponse })
  async getPurchase(@Context() ctx: Ctx, @IdParam('pur', 'id') id: string): Promise<PurchaseResponse> {
    return toPurchaseResponse(await this.purchases.get(ctx, id));
  }

  @Get('subscription')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'getSubscription', summary: 'What is paid for month by month, and what will change' })
  @ApiOkResponse({ type: SubscriptionAnswer })
  async subscription(@Context() ctx: Ctx): Promise<SubscriptionAnswer> {
    return answerOf(await this.subscriptions.find(ctx));
  }

  @Post('subscribe')
  @HttpCode(200)
  @Requires('billing:write')
  @ApiOperation({ operationId: 'subscribe', summary: 'Have a plan with so many seats: more at once with proration, less with the next period' })
  @ApiOkResponse({ type: SubscribeResponse })
  async subscribe(@Context() ctx: Ctx, @Body() body: SubscribeBody): Promise<SubscribeResponse> {
    const { status, url, effectiveAt } = await this.subscriptions.subscribe(ctx, body.plan, body.seats ?? null);
    return { status, url, effectiveAt: effectiveAt?.toISOString() ?? null };
  }

  @Post('subscribe/preview')
  @HttpCode(200)
  @Requires('billing:write')
  @ApiOperation({ operationId: 'previewSubscribe', summary: 'What subscribing so would charge now, and then month by month; changes nothing' })
  @ApiOkResponse({ type: SubscribePreviewResponse })
  async preview(@Context() ctx: Ctx, @Body() body: SubscribeBody): Promise<SubscribePreviewResponse> {
    return previewOf(await this.previews.preview(ctx, body.plan, body.seats ?? null));
  }

  @Post('subscription/pause')
  @HttpCode(200)
  @Requires('billing:write')
  @ApiOperation({ operationId: 'pauseSubscription', summary: 'Let the subscription rest: nothing is charged, and the plan is Free meanwhile' })
  @ApiOkResponse({ type: SubscriptionAnswer })
  async pause(@Context() ctx: Ctx): Promise<SubscriptionAnswer> {
    await this.subscriptions.pause(ctx);
    return this.subscription(ctx);
  }

  @Post('subscription/resume')
  @HttpCode(200)
  @Requires('billing:write')
  @ApiOperation({ operationId: 'resumeSubscription', summary: 'Let a paused subscription go on' })
  @ApiOkResponse({ type: SubscriptionAnswer })
  async resume(@Context() ctx: Ctx): Promise<SubscriptionAnswer> {
    await this.subscriptions.resume(ctx);
    return this.subscription(ctx);
  }

  @Post('portal')
  @HttpCode(200)
  @Requires('billing:write')
  @ApiOperation({ operationId: 'openPortal', summary: 'The customer portal: cards, addresses, tax numbers, invoices' })
  @ApiOkResponse({ type: PortalResponse })
  async portal(@Context() ctx: Ctx): Promise<PortalResponse> {
    return { url: await this.subscriptions.portal(ctx) };
  }

  @Get('invoices')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'listInvoices', summary: 'Invoices, newest first' })
  @ApiOkResponse({ type: InvoicePage })
  invoices(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<InvoicePage> {
    return this.desk.listInvoices(ctx, query);
  }
}

function answerOf(state: SubscriptionState | null): SubscriptionAnswer {
  if (!state) return { subscription: null };
  const { status, plan, version, seatsExtra, paused, next } = state;
  const text = (at: Date | null): string | null => at?.toISOString() ?? null;
  return {
    subscription: {
      ...{ status, plan, version, seatsExtra, paused },
      periodEndsAt: state.periodEndsAt.toISOString(),
      trialEndsAt: text(state.trialEndsAt),
      cancelAt: text(state.cancelAt),
      graceEndsAt: text(state.graceEndsAt),
      next: next && { plan: next.plan, seatsExtra: next.seatsExtra },
    },
  };
}

const previewOf = ({ status, effectiveAt, dueNow, then }: Preview): SubscribePreviewResponse => ({
  status,
  effectiveAt: effectiveAt?.toISOString() ?? null,
  dueNow: {
    totalMicros: String(dueNow.totalMicros),
    taxMicros: String(dueNow.taxMicros),
    lines: dueNow.lines.map(({ description, amountMicros }) => ({ description, amountMicros: String(amountMicros) })),
  },
  then: then && { at: then.at.toISOString(), totalMicros: String(then.totalMicros) },
});
