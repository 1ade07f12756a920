/** Randomness that is a pure function of text: the same words give the same picture on every machine. */
import { createHash } from 'node:crypto';

/** sfc32: 128 bits of state, passes PractRand; `next` answers [0, 1). */
export class Random {
  private readonly state: Uint32Array;

  constructor(text: string) {
    const digest = createHash('sha256').update(text).digest();
    this.state = Uint32Array.from({ length: 4 }, (_, i) => digest.readUInt32LE(i * 4));
    for (let i = 0; i < 12; i++) this.next();
  }

  next(): number {
    const s = this.state;
    const t = (s[0]! + s[1]! + s[3]!) >>> 0;
    s[3] = s[3]! + 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + t;
    return t / 4_294_967_296;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.next();
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}
