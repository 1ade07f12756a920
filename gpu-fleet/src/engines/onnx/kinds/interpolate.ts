/** More frames a second by RIFE. */
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { wholeOf } from '../../builtin/bounds.js';
import { Encoder, framesOf, needsFfmpeg } from '../../frames/ffmpeg.js';
import { filmOutput, withClip, withResult } from '../../frames/film.js';
import { checkLength, Interpolation } from '../../frames/interpolation.js';
import { frameInput, frameOutput, timeInput } from '../models/rife.js';
import { factsOf, weightsOf, withGraphs, type KindOf } from './kind.js';

export const interpolate: KindOf<'interpolate'> = async (parameters, job) => {
  const targetFps = wholeOf(parameters, 'targetFps', 1, PARAMETER_LIMITS.targetFpsMax);
  const weights = weightsOf(job, 'rife');
  if (!job.ffmpeg) throw needsFfmpeg();
  return withGraphs(job, [weights], ([graph]) =>
    withResult(job.inputs, (work) =>
      withClip(job.inputs.get('video'), work, async (clip, facts) => {
        checkLength(facts, targetFps);
        const { width, height } = facts;
        const encoder = new Encoder(work.program, work.result, { ...facts, fps: targetFps }, { clip, seconds: facts.frames / facts.fps }, work.signal);
        const between = async (before: Uint8Array, after: Uint8Array, time: number): Promise<Uint8Array> => {
          const [output] = await graph!.run([frameInput(before, width, height), frameInput(after, width, height), timeInput(time)]);
          return frameOutput(output!, width, height);
        };
        const look = (made: number, all: number, data: Uint8Array) =>
          job.course.step(made, all, 'interpolating', () => ({ width, height, channels: 3 as const, data }));
        const frames = await new Interpolation(facts, targetFps, encoder, between, look).run(framesOf(work.program, clip, facts, work.signal));
        await encoder.close();
        const metadata = factsOf(job, [weights], { sourceFps: facts.fps, targetFps });
        return { outputs: [await filmOutput(work, { width, height, frames, fps: targetFps, metadata })], steps: frames };
      }),
    ),
  );
};
