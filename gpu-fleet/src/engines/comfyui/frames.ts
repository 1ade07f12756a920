/** ComfyUI's frames over the socket. Whatever is none of them is null: a server of another version may send what this does not know. */

export interface ComfyEvent {
  type: string;
  data: Record<string, unknown>;
}
export interface PreviewFrame {
  /** Null in the older form, which does not say whose it is: there is one prompt at a time. */
  promptId: string | null;
  image: Uint8Array;
}

export function textFrame(text: string): ComfyEvent | null {
  try {
    const { type, data } = JSON.parse(text) as { type?: unknown; data?: unknown };
    return typeof type === 'string' && typeof data === 'object' && data !== null ? { type, data: data as Record<string, unknown> } : null;
  } catch {
    return null;
  }
}

const PREVIEW = 1;
/** A picture without a format, and the words of a node: nothing that a task shows. */
const UNUSED: readonly number[] = [2, 3];
const PREVIEW_WITH_METADATA = 4;

/** Big-endian: kind, then for 1 the picture's type and bytes, for 4 the length of a JSON, the JSON, bytes. */
export function binaryFrame(frame: Buffer): PreviewFrame | 'unused' | null {
  if (frame.length < 8) return null;
  const kind = frame.readUInt32BE(0);
  if (UNUSED.includes(kind)) return 'unused';
  if (kind === PREVIEW) return { promptId: null, image: frame.subarray(8) };
  if (kind !== PREVIEW_WITH_METADATA) return null;
  const length = frame.readUInt32BE(4);
  if (8 + length > frame.length) return null;
  try {
    const { prompt_id } = JSON.parse(frame.toString('utf8', 8, 8 + length)) as { prompt_id?: unknown };
    return { promptId: typeof prompt_id === 'string' ? prompt_id : null, image: frame.subarray(8 + length) };
  } catch {
    return null;
  }
}
