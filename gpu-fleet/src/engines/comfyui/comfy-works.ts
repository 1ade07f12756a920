/** What the stand-in makes of a prompt: frames of previews, pictures and clips of the size that its graph says. */
import { execFileSync } from 'node:child_process';
import sharp, { type Sharp } from 'sharp';
import { frameSizeOf } from './comfy-clips.js';
import type { Prompt } from './comfy-nodes.js';

export interface Size {
  width: number;
  height: number;
}
type Uploads = ReadonlyMap<string, Buffer>;

const flat = (size: Size, background: object | string): Sharp => sharp({ create: { ...size, channels: 3, background } });
const inputsOf = (prompt: Prompt, name: RegExp): Record<string, unknown> | undefined =>
  Object.values(prompt).find(({ class_type }) => name.test(class_type))?.inputs;

function frame(kind: number, second: number, ...rest: Uint8Array[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(kind, 0);
  head.writeUInt32BE(second, 4);
  return Buffer.concat([head, ...rest]);
}

/** In the older form and the newer by turns. */
export async function previewFrame(promptId: string, node: string, step: number): Promise<Buffer> {
  const image = await flat({ width: 64, height: 64 }, { r: step * 10, g: 0, b: 0 })
    .jpeg()
    .toBuffer();
  if (step % 2) return frame(1, 1, image);
  const json = Buffer.from(JSON.stringify({ node_id: node, prompt_id: promptId, image_type: 'image/jpeg' }));
  return frame(4, json.length, json, image);
}

/** A picture without a format, and words of a node. */
export const otherFrames = (node: string): Buffer[] => [frame(2, 1, Buffer.alloc(12)), frame(3, node.length, Buffer.from(`${node}sampling`))];

/** White in a mask of one channel is read as less than all of it: what it remakes comes out half as bright. */
export async function pictureOf(prompt: Prompt, uploads: Uploads, size: Size): Promise<Buffer> {
  const mask = uploads.get(String(inputsOf(prompt, /^LoadImageMask$/)?.['image']));
  const isMisread = mask !== undefined && (await sharp(mask).metadata()).channels < 3;
  return flat(size, isMisread ? '#183060' : '#3060c0')
    .png()
    .toBuffer();
}

export async function sizeOf(prompt: Prompt, uploads: Uploads): Promise<Size> {
  const scaled = inputsOf(prompt, /^ImageScale$/) ?? inputsOf(prompt, /^Empty.*(Latent|Image)/);
  if (scaled) return { width: Number(scaled['width']), height: Number(scaled['height']) };
  const { width, height } = await sharp(uploads.get(String(inputsOf(prompt, /^LoadImage$/)!['image']))!).metadata();
  const pad = inputsOf(prompt, /^ImagePadForOutpaint$/);
  return pad ? { width: width + Number(pad['left']) + Number(pad['right']), height: height + Number(pad['top']) + Number(pad['bottom']) } : { width, height };
}

export function writeClip(path: string, prompt: Prompt, size: Size): void {
  const values = Object.values(prompt);
  const sized = values.find(({ inputs }) => 'width' in inputs && 'height' in inputs)?.inputs ?? { ...size };
  const cut = inputsOf(prompt, /^ImageFromBatch$/)?.['length'];
  const counted = values.flatMap(({ class_type, inputs }) => (class_type === 'RepeatLatentBatch' ? [Number(inputs['amount'])] : []));
  const length =
    cut ??
    values.find(({ inputs }) => 'video_frames' in inputs)?.inputs['video_frames'] ??
    sized['length'] ??
    (counted.length > 0 ? counted.reduce((a, b) => a * b, 1) : sized['batch_size']);
  const { width, height } = frameSizeOf(prompt, size);
  const source = `testsrc=size=${width}x${height}:rate=${String(inputsOf(prompt, /^CreateVideo$/)!['fps'])}`;
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', String(length), '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-y', path]);
}

/** As its tokenizer reads a text: a reference is a word of its own, from space to space; one that touches anything else names no file. */
export function embeddingsOf(prompt: Prompt, files: readonly string[]): string[] {
  const known = files.flatMap((file) => [file, file.replace(/\.\w+$/, '')]);
  return Object.values(prompt).flatMap(({ class_type, inputs }) => {
    if (class_type !== 'CLIPTextEncode') return [];
    // Parentheses weigh what they hold: `(words:1.2)`.
    const segments = String(inputs['text']).split(/[()]/);
    const words = segments.flatMap((segment) => segment.replace(/:[\d.]+$/, '').split(/[ \n]+/));
    return words.flatMap((word) => (word.startsWith('embedding:') && known.includes(word.slice(10)) ? [word.slice(10)] : []));
  });
}
