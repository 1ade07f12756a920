import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { Cells } from './cells.js';
import type { Cell, Column, JobRow } from './job-row.js';

type ParquetSchema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];
type Element = ParquetSchema[number];

const TYPES: Readonly<Record<Column['type'], Omit<Element, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  credits: { type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 3 },
  seconds: { type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 6 },
  micros: { type: 'INT64' },
  count: { type: 'INT32' },
  flag: { type: 'BOOLEAN' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
};

/** Rows of a group: what a reader takes in at once, and what is kept in memory. */
const GROUP = 10_000;

/** Writes rows into a Parquet file, group by group; `take` hands out what is finished so that it need not be kept. */
export class ParquetFile {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;
  private readonly cells: readonly Cells[];

  constructor(private readonly columns: readonly Column[]) {
    const schema = [
      { name: 'usage', num_children: columns.length },
      ...columns.map(({ name, type }): Element => ({ name, repetition_type: 'OPTIONAL', ...TYPES[type] })),
    ];
    this.writer = new ParquetWriter({ writer: this.bytes, schema, createdBy: 'Atelier' });
    this.cells = columns.map(({ type }) => new Cells(type, GROUP));
  }

  add(row: JobRow): void {
    for (const [i, column] of this.columns.entries()) this.cells[i]!.add(column.of(row));
    if (this.cells[0]!.length >= GROUP) this.writeGroup();
  }

  finish(): void {
    this.writeGroup();
    void this.writer.finish();
  }

  /** Bytes written since the last time. Offsets in the file go on counting. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.getBytes());
    this.bytes.index = 0;
    return taken;
  }

  private writeGroup(): void {
    if (this.cells[0]!.length === 0) return;
    void this.writer.write({ columnData: this.columns.map(({ name }, i) => ({ name, data: this.cells[i] as unknown as Cell[] })), rowGroupSize: GROUP });
    for (const cells of this.cells) cells.clear();
  }
}
