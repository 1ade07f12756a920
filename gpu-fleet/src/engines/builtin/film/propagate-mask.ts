/** The mask of the first frame carried through a clip: moved as the picture moves, and held to its edges by a cut in every frame. */
import { Encoder, framesOf } from '../../frames/ffmpeg.js';
import { filmOutput, withClip, withResult } from '../../frames/film.js';
import { labOf } from '../background/lab.js';
import { scaled, type Plane } from '../background/planes.js';
import { cutBand } from '../background/subject-cut.js';
import { greyPicture, insideOf, readMask } from '../masks.js';
import type { OperationOf } from '../operation.js';
import { copyOf, motionOf, type Motion } from './motion.js';

/** How far, in pixels of the copy, an edge is looked for from where motion put it. */
const REACH = 3;

export const propagateMask: OperationOf<'propagate-mask'> = (_parameters, inputs, course) =>
  withResult(inputs, (work) =>
    withClip(inputs.get('video'), work, async (clip, facts) => {
      const { width, height, fps } = facts;
      let before: Plane | null = null,
        mask = await readMask(inputs.get('mask'), facts),
        frames = 0;
      const encoder = new Encoder(work.program, work.result, { width, height, fps }, null, work.signal);
      for await (const frame of framesOf(work.program, clip, facts, work.signal)) {
        const copy = copyOf(frame, width, height);
        mask = scaled(mask, copy.width, copy.height);
        if (before) mask = held(moved(mask, motionOf(copy, before)), colours(frame, width, height, copy));
        const whole = scaled(mask, width, height);
        const grey = greyPicture({ ...whole, data: whole.data.map((value) => (value >= 0.5 ? 1 : 0)) });
        await encoder.write(grey.data);
        before = copy;
        await course.step(++frames, Math.max(frames, facts.frames), 'following', () => grey);
      }
      await encoder.close();
      const metadata = { method: 'block motion and graph cut', model: null };
      return { film: await filmOutput(work, { width, height, frames, fps, metadata }), simulated: false, steps: frames, metadata };
    }),
  );

/** @param back where each place of this frame was in the one before */
function moved(mask: Plane, back: Motion): Plane {
  const { width, height } = mask;
  const data = mask.data.map((_, i) => {
    const x = Math.min(width - 1, Math.max(0, Math.round((i % width) + back.x[i]! * width))),
      y = Math.min(height - 1, Math.max(0, Math.round(Math.floor(i / width) + back.y[i]! * height)));
    return mask.data[y * width + x]!;
  });
  return { width, height, data };
}

function held(mask: Plane, lab: Float32Array): Plane {
  const inside = insideOf(mask);
  // What has left the frame, or was never there, has no edge to hold to.
  if (!inside.includes(1) || !inside.includes(0)) return mask;
  return { ...mask, data: Float32Array.from(cutBand(lab, mask.width, mask.height, inside, REACH)) };
}

/** The frame on the copy, one pixel for each place. */
function colours(frame: Uint8Array, width: number, height: number, copy: Plane): Float32Array {
  const rgb = new Uint8Array(copy.width * copy.height * 3);
  for (let i = 0; i < copy.width * copy.height; i++) {
    const x = Math.min(width - 1, Math.floor((((i % copy.width) + 0.5) * width) / copy.width)),
      y = Math.min(height - 1, Math.floor(((Math.floor(i / copy.width) + 0.5) * height) / copy.height));
    rgb.set(frame.subarray((y * width + x) * 3, (y * width + x) * 3 + 3), i * 3);
  }
  return labOf(rgb, 3);
}
