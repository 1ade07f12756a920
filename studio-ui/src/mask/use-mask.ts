import { useCallback, useEffect, useRef, useState } from 'react';
import { type Bitmap, blank, type Box, covered, join, pixels, wholeOf } from './bitmap.js';
import { History } from './history.js';

/** Lies over the picture where the mask is; far from skin, sky and paper alike. */
const TINT = [64, 96, 255] as const;

export interface MaskState {
  canUndo: boolean;
  canRedo: boolean;
  /** Share of the picture that is chosen. */
  share: number;
}

export interface MaskWork {
  mask: Bitmap;
  canvas: React.RefObject<HTMLCanvasElement | null>;
  state: MaskState;
  /** Changes the mask as a part of one step; `end` finishes the step, `cancel` takes it back. */
  draw: (change: (mask: Bitmap) => Box) => void;
  end: () => void;
  cancel: () => void;
  /** One step on the whole mask. */
  apply: (change: (mask: Bitmap) => void) => void;
  undo: () => void;
  redo: () => void;
  /** A PNG of the picture's size, white where it was chosen. */
  toFile: (name: string) => Promise<File>;
}

/** The mask of one picture while it is edited: the bytes, what can be undone, and the canvas that shows it. */
export function useMask(width: number, height: number): MaskWork {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [{ mask, history }] = useState(() => ({ mask: blank(width, height), history: new History() }));
  const step = useRef<{ before: Uint8Array; box: Box | null } | null>(null);
  const [state, setState] = useState<MaskState>({ canUndo: false, canRedo: false, share: 0 });

  const show = useCallback(
    (box: Box) => {
      const { left, top, right, bottom } = box;
      if (right <= left || bottom <= top) return;
      canvas.current?.getContext('2d')?.putImageData(new ImageData(pixels(mask, box, TINT), right - left, bottom - top), left, top);
    },
    [mask],
  );
  const told = useCallback(() => setState({ canUndo: history.canUndo, canRedo: history.canRedo, share: covered(mask) }), [history, mask]);
  const draw = (change: (mask: Bitmap) => Box): void => {
    step.current ??= { before: mask.data.slice(), box: null };
    const box = change(mask);
    step.current.box = join(step.current.box, box);
    show(box);
  };
  const end = (): void => {
    if (step.current?.box) history.add(mask, step.current.before, step.current.box);
    step.current = null;
    told();
  };
  const cancel = (): void => {
    if (step.current) mask.data.set(step.current.before);
    step.current = null;
    show(wholeOf(mask));
  };
  const apply = (change: (mask: Bitmap) => void): void => {
    draw((current) => {
      change(current);
      return wholeOf(current);
    });
    end();
  };
  const back = (box: Box | null): void => {
    if (box) show(box);
    told();
  };
  useEffect(() => show(wholeOf(mask)), [mask, show]);
  return {
    mask,
    canvas,
    state,
    draw,
    end,
    cancel,
    apply,
    undo: () => back(history.undo(mask)),
    redo: () => back(history.redo(mask)),
    toFile: (name) => fileOf(mask, name),
  };
}

async function fileOf(mask: Bitmap, name: string): Promise<File> {
  const paper = document.createElement('canvas');
  Object.assign(paper, { width: mask.width, height: mask.height });
  paper.getContext('2d')!.putImageData(new ImageData(pixels(mask, wholeOf(mask), null), mask.width, mask.height), 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => paper.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The browser could not write the mask.');
  return new File([blob], name, { type: 'image/png' });
}

/** Reads a mask that the server made, at the size of the picture. */
export async function readMask(url: string, width: number, height: number): Promise<Bitmap> {
  const answer = await fetch(url);
  if (!answer.ok) throw new TypeError(`The mask could not be loaded (${answer.status}).`);
  const picture = await createImageBitmap(await answer.blob());
  const paper = document.createElement('canvas');
  Object.assign(paper, { width, height });
  const context = paper.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const mask = blank(width, height);
  for (let i = 0; i < mask.data.length; i += 1) mask.data[i] = data[i * 4]!;
  return mask;
}
