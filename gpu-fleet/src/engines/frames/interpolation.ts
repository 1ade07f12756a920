/** Frames between frames: two frames of the source in memory at a time, whatever the length of the clip. */
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { EngineInputError } from '../engine.js';
import type { ClipFacts, Encoder } from './ffmpeg.js';
import { countOf, placeOf } from './timing.js';

/** RGB frames of the clip's size. */
export interface Between {
  (before: Uint8Array, after: Uint8Array, time: number): Promise<Uint8Array>;
}

const MOST = PARAMETER_LIMITS.interpolatedFramesMax;

const tooLong = (frames: string): EngineInputError =>
  new EngineInputError('video_too_long', `The result would have ${frames} frames, at most ${MOST} are made: cut the clip or ask for fewer frames a second.`);

/** @throws EngineInputError when the result would be too long */
export function checkLength({ frames, fps }: ClipFacts, targetFps: number): void {
  const count = countOf(frames, fps, targetFps);
  if (count > MOST) throw tooLong(String(count));
}

export class Interpolation {
  /** Frames written so far. */
  private made = 0;

  constructor(
    private readonly clip: ClipFacts,
    private readonly targetFps: number,
    private readonly encoder: Encoder,
    private readonly between: Between,
    private readonly onFrame: (made: number, all: number, frame: Uint8Array) => Promise<void>,
  ) {}

  /** @returns how many frames the result has: as long in time as the source */
  async run(frames: AsyncIterable<Uint8Array>): Promise<number> {
    let before: Uint8Array | null = null,
      index = -1;
    for await (const frame of frames) {
      if (before) await this.step(index, before, frame);
      before = frame;
      index++;
    }
    if (!before) throw new EngineInputError('unreadable_video', 'The clip has no frames: export it again as MP4.');
    const all = countOf(index + 1, this.clip.fps, this.targetFps);
    while (this.made < all) await this.write(before);
    return this.made;
  }

  /** Every frame of the result from `index` up to the next frame of the source. */
  private async step(index: number, before: Uint8Array, after: Uint8Array): Promise<void> {
    for (;;) {
      const { frame, time } = placeOf(this.made, this.clip.fps, this.targetFps);
      if (frame > index) return;
      await this.write(time === 0 ? before : await this.between(before, after, time));
    }
  }

  private async write(frame: Uint8Array): Promise<void> {
    if (this.made >= MOST) throw tooLong(`more than ${MOST}`);
    await this.encoder.write(frame);
    this.made++;
    await this.onFrame(this.made, Math.max(this.made, countOf(this.clip.frames, this.clip.fps, this.targetFps)), frame);
  }
}
