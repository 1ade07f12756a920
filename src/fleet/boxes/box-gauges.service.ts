import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Metrics } from '../../platform/telemetry/index.js';
import { Backlog } from '../tasks/index.js';
import { findRecent } from './boxes.system.repository.js';

/** The fleet for Prometheus, read at each scrape. */
@Injectable()
export class BoxGauges implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly backlog: Backlog,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge('atelier_tasks', 'Tasks that wait or run, by state.', ['state'], async (gauge) => {
      gauge.reset();
      for (const [state, n] of Object.entries(await this.system.run('scrape tasks', (em) => this.backlog.states(em)))) gauge.set({ state }, n);
    });
    const boxes = (): ReturnType<typeof findRecent> => this.system.run('scrape boxes', findRecent).then((all) => all.filter((box) => box.state !== 'gone'));
    this.metrics.gauge('atelier_boxes', 'Living boxes, by class and state.', ['class', 'state'], async (gauge) => {
      gauge.reset();
      for (const box of await boxes()) gauge.inc({ class: box.gpuClass, state: box.state });
    });
    this.metrics.gauge('gpu_vram_used_bytes', 'VRAM in use on the boxes of a class.', ['class'], async (gauge) => {
      gauge.reset();
      for (const box of await boxes()) gauge.inc({ class: box.gpuClass }, (box.gpu?.vramUsedMb ?? 0) * 1024 * 1024);
    });
    this.metrics.gauge('gpu_utilization_percent', 'Mean utilisation of the ready boxes of a class.', ['class'], async (gauge) => {
      gauge.reset();
      const ready = (await boxes()).filter((box) => box.state === 'ready');
      for (const gpuClass of new Set(ready.map((box) => box.gpuClass))) {
        const ofClass = ready.filter((box) => box.gpuClass === gpuClass);
        gauge.set({ class: gpuClass }, (100 * ofClass.reduce((sum, box) => sum + (box.gpu?.utilisation ?? 0), 0)) / ofClass.length);
      }
    });
  }
}
