import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SystemTx, TenantTx } from '../../src/platform/database/index.js';
import { Mail } from '../../src/platform/mail/index.js';
import { MailDelivery } from '../../src/platform/mail/mail-delivery.service.js';
import { openProbeHouse, OTHER_TENANT, TENANT, type ProbeHouse } from './probe-house.js';

/** The few words of SMTP that a mailer says; remembers what it was given. */
class SmtpStandIn {
  readonly messages: string[] = [];
  /** Answered to MAIL FROM instead of 250. */
  refuse: string | null = null;
  private readonly server: Server = createServer((socket) => this.talk(socket));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }
  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
  private talk(socket: Socket): void {
    let data: string | null = null;
    let rest = '';
    socket.on('error', () => undefined);
    socket.write('220 stand-in\r\n');
    socket.on('data', (chunk) => {
      rest += chunk.toString();
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== null) {
          if (line === '.') {
            this.messages.push(data);
            data = null;
            socket.write('250 ok\r\n');
          } else data += `${line}\n`;
        } else if (line === 'DATA') {
          data = '';
          socket.write('354 go on\r\n');
        } else if (line.startsWith('MAIL') && this.refuse) socket.write(`${this.refuse}\r\n`);
        else socket.write(line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
      }
    });
  }
}

const message = { tenantId: TENANT, to: 'ada@example.com', subject: 'Welcome\r\nBcc: all@example.com', text: 'Hello Ada.', html: '<p>Hello <b>Ada</b>.</p>' };
const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 15_000; !(await done()); await sleep(50)) if (Date.now() > deadline) throw new Error('it did not come about within 15 s');
};

describe('mail without a server', () => {
  let house: ProbeHouse;
  beforeAll(async () => {
    house = await openProbeHouse([]);
  });
  afterAll(() => house.close());
  const send = (tx: { tenantId: string } = { tenantId: TENANT }) => house.app.get(TenantTx).run(tx, (em) => house.app.get(Mail).send(em, message));
  const folder = () => join(house.home, 'mail');

  it('lands in the folder, readable by its owner only, and is shown to operators', async () => {
    await send();
    await until(() => existsSync(folder()) && readdirSync(folder()).some((name) => name.endsWith('.eml')));
    const [name] = readdirSync(folder()).filter((n) => n.endsWith('.eml'));
    const eml = readFileSync(join(folder(), name!), 'utf8');
    expect(eml).toContain('To: ada@example.com');
    expect(eml).toContain('Hello Ada.');
    expect(eml).not.toMatch(/^Bcc:/m);
    expect(statSync(join(folder(), name!)).mode & 0o077).toBe(0);
    await until(async () => (await house.app.get(Mail).list({ limit: 5 }))[0]?.status === 'sent');
    expect(await house.app.get(Mail).list({ limit: 5 })).toMatchObject([
      { tenantId: TENANT, to: 'ada@example.com', subject: 'Welcome Bcc: all@example.com', attempts: 1, lastError: null },
    ]);
  });
  it('of a transaction that is rolled back never was', async () => {
    const before = (await house.app.get(Mail).list({ limit: 100 })).length;
    const tx = house.app.get(TenantTx).run({ tenantId: TENANT }, async (em) => {
      await house.app.get(Mail).send(em, message);
      throw new Error('no');
    });
    await expect(tx).rejects.toThrow('no');
    expect((await house.app.get(Mail).list({ limit: 100 })).length).toBe(before);
  });
  it('cannot be written for another tenant than that of the transaction', async () => {
    await expect(send({ tenantId: OTHER_TENANT })).rejects.toThrow('row-level security');
  });
  it('is delivered by the sweep when its ticket was lost', async () => {
    await house.db.sql(
      `INSERT INTO mail_message (tenant_id, id, to_address, subject, body_text) VALUES ($1, gen_random_uuid(), 'lost@example.com', 's', 't')`,
      [TENANT],
    );
    await until(async () => (await house.app.get(Mail).list({ limit: 1 }))[0]?.status === 'sent');
  });
  it('pages by time and id, newest first', async () => {
    for (let i = 0; i < 3; i++) await send();
    const all = await house.app.get(Mail).list({ limit: 100 });
    const first = await house.app.get(Mail).list({ limit: 2 });
    const rest = await house.app.get(Mail).list({ limit: 100, after: { at: first[1]!.cursorAt, id: first[1]!.id } });
    expect([...first, ...rest].map((m) => m.id)).toEqual(all.map((m) => m.id));
  });
});

describe('mail with a server', () => {
  let smtp: SmtpStandIn;
  let house: ProbeHouse;
  beforeAll(async () => {
    smtp = await new SmtpStandIn().start();
    house = await openProbeHouse([], [], { SMTP_URL: smtp.url, MAIL_FROM: 'Studio <studio@example.com>' });
  });
  afterEach(() => (smtp.refuse = null));
  afterAll(async () => {
    delete process.env['SMTP_URL'];
    delete process.env['MAIL_FROM'];
    await house.close();
    await smtp.stop();
  });
  const send = () => house.app.get(SystemTx).run('test', (em) => house.app.get(Mail).send(em, message));
  const newest = async () => (await house.app.get(Mail).list({ limit: 1 }))[0]!;

  it('is handed over once, text and HTML, from our address', async () => {
    await send();
    await until(async () => (await newest())?.status === 'sent');
    expect(smtp.messages).toHaveLength(1);
    expect(smtp.messages[0]).toContain('From: Studio <studio@example.com>');
    expect(smtp.messages[0]).toContain('multipart/alternative');
    expect(smtp.messages[0]).toContain(`Message-ID: <${(await newest()).id}@`);
  });
  it('keeps no secret of its links once it has left, and the rest of its text', async () => {
    const page = 'https://atelier.example/reset-password#';
    const link = `${page}token=`;
    const secret = { ...message, text: `Open ${link}s3cret-1 now.`, html: `<a href="${link}s3cret-2">Open</a>` };
    await house.app.get(SystemTx).run('test', (em) => house.app.get(Mail).send(em, secret));
    await until(async () => (await newest()).html?.includes('href') === true && (await newest()).status === 'sent');
    expect(smtp.messages.at(-1)).toContain('s3cret-1');
    expect(await newest()).toMatchObject({ text: `Open ${page}… now.`, html: `<a href="${page}…">Open</a>` });
  });
  it('delivered from ten sides at once arrives once', async () => {
    const before = smtp.messages.length;
    await house.db.sql(`INSERT INTO mail_message (tenant_id, id, to_address, subject, body_text) VALUES ($1, gen_random_uuid(), 'ten@example.com', 's', 't')`, [
      TENANT,
    ]);
    const { id } = await newest();
    await Promise.all(Array.from({ length: 10 }, () => house.app.get(MailDelivery).deliver(id)));
    expect(smtp.messages.length).toBe(before + 1);
  });
  it('that is refused waits, says why, and goes through later; after eight tries it is given up', async () => {
    smtp.refuse = '451 come back later';
    await send();
    await until(async () => (await newest()).attempts === 1 && (await newest()).lastError !== null);
    expect(await newest()).toMatchObject({ status: 'pending', lastError: expect.stringContaining('451') });
    const { id } = await newest();
    await house.app.get(MailDelivery).deliver(id);
    expect((await newest()).attempts).toBe(1);
    await house.db.sql(`UPDATE mail_message SET attempts = 7, due_at = now() WHERE id = $1`, [id]);
    await until(async () => (await newest()).status === 'failed');
    expect((await newest()).attempts).toBe(8);
  });
});
