import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { GPU_CLASSES, type GpuClass } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { log } from '../../platform/telemetry/index.js';
import { fleetConfig, Pools, type Pool } from '../pools/index.js';
import { agentProgram } from './box-process.js';

/** A driver that does not answer holds up nobody's start. */
const PROBE_MS = 30_000;
/** Of a machine with a GPU: what would use it belongs to the boxes of the GPU's own pool. */
const FOR_GPU = ['ATELIER_COMFYUI_URL', 'ATELIER_COMFYUI_COMMAND', 'ATELIER_COMFYUI_DIR', 'CUDA_VISIBLE_DEVICES'];

/** This machine as a place for boxes: its GPU, if engines that are set up use it, and what a box of each pool may know of our environment. */
@Injectable()
export class LocalMachine {
  private readonly log = log('fleet/providers');
  private hasGpu = false;

  constructor(
    private readonly pools: Pools,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  get leaseTtlMs(): number {
    return this.config.leaseTtlMs;
  }

  /** The same at every start, so that boxes of an earlier process are known as ours. */
  get name(): string {
    return `local-${hostname()
      .replace(/[^A-Za-z0-9.-]/g, '')
      .slice(0, 60)}`;
  }

  /** A GPU that work would run on gets a pool of its class; boxes of the pool `local` then keep to the processor. */
  async settle(): Promise<void> {
    if (this.config.localBoxes === 0) return;
    const gpuClass = await this.gpuClass();
    this.hasGpu = gpuClass !== null;
    await this.pools.ensureLocalGpu(gpuClass);
  }

  environmentOf({ gpuClass }: Pool): Record<string, string> {
    // What this installation fetches stays in its own folder, unless it is told of a better one.
    const all: Record<string, string> = { ATELIER_WEIGHTS_DIR: join(this.core.home, 'weights'), ...this.config.boxEnvironment };
    if (!this.hasGpu || gpuClass !== 'CPU') return all;
    const kept = Object.entries(all).filter(([name]) => !FOR_GPU.includes(name));
    return { ...Object.fromEntries(kept), ATELIER_ONNX: all['ATELIER_ONNX'] === 'off' ? 'off' : 'cpu' };
  }

  /** Null: there is none, or nothing that is set up uses it. */
  private async gpuClass(): Promise<GpuClass | null> {
    const said = await this.probe();
    const found = said?.usesGpu ? GPU_CLASSES.find((name) => name !== 'CPU' && name === said.gpu?.class) : undefined;
    return found ?? null;
  }

  private probe(): Promise<{ usesGpu?: unknown; gpu?: { class?: unknown } } | null> {
    return new Promise((resolve) => {
      const options = { timeout: PROBE_MS, env: this.config.boxEnvironment, maxBuffer: 2 ** 20 };
      execFile(process.execPath, [agentProgram(), 'probe', '--json'], options, (error, stdout) => {
        try {
          if (error) throw error;
          resolve(JSON.parse(stdout) as { usesGpu?: unknown });
        } catch (cause) {
          this.log.warn({ err: cause }, 'this machine could not be looked at; its boxes keep to the processor. `npm run box:doctor` says why');
          resolve(null);
        }
      });
    });
  }
}
