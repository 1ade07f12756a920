import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Queues } from '../../src/platform/queue/index.js';
import { openQueueConnection } from '../../src/platform/queue/connection.js';
import { newId } from '../../src/platform/ids/index.js';
import { makeDatabase, type TestDatabase } from '../support/database.js';

/** On Redis when REDIS_URL is given, else on PostgreSQL: the same guarantees. */
describe(`lane queues on ${process.env.REDIS_URL ? 'Redis' : 'PostgreSQL'}`, () => {
  let db: TestDatabase;
  let one: Queues;
  let other: Queues;
  const name = `lane-${newId()}`;
  const open = async (): Promise<Queues> => new Queues(await openQueueConnection(db.urls.queue, process.env.REDIS_URL, 'spec', 4));

  beforeAll(async () => {
    db = await makeDatabase();
    one = await open();
    other = await open();
  });
  afterAll(async () => {
    await one.onApplicationShutdown();
    await other.onApplicationShutdown();
    await db.drop();
  });

  it('hands out the ticket that is asked for, and counts those that are left', async () => {
    const tickets = [`${newId()}_1`, `${newId()}_1`, `${newId()}_2`];
    await one.lane(name).addTickets(tickets);
    expect(await one.lane(name).count()).toBe(3);
    expect(await other.lane(name).take(tickets[2]!)).toBe(true);
    expect(await one.lane(name).take(`${newId()}_1`)).toBe(false);
    expect(await one.lane(name).count()).toBe(2);
    for (const ticket of tickets.slice(0, 2)) expect(await one.lane(name).take(ticket)).toBe(true);
    expect(await one.lane(name).count()).toBe(0);
  });
  it('a ticket added twice is handed out once', async () => {
    const ticket = `${newId()}_1`;
    await one.lane(name).addTicket(ticket);
    await other.lane(name).addTicket(ticket);
    expect(await one.lane(name).take(ticket)).toBe(true);
    expect(await other.lane(name).take(ticket)).toBe(false);
  });
  it('a ticket that was taken may be added again', async () => {
    const ticket = `${newId()}_1`;
    for (let round = 0; round < 2; round++) {
      await one.lane(name).addTicket(ticket);
      expect(await one.lane(name).take(ticket)).toBe(true);
    }
  });
  it('of 40 who ask for a ticket exactly one gets it', async () => {
    const tickets = Array.from({ length: 5 }, () => `${newId()}_1`);
    await one.lane(name).addTickets(tickets);
    for (const ticket of tickets) {
      const asked = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : other).lane(name).take(ticket)));
      expect(asked.filter(Boolean)).toHaveLength(1);
    }
  });
  it('forgets everything when told to', async () => {
    const tickets = [`${newId()}_1`, `${newId()}_1`];
    await one.lane(name).addTickets(tickets);
    await one.lane(name).drainAll();
    for (const ticket of tickets) expect(await other.lane(name).take(ticket)).toBe(false);
  });
  it('60 lanes share a pool of 4 connections', async () => {
    const lanes = Array.from({ length: 60 }, (_, i) => one.lane(`many-${i}-${newId()}`));
    const tickets = lanes.map((_, i) => `${newId()}_${i + 1}`);
    await Promise.all(lanes.map((lane, i) => lane.addTicket(tickets[i]!)));
    expect(await Promise.all(lanes.map((lane, i) => lane.take(tickets[i]!)))).toEqual(lanes.map(() => true));
  });
});
