/** Boxes that detectors find, and non-maximum suppression, which is ours: the graphs leave it out. */
export interface Box {
  /** Pixels of the picture, from its top left corner. */
  left: number;
  top: number;
  width: number;
  height: number;
  score: number;
  /** Number of the class, as the model counts. */
  label: number;
}

/** Greedy: the surest box stays, those of its class that share more than `overlap` (intersection over union) with it go. */
export function suppressed<T extends Box>(boxes: readonly T[], overlap = 0.45): T[] {
  const kept: T[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score))
    if (kept.every((other) => other.label !== box.label || shared(other, box) <= overlap)) kept.push(box);
  return kept;
}

export function shared(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

/** A picture laid into the top left of a square: its scale, and its size there. */
export function letterbox(width: number, height: number, side: number): { scale: number; width: number; height: number } {
  const scale = Math.min(side / width, side / height);
  return { scale, width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
