/** SAM's view of pictures that were clicked lately, by picture and encoder, least recently used first out. */
import type { Embedding } from './models/sam2.js';

export class Embeddings {
  private readonly kept = new Map<string, Embedding>();
  private bytes = 0;

  /** @param bytesMax one embedding is 16.8 MB. */
  constructor(private readonly bytesMax: number) {}

  find(key: string): Embedding | null {
    const found = this.kept.get(key);
    if (!found) return null;
    this.kept.delete(key);
    this.kept.set(key, found);
    return found;
  }

  keep(key: string, embedding: Embedding): void {
    if (this.kept.has(key)) return;
    this.kept.set(key, embedding);
    this.bytes += sizeOf(embedding);
    for (const [oldest, old] of this.kept) {
      if (this.bytes <= this.bytesMax || oldest === key) break;
      this.kept.delete(oldest);
      this.bytes -= sizeOf(old);
    }
  }
}

function sizeOf({ image, highRes0, highRes1 }: Embedding): number {
  return image.data.byteLength + highRes0.data.byteLength + highRes1.data.byteLength;
}
