/** Text to image without a model: a generative picture grown from the words and the seed, painted in real steps. Simulated. */
import type { TaskParameters } from '@atelier/contracts';
import { paint, type Target } from './brush.js';
import { sidesOf, wholeOf } from './bounds.js';
import type { OperationOf } from './operation.js';
import { paletteOf } from './palette.js';
import { canonicalJson } from './png-metadata.js';
import { Random } from './random.js';
import { sceneOf, type Scene } from './scene.js';

/** Words choose scene and colours, the seed their arrangement: the same prompt under other seeds stays recognisable. */
export const txt2img: OperationOf<'txt2img'> = async (parameters, _inputs, course) => {
  const { width, height } = sidesOf(parameters);
  const steps = wholeOf(parameters, 'steps', 1, 150);
  const words = wordsOf(parameters);
  const random = new Random(`${words}\n${parameters.seed}`);
  const palette = paletteOf(new Random(words), Math.min(1, Math.max(0, (Number(parameters.cfgScale) || 7) / 14)));
  const scene = sceneOf(new Random(`scene\n${words}`), random, palette);
  await course.step(0, steps, 'sampling');
  const target = targetOf(scene, width, height, () => course.stopIfAsked());
  const canvas = staticOf(random, width * height * 3);
  const picture = { width, height, channels: 3 as const, data: canvas };
  await paint(canvas, target, random, steps, 0, (done) => course.step(done, steps, 'sampling', () => picture));
  return { picture, simulated: true, steps, metadata: { method: 'generative painting', note: 'simulated: drawn without a model' } };
};

/** Everything about the task that should change the picture, except sizes, steps and seed. */
export function wordsOf({ prompt, negativePrompt, cfgScale, sampler, scheduler, model }: Partial<TaskParameters['txt2img']>): string {
  return canonicalJson({
    prompt: prompt ?? '',
    negativePrompt: negativePrompt ?? '',
    cfgScale: cfgScale ?? 7,
    sampler: sampler ?? '',
    scheduler: scheduler ?? '',
    model: model ?? '',
  });
}

function targetOf(scene: Scene, width: number, height: number, stopIfAsked: () => void): Target {
  const unit = 1 / Math.min(width, height);
  const rgb = new Uint8Array(width * height * 3);
  const colour = new Float32Array(3);
  for (let y = 0; y < height; y++) {
    if (y % 128 === 0) stopIfAsked();
    for (let x = 0; x < width; x++) {
      scene.colour((x - width / 2) * unit, (y - height / 2) * unit, colour);
      rgb.set(colour, (y * width + x) * 3);
    }
  }
  return { width, height, rgb, flow: (x, y) => scene.flow((x - width / 2) * unit, (y - height / 2) * unit) };
}

/** The noise a picture begins with. */
export function staticOf(random: Random, length: number): Uint8Array {
  const noise = new Uint8Array(length);
  for (let i = 0; i < length; i += 3) noise.fill(40 + random.below(176), i, i + 3);
  return noise;
}
