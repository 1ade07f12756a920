/** Which frame, or which place between two, each frame of the result shows. */

/** Nearer than this to a frame of the source, that frame is taken as it is. */
const NEAR = 1e-3;

export interface Place {
  /** Frame of the source before it. */
  frame: number;
  /** 0 … 1 towards the next one; 0 is the frame itself. */
  time: number;
}

export function placeOf(index: number, sourceFps: number, targetFps: number): Place {
  const at = (index * sourceFps) / targetFps;
  const frame = Math.floor(at + NEAR);
  return { frame, time: Math.abs(at - frame) < NEAR ? 0 : at - frame };
}

/** Frames of the result: the same length in time, at least one. */
export function countOf(frames: number, sourceFps: number, targetFps: number): number {
  return Math.max(1, Math.round((frames * targetFps) / sourceFps));
}
