// oxlint-disable no-explicit-any -- things of another program, of any shape
import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StripeAccount } from './stripe-account.js';
import type { StripeRoute } from './stripe-requests.js';
import { faultOf, parseForm } from './stripe-shapes.js';
import type { Thing } from './stripe-things.js';

type Body = Record<string, any>;
type Handler = (id: string, body: Body) => unknown;
interface Answer {
  status: number;
  body: unknown;
}

const list = (url: string, data: unknown[]): object => ({ object: 'list', data, has_more: false, url });
const refusal = (status: number, message: string, code?: string, type = 'invalid_request_error'): Answer => ({
  status,
  body: { error: { type, message, code } },
});

/** A payment service that keeps state, refuses what the SDK's types do not know, signs its webhooks, and can be told to misbehave. */
export class StripeStandIn {
  readonly key = `sk_test_${randomUUID().replaceAll('-', '')}`;
  readonly secret = `whsec_${randomUUID().replaceAll('-', '')}`;
  readonly account = new StripeAccount();
  /** Requests that were refused for their shape; a test that sees any fails. */
  readonly faults: string[] = [];
  /** Answers of the next requests: a status, or `vanish`: done, but the connection breaks before the answer. */
  readonly next: (number | 'vanish')[] = [];
  requests = 0;
  /** From when on events were asked for, in seconds; all are answered. */
  readonly askedSince: number[] = [];
  private cut: { after: number; done: boolean; act: () => Promise<void>; happened: boolean } | null = null;
  url = '';
  private server: Server | undefined;
  private readonly kept = new Map<string, { asked: string; answer: Answer }>();

  static async start(): Promise<StripeStandIn> {
    const standIn = new StripeStandIn();
    standIn.server = createServer((request, response) => void standIn.answer(request, response));
    await new Promise<void>((resolve) => standIn.server!.listen(0, '127.0.0.1', resolve));
    standIn.url = `http://127.0.0.1:${(standIn.server.address() as AddressInfo).port}`;
    return standIn;
  }

  get settings(): Record<string, string> {
    return { STRIPE_SECRET_KEY: this.key, STRIPE_WEBHOOK_SECRET: this.secret, STRIPE_API_URL: this.url };
  }

  /**
   * After so many requests `act` happens once, and nothing gets through any more until `heal`: the next request was `done` when that happens, or not.
   */
  cutAfter(after: number, done: boolean, act: () => Promise<void>): void {
    this.cut = { after, done, act, happened: false };
  }

  /** @returns whether it came to that */
  heal(): boolean {
    const happened = this.cut?.happened ?? false;
    this.cut = null;
    return happened;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  signed(event: object, { secret = this.secret, at = Math.floor(Date.now() / 1000) } = {}): { body: string; signature: string } {
    const body = JSON.stringify(event);
    return { body, signature: `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}` };
  }

  private readonly routes: Record<StripeRoute, Handler> = {
    'POST /v1/customers': (_, body) => this.account.createCustomer(body),
    'GET /v1/customers/:id': (id) => this.account.get(id),
    'GET /v1/customers/:id/payment_methods': (id) =>
      list(
        '/v1/payment_methods',
        this.account.all('payment_method', ({ customer }) => customer === id),
      ),
    'POST /v1/prices': (_, body) => this.account.createPrice(body),
    'GET /v1/prices': (_, body) =>
      list(
        '/v1/prices',
        this.account.all('price', ({ lookup_key }) => body.lookup_keys.includes(lookup_key)),
      ),
    'POST /v1/checkout/sessions': (_, body) => this.account.createSession(body, this.url),
    'GET /v1/checkout/sessions': (_, body) =>
      list(
        '/v1/checkout/sessions',
        this.account.all('checkout.session', (session) => Object.entries(body).every(([name, value]) => name === 'limit' || session[name] === value)),
      ),
    'GET /v1/checkout/sessions/:id': (id) => {
      const session = this.account.get(id);
      return {
        ...session,
        payment_intent: session.payment_intent && this.intent(session.payment_intent),
        invoice: session.invoice && this.account.get(session.invoice),
      };
    },
    'POST /v1/checkout/sessions/:id/expire': (id) => this.account.expire(id),
    'GET /v1/payment_intents/:id': (id) => this.intent(id),
    'GET /v1/disputes': (_, body) =>
      list(
        '/v1/disputes',
        this.account.all('dispute', ({ payment_intent }) => payment_intent === body.payment_intent),
      ),
    'GET /v1/subscriptions': (_, body) =>
      list(
        '/v1/subscriptions',
        this.account
          .all('subscription', ({ customer }) => customer === body.customer)
          .map((subscription) => ({
            ...subscription,
            latest_invoice: subscription.latest_invoice && this.account.get(subscription.latest_invoice),
            schedule: subscription.schedule && this.account.get(subscription.schedule),
          })),
      ),
    'POST /v1/subscriptions/:id': (id, body) => this.account.updateSubscription(id, body),
    'POST /v1/subscription_schedules': (_, body) => this.account.createSchedule(body),
    'POST /v1/subscription_schedules/:id': (id, body) => this.account.updateSchedule(id, body),
    'POST /v1/subscription_schedules/:id/release': (id) => this.account.release(id),
    'POST /v1/invoices': (_, body) => this.account.createInvoice(body),
    'POST /v1/invoices/create_preview': (_, body) => this.account.previewInvoice(body),
    'POST /v1/invoices/:id/finalize': (id) => this.account.finalizeInvoice(id),
    'POST /v1/invoices/:id/pay': (id, body) => this.account.payInvoice(id, body.payment_method),
    'POST /v1/invoices/:id/void': (id) => this.account.voidInvoice(id),
    'DELETE /v1/invoices/:id': (id) => this.account.deleteDraft(id),
    'POST /v1/invoiceitems': (_, body) => this.account.addLine(body),
    'GET /v1/invoice_payments': (_, body) =>
      list(
        '/v1/invoice_payments',
        this.account
          .all('invoice', ({ payments }) => payments?.data[0]?.payment.payment_intent === body.payment.payment_intent)
          .map((invoice) => ({ ...invoice.payments.data[0], invoice })),
      ),
    'GET /v1/invoices/:id': (id) => this.account.get(id),
    'POST /v1/billing_portal/sessions': (_, body) => ({ id: 'bps_1', object: 'billing_portal.session', url: `${this.url}/portal/${body.customer}` }),
    'GET /v1/events': (_, body) => {
      this.askedSince.push(Number(body.created.gte));
      return list('/v1/events', this.account.events.filter(({ type }) => body.types.includes(type)).toReversed());
    },
  };

  private intent(id: string): Thing {
    const intent = this.account.get(id);
    return { ...intent, latest_charge: intent.latest_charge && this.account.get(intent.latest_charge) };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', this.url);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (pathname.startsWith('/pay/')) return this.page(request.method!, pathname.slice('/pay/'.length), response);
    this.requests++;
    if (this.cut && this.cut.after-- <= 0)
      return this.cutOff(this.cut, () => this.once(request, pathname, request.method === 'GET' ? search.slice(1) : text), response);
    const verdict = this.next.shift();
    const answer =
      typeof verdict === 'number'
        ? refusal(verdict, `told to answer ${verdict}`)
        : this.once(request, pathname, request.method === 'GET' ? search.slice(1) : text);
    if (verdict === 'vanish') return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', 'request-id': `req_${this.requests}` }).end(JSON.stringify(answer.body));
  }

  private async cutOff(cut: NonNullable<typeof this.cut>, deal: () => Answer, response: ServerResponse): Promise<void> {
    if (!cut.happened) {
      cut.happened = true;
      if (cut.done) deal();
      await cut.act();
    }
    response
      .writeHead(500, { 'content-type': 'application/json', 'stripe-should-retry': 'false' })
      .end(JSON.stringify({ error: { type: 'api_error', message: 'cut' } }));
  }

  /** The same key with the same request gets the same answer; with another request it is refused. */
  private once(request: IncomingMessage, path: string, form: string): Answer {
    if (request.headers.authorization !== `Bearer ${this.key}`) return refusal(401, 'Invalid API Key provided');
    if (request.headers['stripe-version'] !== '2026-10-28.endive') return refusal(400, 'another version of the API');
    const key = request.headers['idempotency-key'] as string | undefined;
    const asked = `${path} ${form}`;
    const known = key === undefined ? undefined : this.kept.get(key);
    if (known)
      return known.asked === asked
        ? known.answer
        : refusal(400, 'Keys for idempotent requests can only be used with the same parameters', undefined, 'idempotency_error');
    const answer = this.deal(request.method!, path, parseForm(form));
    if (key !== undefined && request.method === 'POST') this.kept.set(key, { asked, answer: structuredClone(answer) });
    return answer;
  }

  private deal(method: string, path: string, body: Body): Answer {
    const template = path.replace(/\/(cus|cs_test|pi|sub|sub_sched|in)_[^/]+/, '/:id');
    const route = `${method} ${template}` as StripeRoute;
    const handler = this.routes[route];
    if (!handler) return refusal(404, `Unrecognized request URL (${method}: ${path})`);
    const fault = faultOf(route, body);
    if (fault) {
      this.faults.push(`${route}: ${fault.message}`);
      return refusal(400, fault.message);
    }
    try {
      const made = handler(path.split('/').find((part) => /^[a-z_]+_\w+$/.test(part) && this.account.things.has(part)) ?? path.split('/')[3] ?? '', body);
      return (made as Answer).status >= 400 ? (made as Answer) : { status: 200, body: structuredClone(made) };
    } catch (error) {
      const { status = 400, code, type, message } = error as Error & { status?: number; code?: string; type?: string };
      return refusal(status, message, code, type);
    }
  }

  /** What the buyer sees. */
  private page(method: string, sessionId: string, response: ServerResponse): void {
    const session = this.account.get(sessionId);
    if (method === 'POST') {
      if (session.status === 'open') this.account.pay(sessionId);
      return void response.writeHead(303, { location: session.success_url }).end();
    }
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        `<!doctype html><html lang="en"><title>Pay</title><h1>${session.amount_total / 100} USD</h1><form method="post"><button>Pay</button></form><a href="${session.cancel_url}">Back</a></html>`,
      );
  }
}
