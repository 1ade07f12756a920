import type { Place } from './bitmap.js';

/** Where the picture lies on the stage: its top left corner, and how many stage pixels one of its pixels takes. */
export interface View {
  x: number;
  y: number;
  scale: number;
}
const LARGEST = 32;
const MARGIN = 16;

export const toPicture = (view: View, at: Place): Place => ({ x: (at.x - view.x) / view.scale, y: (at.y - view.y) / view.scale });

/** The whole picture, in the middle. */
export function fitted(stage: { width: number; height: number }, picture: { width: number; height: number }): View {
  const room = { width: Math.max(1, stage.width - 2 * MARGIN), height: Math.max(1, stage.height - 2 * MARGIN) };
  const scale = Math.min(room.width / picture.width, room.height / picture.height, 8);
  return { scale, x: (stage.width - picture.width * scale) / 2, y: (stage.height - picture.height * scale) / 2 };
}

/** Zooms so that the place under `at` stays under it. */
export function zoomed(view: View, factor: number, at: Place): View {
  const scale = Math.min(LARGEST, Math.max(0.02, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** Two fingers: what was between them stays between them. */
export function pinched(view: View, before: readonly [Place, Place], after: readonly [Place, Place]): View {
  const middle = ([a, b]: readonly [Place, Place]): Place => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const gap = ([a, b]: readonly [Place, Place]): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  const [from, to] = [middle(before), middle(after)];
  const next = zoomed(view, gap(after) / gap(before), from);
  return { ...next, x: next.x + to.x - from.x, y: next.y + to.y - from.y };
}
