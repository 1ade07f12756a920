import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const PATIENCE_MS = 5000;

/**
 * Lets go of a body that was refused: it is read on and forgotten for a moment, so that the client gets to see the answer instead of a broken
 * connection; whoever still sends after that is cut off. Without this the rest would wait unread and hold the connection.
 */
export function discardBody(request: IncomingMessage, socket: Socket | null = request.socket): void {
  if (request.complete) return;
  request.unpipe();
  request.resume();
  setTimeout(() => request.complete || socket?.destroy(), PATIENCE_MS).unref();
}
