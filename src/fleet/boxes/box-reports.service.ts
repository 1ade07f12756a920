import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Metering, type BoxTime } from '../metering/index.js';
import { Pools } from '../pools/index.js';
import { Backlog } from '../tasks/index.js';
import type { Box } from './box.js';
import type { BoxDto, BoxSecondsDto, FleetMetricsDto } from './boxes.dto.js';
import { boxHasEnded } from './boxes.errors.js';
import { Boxes } from './boxes.service.js';
import * as repository from './boxes.system.repository.js';

const NO_TIME: BoxTime = { work: 0, load: 0, boot: 0, idle: 0, drain: 0, wasted: 0, lifetime: 0 };

interface Picture {
  boxes: Box[];
  times: Map<string, BoxTime>;
  running: Map<string, number>;
}

/** The fleet as operators see it. */
@Injectable()
export class BoxReports {
  constructor(
    private readonly system: SystemTx,
    private readonly boxes: Boxes,
    private readonly pools: Pools,
    private readonly backlog: Backlog,
    private readonly metering: Metering,
    private readonly audit: Audit,
  ) {}

  async list(): Promise<BoxDto[]> {
    const picture = await this.picture();
    return picture.boxes.map((box) => this.toDto(box, picture));
  }

  /** @throws DomainError `not_found` */
  async get(id: string): Promise<BoxDto> {
    const picture = await this.picture(id);
    const [box] = picture.boxes;
    if (!box) throw notFound('box');
    return this.toDto(box, picture);
  }

  async drain(ctx: Ctx, id: string): Promise<BoxDto> {
    await this.system.run('drain box', async (em) => {
      const box = await repository.lockBox(em, id);
      if (!box) throw notFound('box');
      if (box.state === 'gone') throw boxHasEnded();
      await this.boxes.drain(em, box, 'drain');
      await this.audit.record(em, ctx, { action: 'box.drained', target: typeId('box', id) });
    });
    return this.get(id);
  }

  async metrics(): Promise<FleetMetricsDto> {
    const { boxes, times, running } = await this.picture();
    const states = await this.system.run('count tasks', (em) => this.backlog.states(em));
    const slots = boxes.filter((box) => box.state === 'ready').reduce((sum, box) => sum + box.slots, 0);
    const busySlots = boxes.filter((box) => box.state === 'ready').reduce((sum, box) => sum + (running.get(box.id) ?? 0), 0);
    const count = (state: Box['state']): number => boxes.filter((box) => box.state === state).length;
    const total = [...times.values()].reduce(
      (sum, time) => Object.fromEntries(Object.entries(sum).map(([key, ms]) => [key, ms + time[key as keyof BoxTime]])) as unknown as BoxTime,
      NO_TIME,
    );
    return {
      tasks: {
        blocked: states.blocked ?? 0,
        ready: states.ready ?? 0,
        queued: states.queued ?? 0,
        running: (states.leased ?? 0) + (states.running ?? 0),
        stopping: states.stopping ?? 0,
      },
      boxes: { booting: count('booting'), ready: count('ready'), draining: count('draining'), quarantined: count('quarantined'), lost: count('lost') },
      slots,
      busySlots,
      utilisation: slots > 0 ? busySlots / slots : 0,
      seconds: toSeconds(total),
    };
  }

  private picture(id?: string): Promise<Picture> {
    return this.system.run('picture of the boxes', async (em) => {
      const boxes = id === undefined ? await repository.findRecent(em) : [await repository.findBox(em, id)].filter((box) => box !== undefined);
      const lives = await repository.findLives(
        em,
        boxes.map((box) => box.id),
      );
      return { boxes, times: await this.metering.timeOf(em, lives), running: await this.backlog.onBoxes(em) };
    });
  }

  private toDto(box: Box, { times, running }: Picture): BoxDto {
    return {
      id: typeId('box', box.id),
      pool: this.pools.known().find((pool) => pool.id === box.poolId)?.name ?? '',
      class: box.gpuClass,
      state: box.state,
      stateReason: box.stateReason,
      zone: box.zone,
      capacity: box.capacity,
      agentVersion: box.agentVersion,
      slots: box.slots,
      running: running.get(box.id) ?? 0,
      launchedAt: box.launchedAt.toISOString(),
      lastHeartbeatAt: box.lastHeartbeatAt?.toISOString() ?? null,
      endedAt: box.endedAt?.toISOString() ?? null,
      gpu: box.gpu && {
        name: box.gpu.name,
        vramMb: box.gpu.vramMb,
        vramUsedMb: Math.round(box.gpu.vramUsedMb ?? 0),
        utilisation: box.gpu.utilisation ?? 0,
        driver: box.gpu.driver,
        xid: box.gpu.xid ?? null,
      },
      seconds: toSeconds(times.get(box.id) ?? NO_TIME),
      engines: box.engines,
    };
  }
}

const toSeconds = (time: BoxTime): BoxSecondsDto => {
  const seconds = (ms: number): number => Math.round(ms) / 1000;
  const { work, load, boot, idle, drain, wasted, lifetime } = time;
  return {
    work: seconds(work),
    load: seconds(load),
    boot: seconds(boot),
    idle: seconds(idle),
    drain: seconds(drain),
    wasted: seconds(wasted),
    lifetime: seconds(lifetime),
  };
};
