/** One event of a `text/event-stream` (HTML standard §9.2). `data` is JSON, hence one line. */
export function sseEvent(event: { id?: string | number; event: string; data: unknown }): string {
  return `${event.id === undefined ? '' : `id: ${event.id}\n`}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

export const SSE_PING = ': ping\n\n';
/** Milliseconds a browser waits before it comes back. */
export const sseRetry = (ms: number): string => `retry: ${ms}\n\n`;
