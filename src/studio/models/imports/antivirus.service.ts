import { Inject, Injectable } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { ConfigOf } from '../../../platform/config/index.js';
import { Refusal } from '../checks/refusal.js';
import { modelsConfig } from '../settings.js';

const PATIENCE_MS = 120_000;

/** Asks a ClamAV daemon by its `INSTREAM` command (clamd(8)): pieces with their length before them, an empty one at the end, one line back. */
@Injectable()
export class Antivirus {
  constructor(@Inject(modelsConfig.token) private readonly settings: ConfigOf<typeof modelsConfig>) {}

  get isThere(): boolean {
    return this.settings.clamavUrl !== undefined;
  }

  /** @throws Refusal when it finds something, or does not look at all of it; Error when it cannot be asked */
  async check(path: string): Promise<void> {
    if (!this.settings.clamavUrl) return;
    const answer = await this.ask(new URL(this.settings.clamavUrl), path);
    if (/: OK$/.test(answer)) return;
    const found = /: (.+) FOUND$/.exec(answer)?.[1];
    if (found) throw new Refusal('malware', `The antivirus found ${found.slice(0, 100)}.`, 'Delete the file.');
    if (/size limit exceeded/i.test(answer))
      throw new Refusal('antivirus_limit', 'The file is larger than the antivirus looks at.', 'Ask the operator to raise StreamMaxLength of ClamAV.');
    throw new Error(`The antivirus answered “${answer.slice(0, 200)}”.`);
  }

  private ask(url: URL, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: url.hostname, port: Number(url.port || 3310) });
      let answer = '';
      socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('The antivirus did not answer in time.')));
      let isSent = false;
      const said = (): string => answer.replace(/\0/g, '').trim();
      socket.on('data', (data) => {
        answer += data.toString('utf8');
        if (!answer.includes('\0')) return;
        // That all is well counts only from one who has had all of it.
        if (isSent || !/: OK$/.test(said())) resolve(said());
        else reject(new Error('The antivirus answered before it had the whole file.'));
        socket.destroy();
      });
      // It may answer, and leave, before it has read all of it: then the answer counts, not that the rest found nobody.
      let fault = new Error('The antivirus broke off without an answer.');
      socket.on('error', (error) => (fault = error));
      socket.on('close', () => (said() && !/: OK$/.test(said()) ? resolve(said()) : reject(fault)));
      const sent = (): Promise<void> => send(socket, path).then(() => void (isSent = true));
      socket.once('connect', () => void sent().catch((error: Error) => (answer ? undefined : socket.destroy(error))));
    });
  }
}

async function send(socket: Socket, path: string): Promise<void> {
  socket.write('zINSTREAM\0');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    if (socket.destroyed) return;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    socket.write(length);
    if (!socket.write(chunk) && !socket.destroyed)
      await new Promise((resolve, reject) => socket.once('drain', resolve).once('close', () => reject(new Error('The antivirus broke off.'))));
  }
  socket.write(Buffer.alloc(4));
}
