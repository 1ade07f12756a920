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

  it('hands tickets out in the order of their arrival', async () => {
    const tickets = [`${newId()}_1`, `${newId()}_1`, `${newId()}_2`];
    await one.lane(name).addTickets(tickets);
    expect(await one.lane(name).count()).toBe(3);
    const taken = [await one.lane(name).take(), await other.lane(name).take(), await one.lane(name).take()];
    expect(taken).toEqual(tickets);
    expect(await one.lane(name).take()).toBeNull();
    await one.lane(name).done(tickets[0]!);
    await other.lane(name).done(tickets[1]!);
    await one.lane(name).done(tickets[2]!);
  });
  it('a ticket added twice is handed out once', async () => {
    const ticket = `${newId()}_1`;
    await one.lane(name).addTicket(ticket);
    await other.lane(name).addTicket(ticket);
    expect(await one.lane(name).take()).toBe(ticket);
    expect(await other.lane(name).take()).toBeNull();
    await one.lane(name).done(ticket);
  });
  it('a ticket that is done may be added again', async () => {
    const ticket = `${newId()}_1`;
    for (let round = 0; round < 2; round++) {
      await one.lane(name).addTicket(ticket);
      expect(await one.lane(name).take()).toBe(ticket);
      await one.lane(name).done(ticket);
    }
  });
  it('of 40 takers each ticket goes to exactly one', async () => {
    const tickets = Array.from({ length: 20 }, () => `${newId()}_1`);
    await one.lane(name).addTickets(tickets);
    const taken = (await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : other).lane(name).take()))).filter((ticket) => ticket !== null);
    expect(taken.toSorted()).toEqual(tickets.toSorted());
    for (const queues of [one, other]) for (const ticket of tickets) await queues.lane(name).done(ticket);
  });
  it('forgets everything when told to', async () => {
    await one.lane(name).addTickets([`${newId()}_1`, `${newId()}_1`]);
    await one.lane(name).drainAll();
    expect(await other.lane(name).take()).toBeNull();
  });
  it('60 lanes share a pool of 4 connections', async () => {
    const lanes = Array.from({ length: 60 }, (_, i) => one.lane(`many-${i}-${newId()}`));
    await Promise.all(lanes.map((lane, i) => lane.addTicket(`${newId()}_${i + 1}`)));
    const taken = await Promise.all(lanes.map((lane) => lane.take()));
    expect(taken.every(Boolean)).toBe(true);
    await Promise.all(lanes.map((lane, i) => lane.done(taken[i]!)));
  });
});
