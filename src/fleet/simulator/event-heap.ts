/** Events by time, earliest first; equal times in the order in which they were pushed. */
export class EventHeap {
  private times = new Float64Array(1024);
  private orders = new Float64Array(1024);
  private values: number[] = [];
  private pushed = 0;
  size = 0;

  /** Infinity when there is none. */
  get nextMs(): number {
    return this.size === 0 ? Infinity : this.times[0]!;
  }

  push(atMs: number, value: number): void {
    if (this.size === this.times.length) {
      this.times = grown(this.times);
      this.orders = grown(this.orders);
    }
    const order = this.pushed++;
    let i = this.size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.times[parent]! <= atMs) break;
      this.move(parent, i);
      i = parent;
    }
    this.times[i] = atMs;
    this.orders[i] = order;
    this.values[i] = value;
  }

  /** Value of the earliest event. */
  pop(): number {
    const first = this.values[0]!;
    const last = --this.size;
    if (last > 0) {
      const atMs = this.times[last]!;
      const order = this.orders[last]!;
      const value = this.values[last]!;
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= last) break;
        if (child + 1 < last && this.isBefore(child + 1, child)) child++;
        if (this.times[child]! > atMs || (this.times[child] === atMs && this.orders[child]! > order)) break;
        this.move(child, i);
        i = child;
      }
      this.times[i] = atMs;
      this.orders[i] = order;
      this.values[i] = value;
    }
    return first;
  }

  private isBefore(a: number, b: number): boolean {
    return this.times[a]! < this.times[b]! || (this.times[a] === this.times[b] && this.orders[a]! < this.orders[b]!);
  }
  private move(from: number, to: number): void {
    this.times[to] = this.times[from]!;
    this.orders[to] = this.orders[from]!;
    this.values[to] = this.values[from]!;
  }
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(array.length * 2);
  next.set(array);
  return next;
}
