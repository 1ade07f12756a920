import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a cached read to a video. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/**
 * The figures of this process for Prometheus. Asking twice for one name gives the same instrument, so a room may ask where it counts.
 * Labels take few values: never an id, an address or free text.
 */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    return this.known<Counter<L>>(name) ?? new Counter({ name, help, labelNames: [...labels], registers: [this.registry] });
  }

  /** `collect` is called at each scrape and may set the gauge. */
  gauge<L extends string = never>(name: string, help: string, labels: readonly L[] = [], collect?: (gauge: Gauge<L>) => void | Promise<void>): Gauge<L> {
    return (
      this.known<Gauge<L>>(name) ??
      new Gauge<L>({
        name,
        help,
        labelNames: [...labels],
        registers: [this.registry],
        ...(collect && {
          collect(this: Gauge<L>) {
            return collect(this);
          },
        }),
      })
    );
  }

  histogram<L extends string = never>(name: string, help: string, labels: readonly L[] = [], buckets: readonly number[] = SECONDS): Histogram<L> {
    return this.known<Histogram<L>>(name) ?? new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [this.registry] });
  }

  /** The text that Prometheus reads. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private known<T>(name: string): T | undefined {
    return this.registry.getSingleMetric(name) as T | undefined;
  }
}
