import type { TenantRole } from '@atelier/contracts';
import supertest from 'supertest';
import { Members } from '../../src/accounts/members/index.js';
import { SystemTx } from '../../src/platform/database/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import type { Person, TestApp } from '../support/app.js';

/** Puts a person into somebody else's tenant, as an accepted invitation would. */
export async function join(app: TestApp, person: Person, tenantId: string, role: TenantRole): Promise<void> {
  await app.nest.get(SystemTx).run('test: join', (em) => app.nest.get(Members).add(em, parseId('tnt', tenantId), parseId('usr', person.userId), role));
}

/** A browser on one of our own pages: keeps cookies, says where it comes from, sends the CSRF token back. */
export class Browser {
  readonly agent: supertest.Agent;
  private csrf = '';

  constructor(private readonly app: TestApp) {
    this.agent = supertest
      .agent(`${app.url}/api/v1`)
      .set('origin', app.url)
      .set('user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0');
  }

  async signUp(email: string, password = 'a long enough passphrase'): Promise<supertest.Response> {
    return this.remember(await this.agent.post('/auth/register').send({ email, password, name: 'Bea' }));
  }
  async signIn(email: string, password = 'a long enough passphrase'): Promise<supertest.Response> {
    return this.remember(await this.agent.post('/auth/login').send({ email, password }));
  }
  get(path: string): supertest.Test {
    return this.agent.get(path);
  }
  send(method: 'post' | 'patch' | 'delete', path: string, body?: object): supertest.Test {
    return this.agent[method](path).set('x-csrf-token', this.csrf).send(body);
  }

  private remember(answer: supertest.Response): supertest.Response {
    for (const cookie of cookiesOf(answer)) this.csrf = /^atelier_csrf=([^;]+)/.exec(cookie)?.[1] ?? this.csrf;
    return answer;
  }
}

export const cookiesOf = (answer: supertest.Response): string[] => (answer.headers['set-cookie'] as unknown as string[] | undefined) ?? [];

/** Asks until `done`, or fails after `withinMs`. */
export async function eventually<T>(ask: () => Promise<T>, done: (answer: T) => boolean, withinMs = 5000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)?.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
