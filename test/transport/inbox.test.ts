import test from 'ava';
import fc from 'fast-check';
import type { InboundMessage } from '#src/transport/connection.js';
import { Inbox } from '#src/transport/inbox.js';

const message = (text: string): InboundMessage => ({ text, bytes: Buffer.from(text) });
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** An inbox with a log of everything it did to both sides. */
function loggedInbox(onMessage: (inbox: Inbox, text: string) => void = () => {}) {
  const log: string[] = [];
  const inbox = new Inbox({ pause: () => log.push('[pause]'), resume: () => log.push('[resume]') });
  inbox.open({
    message: ({ text = '' }) => {
      log.push(text);
      onMessage(inbox, text);
    },
    closed: (reason) => log.push(`closed: ${reason}`),
  });
  return { inbox, log };
}

test('messages are passed on at once, and the end behind them', (t) => {
  const { inbox, log } = loggedInbox();
  inbox.push(message('1'));
  inbox.push(message('2'));
  inbox.end('over');
  inbox.push(message('3'));
  inbox.end('again');
  t.deepEqual(log, ['1', '2', 'closed: over']);
});

test('a pause from inside a message holds the rest, and reading goes on only when it has been delivered', async (t) => {
  const { inbox, log } = loggedInbox((self, text) => {
    if (text === '1' || text === '2') self.pause();
  });
  for (const text of ['1', '2', '3']) inbox.push(message(text));
  t.deepEqual(log, ['1', '[pause]']);
  inbox.resume();
  t.deepEqual(log, ['1', '[pause]'], 'nothing from inside resume');
  await nextTurn();
  t.deepEqual(log, ['1', '[pause]', '2', '[pause]']);
  inbox.resume();
  inbox.push(message('4'));
  await nextTurn();
  t.deepEqual(log.slice(4), ['3', '4', '[resume]']);
});

test('an end during a pause waits for the messages before it, and asks for no more reading', async (t) => {
  const { inbox, log } = loggedInbox();
  inbox.pause();
  inbox.push(message('1'));
  inbox.end('over');
  t.deepEqual(log, ['[pause]']);
  inbox.resume();
  await nextTurn();
  t.deepEqual(log, ['[pause]', '1', 'closed: over']);
});

test('an end that is already waiting is told at once when the rest is discarded', (t) => {
  const { inbox, log } = loggedInbox();
  inbox.pause();
  inbox.push(message('1'));
  inbox.end('over');
  inbox.discard();
  inbox.push(message('2'));
  inbox.end('discarded');
  t.deepEqual(log, ['[pause]', 'closed: discarded']);
});

test('a discard from inside a held message stops the delivery of the others', async (t) => {
  const { inbox, log } = loggedInbox((self, text) => {
    if (text === '1') self.discard();
  });
  inbox.pause();
  for (const text of ['1', '2', '3']) inbox.push(message(text));
  inbox.resume();
  await nextTurn();
  t.deepEqual(log, ['[pause]', '1']);
});

test('whatever the pauses, every message arrives once and in order, and the end last', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('push', 'pause', 'resume', 'turn')), async (steps) => {
      const { inbox, log } = loggedInbox();
      let pushed = 0;
      for (const step of steps) {
        if (step === 'push') inbox.push(message(String(pushed++)));
        else if (step === 'turn') await nextTurn();
        else inbox[step]();
      }
      inbox.end('over');
      inbox.resume();
      await nextTurn();
      const told = log.filter((entry) => !entry.startsWith('['));
      t.deepEqual(told, [...Array.from({ length: pushed }, (_, n) => String(n)), 'closed: over']);
    }),
  );
});
