import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';

describe('signing up and in', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.close());

  it('makes a person, a tenant of one, and a first session', async () => {
    const ada = await app.register('Ada');
    const me = await app.api(ada.token).get('/users/me');
    console.log(me.status, JSON.stringify(me.body));
    expect(me.status).toBe(200);
  });
});
