import type { Cell, ColumnType } from './job-row.js';

const AMOUNTS: ReadonlySet<ColumnType> = new Set(['credits', 'seconds', 'micros']);

/**
 * The cells of a column for a group of rows, as numbers and bytes outside of the heap: as values they would live long enough to be kept until memory has grown
 * by hundreds of megabytes. Has of an array what the writer of Parquet asks for.
 */
export class Cells {
  length = 0;
  /** Whole numbers; of text, where it ends in `text`. */
  private readonly numbers: BigInt64Array | Float64Array;
  private readonly filled: Uint8Array;
  private text = Buffer.allocUnsafe(1024);
  private textLength = 0;

  constructor(
    private readonly type: ColumnType,
    size: number,
  ) {
    this.numbers = AMOUNTS.has(type) ? new BigInt64Array(size) : new Float64Array(size);
    this.filled = new Uint8Array(size);
  }

  add(cell: Cell): void {
    if (typeof cell === 'string') this.addText(cell);
    this.filled[this.length] = cell === null ? 0 : 1;
    this.numbers[this.length] = this.type === 'text' ? this.textLength : cell === null ? this.nothing : typeof cell === 'bigint' ? cell : Number(cell);
    this.length++;
  }

  slice(from: number, to: number): Cell[] {
    return Array.from({ length: Math.min(to, this.length) - from }, (_, i) => (this.filled[from + i] ? this.read(from + i) : null));
  }

  clear(): void {
    this.length = this.textLength = 0;
  }

  private get nothing(): bigint | number {
    return AMOUNTS.has(this.type) ? 0n : 0;
  }

  private addText(text: string): void {
    const most = this.textLength + text.length * 3;
    if (most > this.text.length) this.text = Buffer.concat([this.text], most * 2);
    this.textLength += this.text.write(text, this.textLength);
  }

  private read(at: number): Cell {
    const number = this.numbers[at]!;
    if (this.type === 'text') return this.text.toString('utf8', at === 0 ? 0 : Number(this.numbers[at - 1]), Number(number));
    if (this.type === 'time') return new Date(Number(number));
    return this.type === 'flag' ? number === 1 : number;
  }
}
