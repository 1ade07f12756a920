/** More frames a second: things are moved along their way, without a model. */
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Encoder, framesOf } from '../../frames/ffmpeg.js';
import { filmOutput, withClip, withResult } from '../../frames/film.js';
import { checkLength, Interpolation } from '../../frames/interpolation.js';
import { wholeOf } from '../bounds.js';
import type { OperationOf } from '../operation.js';
import { between, copyOf, motionOf, type Motion } from './motion.js';

export const interpolate: OperationOf<'interpolate'> = (parameters, inputs, course) => {
  const targetFps = wholeOf(parameters, 'targetFps', 1, PARAMETER_LIMITS.targetFpsMax);
  return withResult(inputs, (work) =>
    withClip(inputs.get('video'), work, async (clip, facts) => {
      checkLength(facts, targetFps);
      const { width, height } = facts;
      const encoder = new Encoder(work.program, work.result, { ...facts, fps: targetFps }, { clip, seconds: facts.frames / facts.fps }, work.signal);
      let pair: { before: Uint8Array; forward: Motion; back: Motion } | null = null;
      const mix = async (before: Uint8Array, after: Uint8Array, time: number): Promise<Uint8Array> => {
        if (pair?.before !== before) {
          const [a, b] = [copyOf(before, width, height), copyOf(after, width, height)];
          pair = { before, forward: motionOf(a, b), back: motionOf(b, a) };
        }
        return between(before, after, time, width, height, pair.forward, pair.back);
      };
      const look = (made: number, all: number, data: Uint8Array) =>
        course.step(made, all, 'interpolating', () => ({ width, height, channels: 3 as const, data }));
      const frames = await new Interpolation(facts, targetFps, encoder, mix, look).run(framesOf(work.program, clip, facts, work.signal));
      await encoder.close();
      const metadata = { method: 'block motion', model: null, sourceFps: facts.fps };
      return { film: await filmOutput(work, { width, height, frames, fps: targetFps, metadata }), simulated: false, steps: frames, metadata };
    }),
  );
};
