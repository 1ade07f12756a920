import { type Bitmap, type Box, cut, paste } from './bitmap.js';

interface Step {
  box: Box;
  before: Uint8Array;
  after: Uint8Array;
}

/** Bytes of former states that are kept; the oldest steps go first. */
const LIMIT = 256 * 1024 * 1024;

/** Undo and redo, one step a stroke. A step holds only the part that it changed. */
export class History {
  private done: Step[] = [];
  private undone: Step[] = [];

  /** `before`: the mask's bytes as they were. */
  add(mask: Bitmap, before: Uint8Array, box: Box): void {
    if (box.right <= box.left || box.bottom <= box.top) return;
    const old = { width: mask.width, height: mask.height, data: before };
    this.done.push({ box, before: cut(old, box), after: cut(mask, box) });
    this.undone = [];
    let bytes = 0;
    const tooMuch = this.done.findLastIndex((step) => (bytes += 2 * step.before.length) > LIMIT);
    this.done = this.done.slice(Math.min(tooMuch + 1, this.done.length - 1));
  }

  undo(mask: Bitmap): Box | null {
    const step = this.done.pop();
    if (!step) return null;
    this.undone.push(step);
    paste(mask, step.box, step.before);
    return step.box;
  }

  redo(mask: Bitmap): Box | null {
    const step = this.undone.pop();
    if (!step) return null;
    this.done.push(step);
    paste(mask, step.box, step.after);
    return step.box;
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }
  get canRedo(): boolean {
    return this.undone.length > 0;
  }
}
