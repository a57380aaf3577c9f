/** The dispatcher on both stores: order, repetition, failures, several processes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Dispatcher } from '../../temporal/dispatcher/dispatcher.ts';
import { insertOutbox, type NewOutboxEntry } from '../../temporal/store/outbox.ts';
import { FakeTemporal } from './fakeTemporal.ts';
import { event, minutes, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

describe.each(DIALECTS)('dispatcher on %s', (dialect) => {
  let service: TestService;
  let temporal: FakeTemporal;
  const dispatchers: Dispatcher[] = [];

  beforeEach(async () => {
    service = await TestService.create(dialect);
    await service.publish({ key: 'cart', reentry: 'restart' });
    temporal = new FakeTemporal();
  });
  afterEach(async () => {
    for (const dispatcher of dispatchers.splice(0)) await dispatcher.stop();
    await service.close();
  });

  function dispatcher(options: Partial<ConstructorParameters<typeof Dispatcher>[0]> = {}): Dispatcher {
    const made = new Dispatcher({ store: service.store, temporal, pollMs: 20, ...options });
    dispatchers.push(made);
    made.start();
    return made;
  }
  const emptied = () =>
    vi.waitFor(async () => expect(await service.store.db.selectFrom('outbox').select('id').execute()).toEqual([]), {
      timeout: 10_000,
      interval: 10,
    });
  const signal = (customerId: string, kind: 'exit' | 'event' = 'event'): NewOutboxEntry => ({
    customerId,
    runId: `run-${customerId}`,
    workflowId: `journey/cart/${customerId}`,
    kind,
    payload: { arm: kind === 'exit' ? 'exit' : 'wait', type: 'message_opened', segment: 1 },
  });
  const put = (...entries: NewOutboxEntry[]) => insertOutbox({ db: service.store.db, dialect }, entries, Date.now());

  it('tells Temporal what intake has decided, in order, and empties the outbox', async () => {
    const id = await service.send(event('added_to_cart', 'ann', minutes(-9)));
    await service.send(event('added_to_cart', 'ann', minutes(-8)));
    await service.send(event('completed_purchase', 'ann', minutes(-7)));
    dispatcher();
    await emptied();
    const ids = (await service.runs(id)).map((run) => run.id);
    // Both runs had ended before Temporal heard of them: nothing is started, and telling of their ends does no harm.
    expect(temporal.told.map(({ what }) => what)).toEqual(['cancel', 'event']);
    expect(new Set(temporal.told.map(({ runId }) => runId))).toEqual(new Set(ids));
  });

  it('starts at once when it is woken', async () => {
    const one = dispatcher({ pollMs: 3600_000 });
    const id = await service.send(event('added_to_cart', 'ann'));
    one.wake();
    await emptied();
    expect(temporal.open.get(`journey/cart/${id}`)).toBe((await service.runs(id))[0]?.id);
  });

  it('waits for the earlier run to close before it starts the next', async () => {
    temporal.open.set('journey/cart/other', 'x');
    const id = await service.send(event('added_to_cart', 'ann'));
    temporal.open.set(`journey/cart/${id}`, 'earlier run');
    dispatcher();
    await temporal.until(() => temporal.told.length >= 2);
    temporal.open.delete(`journey/cart/${id}`);
    await emptied();
    expect(temporal.told.every(({ what }) => what === 'start')).toBe(true);
    expect(temporal.open.get(`journey/cart/${id}`)).toBe((await service.runs(id))[0]?.id);
  });

  it('takes a start as done when this very run is open already', async () => {
    const id = await service.send(event('added_to_cart', 'ann'));
    temporal.open.set(`journey/cart/${id}`, (await service.runs(id))[0]?.id ?? '');
    dispatcher();
    await emptied();
    expect(temporal.told).toHaveLength(1);
  });

  it('keeps the order of a customer through failures, and holds nobody else up', async () => {
    await put(signal('a'), signal('a', 'exit'), signal('b'), signal('c'));
    let failures = 3;
    temporal.before = ({ workflowId }) => {
      if (workflowId.endsWith('/a') && failures-- > 0) throw new Error('UNAVAILABLE');
    };
    temporal.open.set('journey/cart/a', 'run-a');
    dispatcher();
    await emptied();
    const of = (name: string) => temporal.told.filter(({ workflowId }) => workflowId.endsWith(`/${name}`));
    expect(of('a')).toHaveLength(5);
    expect(of('b')).toHaveLength(1);
    // The others did not wait for the first customer's second try.
    const secondTry = temporal.told.indexOf(of('a')[1] as never);
    expect(temporal.told.indexOf(of('b')[0] as never)).toBeLessThan(secondTry);
    expect(temporal.open.has('journey/cart/a')).toBe(false);
  });

  it('remembers failures and their reason', async () => {
    await put(signal('a'));
    temporal.before = () => {
      throw new Error('UNAVAILABLE: nobody there');
    };
    const one = dispatcher();
    await temporal.until(() => temporal.told.length >= 2);
    await one.stop();
    const row = await service.store.db.selectFrom('outbox').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ attempts: 2, last_error: 'UNAVAILABLE: nobody there' });
  });

  it('goes on with what a process that died had taken, after its lease', async () => {
    await put(signal('a'));
    const stuck = new FakeTemporal();
    let release = () => {};
    stuck.before = () => new Promise<void>((resolve) => (release = resolve));
    const dying = dispatcher({ temporal: stuck, concurrency: 1 });
    await stuck.until(() => stuck.told.length === 1);
    let ahead = 0;
    dispatcher({ now: () => Date.now() + ahead });
    await put(signal('b'));
    await temporal.until(() => temporal.told.length === 1);
    expect(temporal.told[0]?.workflowId).toBe('journey/cart/b');
    ahead = 61_000;
    await temporal.until(() => temporal.told.length === 2);
    expect(temporal.told[1]?.workflowId).toBe('journey/cart/a');
    release();
    await dying.stop();
    await emptied();
  });

  it('works on many customers at once, up to its limit, several processes sharing the work', async () => {
    const customers = Array.from({ length: 300 }, (_, index) => `c${index}`);
    await put(...customers.flatMap((name) => [signal(name), signal(name, 'exit')]));
    for (const name of customers) temporal.open.set(`journey/cart/${name}`, `run-${name}`);
    temporal.before = () => new Promise((resolve) => setImmediate(resolve));
    dispatcher({ concurrency: 16 });
    // On SQLite there is one process.
    if (dialect === 'postgres') dispatcher({ concurrency: 16, store: service.openAgain() });
    await emptied();
    expect(temporal.told).toHaveLength(600);
    expect(temporal.open.size).toBe(0);
    expect(temporal.mostAtOnce).toBeGreaterThan(4);
    expect(temporal.mostAtOnce).toBeLessThanOrEqual(32);
  });

  it('does not let later rows overtake one that is not due', async () => {
    const later = Date.now() + 3600_000;
    await put({ ...signal('a'), availableAt: later }, signal('a', 'exit'), signal('b'));
    dispatcher();
    await temporal.until(() => temporal.told.length === 1);
    expect(temporal.told[0]?.workflowId).toBe('journey/cart/b');
    await vi.waitFor(async () => {
      const rows = await service.store.db.selectFrom('outbox').select('customer_id').execute();
      expect(rows.map(({ customer_id }) => customer_id)).toEqual(['a', 'a']);
    });
  });
});
