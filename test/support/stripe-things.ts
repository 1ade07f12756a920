// oxlint-disable no-explicit-any -- things of another program, of any shape
import { randomUUID } from 'node:crypto';

export interface Thing {
  id: string;
  [key: string]: any;
}
export type Fields = Record<string, any>;

/** What the service knew at the moment of some news: that, and the things as they were. The last stage has no news. */
export interface Stage {
  event: Thing | null;
  things: Thing[];
}

/** What the service keeps, and its news. */
export class StripeThings {
  readonly things = new Map<string, Thing>();
  readonly events: Thing[] = [];
  /** Seconds; moves only when told to. */
  now = Math.floor(Date.now() / 1000);
  /** What is added to every invoice from now on. */
  taxPercent = 0;
  protected made = 0;
  protected tape: Stage[] | null = null;

  protected make(prefix: string, object: string, fields: Fields): Thing {
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
    this.tape?.push({ event: this.events.at(-1)!, things: this.toldOf });
  }

  /** Everything but prices, which are everybody's, that was made while `tell` ran, stage by stage. */
  async record(tell: () => Promise<void>): Promise<Stage[]> {
    this.known = new Set(this.things.keys());
    this.tape = [];
    await tell();
    const stages: Stage[] = [...this.tape, { event: null, things: this.toldOf }];
    this.tape = null;
    return stages;
  }

  protected known: ReadonlySet<string> = new Set();
  protected get toldOf(): Thing[] {
    return structuredClone([...this.things.values()].filter(({ id, object }) => object !== 'price' && !this.known.has(id)));
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

  protected readonly taxOf = (amount: number): number => Math.round((Math.max(0, amount) * this.taxPercent) / 100);

  /** A card of the customer; one that declines says so on every charge. */
  giveCard(customer: string, declines?: string): Thing {
    const card = this.make('pm', 'payment_method', { type: 'card', customer, declines });
    this.get(customer).invoice_settings.default_payment_method = card.id;
    return card;
  }

  protected refuseIfDeclined(customer: string): void {
    const card = this.get(customer).invoice_settings.default_payment_method;
    const declines = card && this.get(card).declines;
    if (declines) throw Object.assign(new Error(declines), { status: 402, code: 'card_declined', type: 'card_error' });
  }
}
