// oxlint-disable no-explicit-any -- things of another program, of any shape
import { randomUUID } from 'node:crypto';

export interface Thing {
  id: string;
  [key: string]: any;
}
type Fields = Record<string, any>;

const DAY = 86_400;

/** The state behind the stand-in: what a buyer, a bank and the service do to it. */
export class StripeAccount {
  readonly things = new Map<string, Thing>();
  readonly events: Thing[] = [];
  /** Seconds; moves only when told to. */
  now = Math.floor(Date.now() / 1000);
  private made = 0;

  private make(prefix: string, object: string, fields: Fields): Thing {
    const thing: Thing = {
      id: `${prefix}_${String(++this.made).padStart(6, '0')}${randomUUID().slice(0, 8)}`,
      object,
      created: this.now,
      livemode: false,
      ...fields,
    };
    this.things.set(thing.id, thing);
    return thing;
  }

  get(id: string): Thing {
    const thing = this.things.get(id);
    if (!thing) throw Object.assign(new Error(`No such object: '${id}'`), { status: 404, code: 'resource_missing' });
    return thing;
  }

  all(object: string, where: (thing: Thing) => boolean = () => true): Thing[] {
    return [...this.things.values()].filter((thing) => thing.object === object && where(thing)).toReversed();
  }

  emit(type: string, thing: Thing): void {
    const id = `evt_${String(this.events.length + 1).padStart(6, '0')}${randomUUID().slice(0, 8)}`;
    this.events.push({
      id,
      object: 'event',
      api_version: '2026-10-28.endive',
      created: this.now,
      type,
      livemode: false,
      data: { object: structuredClone(thing) },
    });
  }

  createCustomer(body: Fields): Thing {
    return this.make('cus', 'customer', { name: body.name ?? null, metadata: body.metadata ?? {}, invoice_settings: { default_payment_method: null } });
  }

  createPrice(body: Fields): Thing {
    return this.make('price', 'price', {
      ...{ active: true, currency: body.currency, unit_amount: Number(body.unit_amount), lookup_key: body.lookup_key, metadata: body.metadata ?? {} },
      recurring: body.recurring,
    });
  }

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
        intent_data: body.payment_intent_data ?? {},
        subscription_data: body.subscription_data ?? {},
      },
    });
    return Object.assign(session, { url: `${origin}/pay/${session.id}` });
  }

  /** `later`: a bank transfer that has not arrived. */
  pay(sessionId: string, how: 'card' | 'later' = 'card'): Thing {
    const session = this.get(sessionId);
    if (session.status !== 'open') throw new Error(`${sessionId} is ${session.status}`);
    session.status = 'complete';
    if (session.mode === 'subscription') return this.begin(session);
    const intent = this.make('pi', 'payment_intent', {
      ...{ amount: session.amount_total, amount_received: 0, currency: 'usd', customer: session.customer, metadata: session.intent_data.metadata ?? {} },
      ...{ status: 'processing', latest_charge: null, last_payment_error: null },
    });
    session.payment_intent = intent.id;
    if (how === 'card' && session.intent_data.setup_future_usage) this.giveCard(session.customer);
    if (how === 'card') this.succeed(intent, session);
    this.emit('checkout.session.completed', session);
    return session;
  }

  /** A card of the customer; one that declines says so on every charge. */
  giveCard(customer: string, declines?: string): Thing {
    const card = this.make('pm', 'payment_method', { type: 'card', customer, declines });
    this.get(customer).invoice_settings.default_payment_method = card.id;
    return card;
  }

  createInvoice(body: Fields): Thing {
    if (body.auto_advance !== 'false') throw new Error('the stand-in advances no invoice by itself');
    return this.make('in', 'invoice', {
      ...{ customer: body.customer, number: null, status: 'draft', billing_reason: 'manual', currency: body.currency, subtotal: 0, total: 0, amount_paid: 0 },
      ...{ total_taxes: [], attempt_count: 0, metadata: body.metadata ?? {}, status_transitions: { finalized_at: null, paid_at: null } },
      ...{ period_start: this.now, period_end: this.now, hosted_invoice_url: null, invoice_pdf: null, payments: { object: 'list', data: [], has_more: false } },
    });
  }

  addLine(body: Fields): Thing {
    const invoice = this.get(body.invoice);
    if (invoice.status !== 'draft') throw new Error('a line was added to an invoice that is no draft');
    invoice.subtotal += Number(body.amount);
    invoice.total += Number(body.amount);
    return this.make('ii', 'invoiceitem', { invoice: invoice.id, amount: Number(body.amount), description: body.description });
  }

  finalizeInvoice(id: string): Thing {
    const invoice = this.get(id);
    if (invoice.status !== 'draft') throw new Error('this invoice is finalized already');
    const intent = this.make('pi', 'payment_intent', {
      ...{ amount: invoice.total, amount_received: 0, currency: invoice.currency, customer: invoice.customer, metadata: {} },
      ...{ status: 'requires_payment_method', latest_charge: null, last_payment_error: null },
    });
    Object.assign(invoice, { status: 'open', number: `A-${this.made}`, status_transitions: { finalized_at: this.now, paid_at: null } });
    invoice.payments.data = [
      { id: `inpay_${intent.id}`, object: 'invoice_payment', is_default: true, payment: { type: 'payment_intent', payment_intent: intent.id } },
    ];
    this.emit('invoice.finalized', invoice);
    return invoice;
  }

  payInvoice(id: string, card: string): Thing {
    const invoice = this.get(id);
    if (invoice.status !== 'open') throw new Error(`this invoice is ${invoice.status}`);
    const intent = this.get(invoice.payments.data[0].payment.payment_intent);
    const { declines } = this.get(card);
    invoice.attempt_count += 1;
    if (declines) {
      intent.last_payment_error = { message: declines };
      this.emit('payment_intent.payment_failed', intent);
      this.emit('invoice.payment_failed', invoice);
      throw Object.assign(new Error(declines), { status: 402, code: 'card_declined', type: 'card_error' });
    }
    this.succeed(intent);
    Object.assign(invoice, { status: 'paid', amount_paid: invoice.total, status_transitions: { ...invoice.status_transitions, paid_at: this.now } });
    this.emit('invoice.paid', invoice);
    return invoice;
  }

  voidInvoice(id: string): Thing {
    const invoice = this.get(id);
    if (invoice.status !== 'open') throw new Error(`this invoice is ${invoice.status}`);
    invoice.status = 'void';
    this.emit('invoice.voided', invoice);
    return invoice;
  }

  deleteDraft(id: string): Thing {
    if (this.get(id).status !== 'draft') throw new Error('only drafts are deleted');
    this.things.delete(id);
    return { id, object: 'invoice', deleted: true };
  }

  private succeed(intent: Thing, session?: Thing): void {
    const charge = this.make('ch', 'charge', {
      ...{ amount: intent.amount, amount_captured: intent.amount, amount_refunded: 0, disputed: false, payment_intent: intent.id, customer: intent.customer },
      currency: 'usd',
    });
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, latest_charge: charge.id });
    if (session) session.payment_status = 'paid';
    this.emit('payment_intent.succeeded', intent);
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

  private chargeOf(sessionId: string): Thing {
    return this.get(this.get(this.get(sessionId).payment_intent).latest_charge);
  }

  refund(sessionId: string, amount: number): void {
    const charge = this.chargeOf(sessionId);
    charge.amount_refunded += amount;
    this.emit('refund.created', this.make('re', 'refund', { amount, charge: charge.id, payment_intent: charge.payment_intent, status: 'succeeded' }));
    this.emit('charge.refunded', charge);
  }

  dispute(sessionId: string): Thing {
    const charge = this.chargeOf(sessionId);
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
    const end = this.now + (days || 30) * DAY;
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
    const invoice = this.make('in', 'invoice', {
      ...{ customer: subscription.customer, number: `A-${this.made}`, status: paid ? 'paid' : 'open', billing_reason: reason, currency: 'usd' },
      ...{ subtotal: amount, total: amount, metadata: {} },
      ...{ amount_paid: paid ? amount : 0, total_taxes: [], attempt_count: 1, status_transitions: { finalized_at: this.now, paid_at: paid ? this.now : null } },
      ...{ period_start: item.current_period_start, period_end: item.current_period_end, hosted_invoice_url: 'https://invoice.example/i', invoice_pdf: null },
    });
    subscription.latest_invoice = invoice.id;
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
    for (const one of subscription.items.data) Object.assign(one, { current_period_start: this.now, current_period_end: this.now + 30 * DAY });
    subscription.status = paid ? 'active' : 'past_due';
    this.bill(subscription, 'subscription_cycle', paid);
    this.emit('customer.subscription.updated', subscription);
  }

  retry(id: string): void {
    const subscription = this.get(id);
    const invoice = this.get(subscription.latest_invoice);
    Object.assign(invoice, { status: 'paid', amount_paid: invoice.total, attempt_count: invoice.attempt_count + 1 });
    subscription.status = 'active';
    this.emit('invoice.paid', invoice);
    this.emit('customer.subscription.updated', subscription);
  }

  end(id: string): void {
    const subscription = Object.assign(this.get(id), { status: 'canceled', ended_at: this.now });
    this.emit('customer.subscription.deleted', subscription);
  }

  updateSubscription(id: string, body: Fields): Thing {
    const subscription = this.get(id);
    const due = this.prorated(subscription, body);
    const [first] = subscription.items.data as [Thing];
    const reset = body.billing_cycle_anchor?.type === 'now';
    const [start, end] = reset ? [this.now, this.now + 30 * DAY] : [first.current_period_start, first.current_period_end];
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
    if (reset) subscription.billing_cycle_anchor = this.now;
    if ('cancel_at_period_end' in body) subscription.cancel_at_period_end = body.cancel_at_period_end === 'true';
    if ('pause_collection' in body) subscription.pause_collection = body.pause_collection === '' ? null : body.pause_collection;
    if (body.proration_behavior === 'always_invoice') this.bill(subscription, 'subscription_update', true, due);
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
