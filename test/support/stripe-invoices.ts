import { StripeThings, type Fields, type Thing } from './stripe-things.js';

/** Invoices and the money that pays them. */
export class StripeInvoices extends StripeThings {
  protected invoiceOf(customer: string, amount: number, fields: Fields): Thing {
    const tax = this.taxOf(amount);
    const [start, end] = [fields.period_start ?? this.now, fields.period_end ?? this.now];
    return this.make('in', 'invoice', {
      ...{ customer, number: `A-${this.made}`, currency: 'usd', subtotal: amount, total: amount + tax, total_taxes: tax ? [{ amount: tax }] : [] },
      ...{ metadata: {}, attempt_count: 1, period_start: start, period_end: end, hosted_invoice_url: 'https://invoice.example/i', invoice_pdf: null },
      lines: {
        object: 'list',
        data: [{ id: `il_${this.made}`, object: 'line_item', amount, description: fields.description, period: { start, end } }],
        has_more: false,
      },
      ...fields,
    });
  }

  createInvoice(body: Fields): Thing {
    if (body.auto_advance !== 'false') throw new Error('the stand-in advances no invoice by itself');
    return this.make('in', 'invoice', {
      ...{ customer: body.customer, number: null, status: 'draft', billing_reason: 'manual', currency: body.currency, subtotal: 0, total: 0, amount_paid: 0 },
      ...{ total_taxes: [], attempt_count: 0, metadata: body.metadata ?? {}, status_transitions: { finalized_at: null, paid_at: null } },
      ...{ period_start: this.now, period_end: this.now, hosted_invoice_url: null, invoice_pdf: null },
      ...{ lines: { object: 'list', data: [], has_more: false }, payments: { object: 'list', data: [], has_more: false } },
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
    this.intentOf(invoice);
    Object.assign(invoice, { status: 'open', number: `A-${this.made}`, status_transitions: { finalized_at: this.now, paid_at: null } });
    this.emit('invoice.finalized', invoice);
    return invoice;
  }

  /** The payment that is to pay an invoice. */
  protected intentOf(invoice: Thing): Thing {
    const intent = this.make('pi', 'payment_intent', {
      ...{ amount: invoice.total, amount_received: 0, currency: invoice.currency, customer: invoice.customer, metadata: {} },
      ...{ status: 'requires_payment_method', latest_charge: null, last_payment_error: null },
    });
    const payment = { id: `inpay_${intent.id}`, object: 'invoice_payment', is_default: true, payment: { type: 'payment_intent', payment_intent: intent.id } };
    invoice.payments = { object: 'list', data: [payment], has_more: false };
    return intent;
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

  protected succeed(intent: Thing, session?: Thing): void {
    const charge = this.make('ch', 'charge', {
      ...{ amount: intent.amount, amount_captured: intent.amount, amount_refunded: 0, disputed: false, payment_intent: intent.id, customer: intent.customer },
      currency: 'usd',
    });
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, latest_charge: charge.id });
    if (session) session.payment_status = 'paid';
    const receipt = session?.invoice && this.get(session.invoice);
    if (receipt) this.emit('invoice.paid', Object.assign(receipt, { status: 'paid', amount_paid: receipt.total }));
    this.emit('payment_intent.succeeded', intent);
  }
}
