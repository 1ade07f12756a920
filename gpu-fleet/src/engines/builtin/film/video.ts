/** A clip from a picture without a model: a camera that moves over it. Simulated, since nothing in the picture moves. */
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Encoder } from '../../frames/ffmpeg.js';
import { filmOutput, withResult } from '../../frames/film.js';
import { sidesOf, wholeOf } from '../bounds.js';
import type { OperationOf } from '../operation.js';
import { readPicture, type Picture } from '../picture.js';
import { Random } from '../random.js';
import { smooth } from '../masks.js';

const BUCKET_MAX = 255;
/** At the largest motion bucket the camera comes closer by a third. */
const ZOOM = 1 / 3;

export const video: OperationOf<'video'> = async (parameters, inputs, course) => {
  const size = sidesOf(parameters);
  const frames = wholeOf(parameters, 'frames', 1, PARAMETER_LIMITS.videoFramesMax);
  const fps = wholeOf(parameters, 'fps', 1, PARAMETER_LIMITS.fpsMax);
  const picture = await readPicture(inputs.get('image'), size);
  const camera = cameraOf(new Random(`camera\n${parameters.prompt}\n${parameters.seed}`), wholeOf(parameters, 'motionBucket', 1, BUCKET_MAX) / BUCKET_MAX);
  return withResult(inputs, async (work) => {
    const encoder = new Encoder(work.program, work.result, { ...size, fps }, null, work.signal);
    for (let n = 0; n < frames; n++) {
      const data = seen(picture, camera(frames === 1 ? 0 : n / (frames - 1)));
      await encoder.write(data);
      await course.step(n + 1, frames, 'drawing frames', () => ({ ...size, channels: 3, data }));
    }
    await encoder.close();
    const metadata = { method: 'camera motion', note: 'simulated: the camera moves, nothing in the picture does' };
    return { film: await filmOutput(work, { ...size, frames, fps, metadata }), simulated: true, steps: frames, metadata };
  });
};

/** What part of the picture is seen: its centre and size, as shares. */
interface Shot {
  x: number;
  y: number;
  size: number;
}

function cameraOf(random: Random, motion: number): (time: number) => Shot {
  const angle = random.between(0, 2 * Math.PI);
  const closer = random.next() < 0.5;
  return (time) => {
    const way = smooth(closer ? time : 1 - time);
    const size = 1 - ZOOM * motion * way;
    const free = (1 - size) / 2;
    return { x: 0.5 + Math.cos(angle) * free, y: 0.5 + Math.sin(angle) * free, size };
  };
}

/** Bilinear, so that slow motion does not jump from pixel to pixel. */
function seen({ width, height, channels, data }: Picture, shot: Shot): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const sy = Math.min(height - 1, Math.max(0, (shot.y + ((y + 0.5) / height - 0.5) * shot.size) * height - 0.5));
    const y0 = Math.floor(sy),
      y1 = Math.min(height - 1, y0 + 1),
      fy = sy - y0;
    for (let x = 0; x < width; x++) {
      const sx = Math.min(width - 1, Math.max(0, (shot.x + ((x + 0.5) / width - 0.5) * shot.size) * width - 0.5));
      const x0 = Math.floor(sx),
        x1 = Math.min(width - 1, x0 + 1),
        fx = sx - x0;
      for (let c = 0; c < 3; c++) {
        const top = data[(y0 * width + x0) * channels + c]! * (1 - fx) + data[(y0 * width + x1) * channels + c]! * fx;
        const bottom = data[(y1 * width + x0) * channels + c]! * (1 - fx) + data[(y1 * width + x1) * channels + c]! * fx;
        out[(y * width + x) * 3 + c] = Math.round(top * (1 - fy) + bottom * fy);
      }
    }
  }
  return out;
}
