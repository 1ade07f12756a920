/** More frames a second by RIFE: two frames in memory at a time, whatever the length of the clip. */
import { randomUUID } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { wholeOf } from '../../builtin/bounds.js';
import { EngineFault, EngineInputError } from '../../engine.js';
import { demuxerOf, Encoder, factsOfClip, framesOf, type Clip, type ClipFacts } from '../frames/ffmpeg.js';
import { countOf, placeOf } from '../frames/timing.js';
import type { Graph } from '../graph.js';
import { frameInput, frameOutput, timeInput } from '../models/rife.js';
import { factsOf, weightsOf, withGraphs, type Job, type KindOf } from './kind.js';

export const interpolate: KindOf<'interpolate'> = async (parameters, job) => {
  const targetFps = wholeOf(parameters, 'targetFps', 1, PARAMETER_LIMITS.targetFpsMax);
  const weights = weightsOf(job, 'rife');
  const program = job.ffmpeg;
  if (!program) throw new EngineFault('no_ffmpeg', 'This box has no ffmpeg: install it or set FFMPEG_PATH.');
  const bytes = job.inputs.get('video');
  const clip: Clip = { file: join(job.folder, randomUUID()), demuxer: demuxerOf(bytes) };
  const result = join(job.folder, `${randomUUID()}.mp4`);
  const abort = new AbortController();
  return withGraphs(job, [weights], async ([graph]) => {
    try {
      await writeFile(clip.file, bytes, { mode: 0o600 });
      const facts = await factsOfClip(program, clip, abort.signal);
      checkLength(facts, targetFps);
      const encoder = new Encoder(program, result, { ...facts, fps: targetFps }, clip, abort.signal);
      const made = await new Interpolation(graph!, facts, targetFps, encoder, job).run(framesOf(program, clip, facts, abort.signal));
      await encoder.close();
      const metadata = factsOf(job, [weights], { sourceFps: facts.fps, targetFps, frames: made });
      const [width, height] = [facts.width, facts.height].map((side) => Math.ceil(side / 2) * 2) as [number, number];
      const data = { file: result, bytes: (await stat(result)).size };
      return { outputs: [{ slot: 'video', data, contentType: 'video/mp4', width, height, metadata }], steps: made };
    } catch (error) {
      abort.abort();
      await rm(result, { force: true });
      throw error;
    } finally {
      await rm(clip.file, { force: true });
    }
  });
};

function checkLength({ frames, fps }: ClipFacts, targetFps: number): void {
  const count = countOf(frames, fps, targetFps);
  if (count > PARAMETER_LIMITS.interpolatedFramesMax)
    throw new EngineInputError(
      'video_too_long',
      `The result would have ${count} frames, at most ${PARAMETER_LIMITS.interpolatedFramesMax} are made: cut the clip or ask for fewer frames a second.`,
    );
}

class Interpolation {
  /** Frames written so far. */
  private made = 0;

  constructor(
    private readonly graph: Graph,
    private readonly clip: ClipFacts,
    private readonly targetFps: number,
    private readonly encoder: Encoder,
    private readonly job: Job,
  ) {}

  async run(frames: AsyncIterable<Uint8Array>): Promise<number> {
    let before: Uint8Array | null = null,
      index = -1;
    for await (const frame of frames) {
      if (before) await this.between(index, before, frame);
      before = frame;
      index++;
    }
    if (!before) throw new EngineInputError('unreadable_video', 'The clip has no frames: export it again as MP4.');
    const all = countOf(index + 1, this.clip.fps, this.targetFps);
    while (this.made < all) await this.write(before);
    return this.made;
  }

  /** Every frame of the result from `index` up to the next frame of the source. */
  private async between(index: number, before: Uint8Array, after: Uint8Array): Promise<void> {
    const { width, height, fps } = this.clip;
    for (;;) {
      const { frame, time } = placeOf(this.made, fps, this.targetFps);
      if (frame > index) return;
      if (time === 0) await this.write(before);
      else {
        const [output] = await this.graph.run([frameInput(before, width, height), frameInput(after, width, height), timeInput(time)]);
        await this.write(frameOutput(output!, width, height));
      }
    }
  }

  private async write(frame: Uint8Array): Promise<void> {
    await this.encoder.write(frame);
    this.made++;
    const { width, height, frames, fps } = this.clip;
    await this.job.course.step(this.made, Math.max(this.made, countOf(frames, fps, this.targetFps)), 'interpolating', () => ({
      width,
      height,
      channels: 3,
      data: frame,
    }));
  }
}
