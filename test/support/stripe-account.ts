import { StripeInvoices } from './stripe-invoices.js';
import type { Fields, Thing } from './stripe-things.js';

const DAY = 86_400;

/** The same day of the next month, or its last, in seconds. */
function monthAfter(seconds: number): number {
  const at = new Date(seconds * 1000);
  const next = new Date(at);
  next.setUTCMonth(at.getUTCMonth() + 1);
  if (next.getUTCDate() !== at.getUTCDate()) next.setUTCDate(0);
  return Math.floor(next.getTime() / 1000);
}

/** The state behind the stand-in: what a buyer, a bank and the service do to it. */
export class StripeAccount extends StripeInvoices {
  createSession(body: Fields, origin: string): Thing {
    const lines: Fields[] = body.line_items;
    const amountOf = (line: Fields): number => Number(line.price_data?.unit_amount ?? this.get(line.price).unit_amount) * Number(line.quantity);
    const amount = lines.reduce((sum, line) => sum + amountOf(line), 0);
    const session = this.make('cs_test', 'checkout.session', {
      ...{ mode: body.mode, customer: body.customer, client_reference_id: body.client_reference_id ?? null, metadata: body.metadata ?? {}, currency: 'usd' },
      ...{ amount_subtotal: amount, amount_total: amount, status: 'open', payment_status: 'unpaid', payment_intent: null, subscription: null },
      ...{
        success_url: body.success_url,
        cancel_url: body.cancel_url,
        lines,
        invoice_creation: body.invoice_creation,
        invoice: null,
        allow_promotion_codes: body.allow_promotion_codes,
        total_details: { amount_tax: 0, amount_discount: 0 },
        intent_data: body.payment_intent_data ?? {},
        subscription_data: body.subscription_data ?? {},
      },
    });
    return Object.assign(session, { url: `${origin}/pay/${session.id}` });
  }

  /** For once: who uses it again is refused. */
  createCoupon(percentOff: number): Thing {
    return this.make('promo', 'promotion_code', { percentOff, max_redemptions: 1, times_redeemed: 0 });
  }

  private redeem(coupon: Thing, session: Thing): void {
    if (session.allow_promotion_codes !== 'true') throw new Error('this page takes no codes');
    if (coupon.times_redeemed >= coupon.max_redemptions) throw new Error('This promotion code has been used up.');
    coupon.times_redeemed += 1;
    session.total_details.amount_discount = Math.round((session.amount_subtotal * coupon.percentOff) / 100);
    session.amount_total -= session.total_details.amount_discount;
  }

  /** `later`: a bank transfer that has not arrived. */
  pay(sessionId: string, how: 'card' | 'later' = 'card', coupon?: Thing): Thing {
    const session = this.get(sessionId);
    if (session.status !== 'open') throw new Error(`${sessionId} is ${session.status}`);
    if (coupon) this.redeem(coupon, session);
    session.status = 'complete';
    if (session.mode === 'subscription') return this.begin(session);
    session.total_details.amount_tax = this.taxOf(session.amount_total);
    session.amount_total += session.total_details.amount_tax;
    const intent = this.make('pi', 'payment_intent', {
      ...{ amount: session.amount_total, amount_received: 0, currency: 'usd', customer: session.customer, metadata: session.intent_data.metadata ?? {} },
      ...{ status: 'processing', latest_charge: null, last_payment_error: null },
    });
    session.payment_intent = intent.id;
    if (session.invoice_creation?.enabled === 'true') session.invoice = this.receipt(session).id;
    if (how === 'card' && session.intent_data.setup_future_usage) this.giveCard(session.customer);
    if (how === 'card') this.succeed(intent, session);
    this.emit('checkout.session.completed', session);
    return session;
  }

  /** Of a checkout that is no subscription; it is paid when the session is. */
  private receipt(session: Thing): Thing {
    return this.invoiceOf(session.customer, session.amount_total - session.total_details.amount_tax, {
      ...{ status: 'open', billing_reason: 'manual', amount_paid: 0, metadata: session.metadata, description: 'Credits' },
      status_transitions: { finalized_at: this.now, paid_at: null },
    });
  }

  arrives(sessionId: string, arrived: boolean): void {
    const session = this.get(sessionId);
    const intent = this.get(session.payment_intent);
    if (arrived) this.succeed(intent, session);
    else Object.assign(intent, { status: 'requires_payment_method', last_payment_error: { message: 'The transfer was refused.' } });
    this.emit(arrived ? 'checkout.session.async_payment_succeeded' : 'checkout.session.async_payment_failed', session);
  }

  expire(sessionId: string): Thing {
    const session = this.get(sessionId);
    session.status = 'expired';
    this.emit('checkout.session.expired', session);
    return session;
  }

  /** Of a session or an invoice. */
  private chargeOf(id: string): Thing {
    const { payment_intent, payments } = this.get(id);
    return this.get(this.get(payment_intent ?? payments.data[0].payment.payment_intent).latest_charge);
  }

  refund(id: string, amount: number): void {
    const charge = this.chargeOf(id);
    charge.amount_refunded += amount;
    this.emit('refund.created', this.make('re', 'refund', { amount, charge: charge.id, payment_intent: charge.payment_intent, status: 'succeeded' }));
    this.emit('charge.refunded', charge);
  }

  dispute(id: string): Thing {
    const charge = this.chargeOf(id);
    charge.disputed = true;
    const dispute = this.make('dp', 'dispute', { amount: charge.amount, charge: charge.id, payment_intent: charge.payment_intent, status: 'needs_response' });
    this.emit('charge.dispute.created', dispute);
    this.emit('charge.dispute.funds_withdrawn', dispute);
    return dispute;
  }

  decide(disputeId: string, status: 'won' | 'lost'): void {
    const dispute = Object.assign(this.get(disputeId), { status });
    if (status === 'won') this.emit('charge.dispute.funds_reinstated', dispute);
    this.emit('charge.dispute.closed', dispute);
  }

  private begin(session: Thing): Thing {
    const days = Number(session.subscription_data.trial_period_days ?? 0);
    const end = days ? this.now + days * DAY : monthAfter(this.now);
    const subscription = this.make('sub', 'subscription', {
      ...{ customer: session.customer, metadata: session.subscription_data.metadata ?? {}, status: days ? 'trialing' : 'active', start_date: this.now },
      ...{ billing_cycle_anchor: days ? end : this.now, trial_start: days ? this.now : null, trial_end: days ? end : null, cancel_at: null, ended_at: null },
      ...{ cancel_at_period_end: false, pause_collection: null, schedule: null, latest_invoice: null },
      items: { object: 'list', data: session.lines.map((line: Fields) => this.itemOf(line, this.now, end)), has_more: false, url: '/v1/subscription_items' },
    });
    session.subscription = subscription.id;
    session.payment_status = days ? 'no_payment_required' : 'paid';
    this.emit('customer.subscription.created', subscription);
    this.bill(subscription, 'subscription_create', true);
    this.emit('checkout.session.completed', session);
    return session;
  }

  private itemOf({ price, quantity }: Fields, start: number, end: number): Thing {
    return this.make('si', 'subscription_item', {
      price: this.get(price),
      quantity: Number(quantity ?? 1),
      current_period_start: start,
      current_period_end: end,
    });
  }

  private readonly amountOf = (items: readonly Fields[]): number =>
    items.reduce((sum, { price, quantity }) => sum + (typeof price === 'string' ? this.get(price) : price).unit_amount * Number(quantity ?? 1), 0);

  /** What a change charges now: the rest of the old period goes back, that of the new one (or a new period) is charged. */
  private prorated(subscription: Thing, body: Fields): number {
    const [first] = subscription.items.data as [Thing];
    const changed = new Map<string, Fields>(subscription.items.data.map((item: Thing) => [item.id, item]));
    for (const [index, change] of ((body.items ?? []) as Fields[]).entries())
      if (change.deleted === 'true') changed.delete(change.id);
      else changed.set(change.id ?? `new ${index}`, change);
    const rest = (first.current_period_end - this.now) / (first.current_period_end - first.current_period_start);
    const after = this.amountOf([...changed.values()]);
    return Math.round((body.billing_cycle_anchor?.type === 'now' ? after : after * rest) - this.amountOf(subscription.items.data) * rest);
  }

  previewInvoice(body: Fields): Thing {
    const details = body.subscription_details;
    const total = body.subscription ? this.prorated(this.get(body.subscription), details) : this.amountOf(details.items);
    return {
      ...{ id: 'upcoming_in', object: 'invoice', status: 'draft', currency: 'usd', subtotal: total, total, amount_paid: 0, total_taxes: [], attempt_count: 0 },
      ...{ period_start: this.now, period_end: this.now, created: this.now, status_transitions: { finalized_at: null, paid_at: null } },
      lines: { object: 'list', data: [{ id: 'il_tmp', object: 'line_item', amount: total, description: 'The change' }], has_more: false },
    };
  }

  private bill(subscription: Thing, reason: string, paid: boolean, due = this.amountOf(subscription.items.data)): Thing {
    const amount = subscription.status === 'trialing' ? 0 : due;
    const [item] = subscription.items.data as [Thing];
    const invoice = this.invoiceOf(subscription.customer, amount, {
      ...{ status: paid ? 'paid' : 'open', billing_reason: reason, amount_paid: paid ? amount + this.taxOf(amount) : 0, description: 'A month' },
      status_transitions: { finalized_at: this.now, paid_at: paid ? this.now : null },
      ...{ period_start: item.current_period_start, period_end: item.current_period_end },
    });
    subscription.latest_invoice = invoice.id;
    if (paid && invoice.total > 0) this.succeed(this.intentOf(invoice));
    this.emit('invoice.finalized', invoice);
    this.emit(paid ? 'invoice.paid' : 'invoice.payment_failed', invoice);
    return invoice;
  }

  /** A period is over: schedules take effect, the next one is billed. */
  renew(id: string, paid = true): void {
    const subscription = this.get(id);
    const [item] = subscription.items.data as [Thing];
    this.now = Math.max(this.now, item.current_period_end);
    if (subscription.cancel_at_period_end) return this.end(id);
    const phase = subscription.schedule && this.get(subscription.schedule).phases[1];
    if (phase) {
      subscription.items.data = phase.items.map((line: Fields) => this.itemOf(line, this.now, this.now));
      this.release(subscription.schedule);
    }
    if (subscription.status === 'trialing') subscription.billing_cycle_anchor = this.now;
    for (const one of subscription.items.data) Object.assign(one, { current_period_start: this.now, current_period_end: monthAfter(this.now) });
    const rests = subscription.pause_collection !== null;
    subscription.status = paid || rests ? 'active' : 'past_due';
    const invoice = this.bill(subscription, 'subscription_cycle', paid && !rests);
    if (rests) this.voidInvoice(invoice.id);
    this.emit('customer.subscription.updated', subscription);
  }

  retry(id: string): void {
    const subscription = this.get(id);
    const invoice = this.get(subscription.latest_invoice);
    Object.assign(invoice, { status: 'paid', amount_paid: invoice.total, attempt_count: invoice.attempt_count + 1 });
    subscription.status = 'active';
    this.succeed(this.intentOf(invoice));
    this.emit('invoice.paid', invoice);
    this.emit('customer.subscription.updated', subscription);
  }

  end(id: string): void {
    const subscription = Object.assign(this.get(id), { status: 'canceled', ended_at: this.now });
    this.emit('customer.subscription.deleted', subscription);
  }

  updateSubscription(id: string, body: Fields): Thing {
    const subscription = this.get(id);
    const isReset = body.billing_cycle_anchor?.type === 'now';
    const due = body.proration_behavior === 'none' ? this.amountOf(subscription.items.data) : this.prorated(subscription, body);
    const isBilled = body.proration_behavior === 'always_invoice' || isReset;
    if (isBilled && body.payment_behavior === 'error_if_incomplete') this.refuseIfDeclined(subscription.customer);
    const [first] = subscription.items.data as [Thing];
    const [start, end] = isReset ? [this.now, monthAfter(this.now)] : [first.current_period_start, first.current_period_end];
    for (const change of (body.items ?? []) as Fields[]) {
      const had = subscription.items.data.find((item: Thing) => item.id === change.id);
      if (change.deleted === 'true') subscription.items.data = subscription.items.data.filter((item: Thing) => item !== had);
      else if (had)
        Object.assign(had, {
          price: this.get(change.price),
          quantity: Number(change.quantity ?? had.quantity),
          current_period_start: start,
          current_period_end: end,
        });
      else subscription.items.data.push(this.itemOf(change, start, end));
    }
    if (isReset) subscription.billing_cycle_anchor = this.now;
    if ('cancel_at_period_end' in body) subscription.cancel_at_period_end = body.cancel_at_period_end === 'true';
    if ('pause_collection' in body) subscription.pause_collection = body.pause_collection === '' ? null : body.pause_collection;
    if (isBilled) this.bill(subscription, 'subscription_update', true, due);
    this.emit('customer.subscription.updated', subscription);
    return subscription;
  }

  createSchedule(body: Fields): Thing {
    const subscription = this.get(body.from_subscription);
    const [item] = subscription.items.data as [Thing];
    const phase = { start_date: item.current_period_start, end_date: item.current_period_end, items: [], metadata: {} };
    const schedule = this.make('sub_sched', 'subscription_schedule', {
      ...{ customer: subscription.customer, subscription: subscription.id, status: 'active', phases: [phase] },
      current_phase: { start_date: phase.start_date, end_date: phase.end_date },
    });
    subscription.schedule = schedule.id;
    return schedule;
  }

  updateSchedule(id: string, body: Fields): Thing {
    const schedule = this.get(id);
    schedule.phases = body.phases.map((phase: Fields) => ({ ...phase, start_date: Number(phase.start_date), end_date: Number(phase.end_date ?? 0) }));
    this.emit('subscription_schedule.updated', schedule);
    return schedule;
  }

  release(id: string): Thing {
    const schedule = Object.assign(this.get(id), { status: 'released' });
    this.get(schedule.subscription).schedule = null;
    this.emit('subscription_schedule.released', schedule);
    return schedule;
  }
}
