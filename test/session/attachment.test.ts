import test from 'ava';
import fc from 'fast-check';
import { type Attachment, type AttachmentEffect, type AttachmentEvent, step } from '#src/session/attachment.js';

type State = Attachment<string>;
type Event = AttachmentEvent<string>;
type Effect = AttachmentEffect<string>;

const attached: State = { state: 'attached', to: 'old' };
const contested: State = { state: 'contested', to: 'old', by: 'new' };
const detached: State = { state: 'detached' };
const gone: State = { state: 'gone' };

const resume = (by: string): Event => ({ event: 'resume', by, atOnce: false });
const resumeAtOnce = (by: string): Event => ({ event: 'resume', by, atOnce: true });
const lost = (connection: string): Event => ({ event: 'lost', connection });
const probed = (connection: string, alive: boolean): Event => ({ event: 'probed', connection, alive });
const expired: Event = { event: 'expired' };

const accept = (connection: string): Effect => ({ do: 'accept', connection });
const refuse = (connection: string): Effect => ({ do: 'refuse', connection });

const transitions: [what: string, now: State, event: Event, then: State, effects: Effect[]][] = [
  [
    'a detached session is given to who asks for it, and its end is called off',
    detached,
    resume('new'),
    { state: 'attached', to: 'new' },
    [{ do: 'keep' }, accept('new')],
  ],
  [
    'an attached session is contested, and its connection asked for a sign of life',
    attached,
    resume('new'),
    contested,
    [{ do: 'probe', connection: 'old' }],
  ],
  ['a third connection is refused while two contest', contested, resume('third'), contested, [refuse('third')]],
  ['nobody gets a session that is gone', gone, resume('new'), gone, [refuse('new')]],
  [
    'who wins at once has a detached session like anybody',
    detached,
    resumeAtOnce('new'),
    { state: 'attached', to: 'new' },
    [{ do: 'keep' }, accept('new')],
  ],
  [
    'who wins at once has an attached session, and nobody is asked',
    attached,
    resumeAtOnce('new'),
    { state: 'attached', to: 'new' },
    [{ do: 'detach' }, { do: 'close', connection: 'old' }, accept('new')],
  ],
  [
    'who wins at once ends a contest for both that are in it',
    contested,
    resumeAtOnce('third'),
    { state: 'attached', to: 'third' },
    [refuse('new'), { do: 'detach' }, { do: 'close', connection: 'old' }, accept('third')],
  ],
  ['a session that is gone is gone for who wins at once', gone, resumeAtOnce('new'), gone, [refuse('new')]],
  [
    'a lost connection detaches its session for a while',
    attached,
    lost('old'),
    detached,
    [{ do: 'detach' }, { do: 'keepAwhile' }],
  ],
  ['the loss of a stranger changes nothing', attached, lost('stranger'), attached, []],
  [
    'the old connection is lost while it is asked: the new one has the session',
    contested,
    lost('old'),
    { state: 'attached', to: 'new' },
    [{ do: 'detach' }, accept('new')],
  ],
  ['the new connection is lost while the old one is asked', contested, lost('new'), attached, []],
  ['the loss of a stranger settles no contest', contested, lost('stranger'), contested, []],
  ['a loss that is told late changes nothing for a detached session', detached, lost('old'), detached, []],
  ['a loss changes nothing for a session that is gone', gone, lost('old'), gone, []],
  ['an old connection that lives keeps its session', contested, probed('old', true), attached, [refuse('new')]],
  [
    'a silent old connection is closed, and the new one has the session',
    contested,
    probed('old', false),
    { state: 'attached', to: 'new' },
    [{ do: 'detach' }, { do: 'close', connection: 'old' }, accept('new')],
  ],
  ['the answer of an earlier contest settles no later one', contested, probed('older', false), contested, []],
  ['an answer that comes when nobody contests changes nothing', attached, probed('old', false), attached, []],
  ['an answer changes nothing for a detached session', detached, probed('old', true), detached, []],
  ['an answer changes nothing for a session that is gone', gone, probed('old', true), gone, []],
  ['a detached session ends when its time is over', detached, expired, gone, [{ do: 'end' }]],
  ['time is never over for an attached session', attached, expired, attached, []],
  ['time is never over for a contested session', contested, expired, contested, []],
  ['a session ends once', gone, expired, gone, []],
];

for (const [what, now, event, then, effects] of transitions) {
  test(what, (t) => t.deepEqual(step(now, event), [then, effects]));
}

const anyConnection = fc.constantFrom('a', 'b', 'c', 'd');
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  anyConnection.map(resume),
  anyConnection.map(resumeAtOnce),
  anyConnection.map(lost),
  fc.tuple(anyConnection, fc.boolean()).map(([connection, alive]) => probed(connection, alive)),
  fc.constant(expired),
);

test('whatever happens, at most one connection has the session, and everybody who asked gets one answer', (t) => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let state: State = { state: 'attached', to: 'first' };
      let owner: string | undefined = 'first';
      let asking: string[] = [];
      for (const event of events) {
        if (event.event === 'resume') asking.push(event.by);
        const [next, effects]: ReturnType<typeof step<string>> = step(state, event);
        for (const effect of effects) {
          switch (effect.do) {
            case 'accept':
              // Nobody is let in before the former owner is out.
              t.is(owner, undefined);
              owner = effect.connection;
              asking = without(asking, effect.connection);
              break;
            case 'refuse':
              asking = without(asking, effect.connection);
              break;
            case 'detach':
              owner = undefined;
              break;
            case 'end':
              t.is(owner, undefined);
              break;
            default:
          }
        }
        // One that was lost while it asked expects no answer any more.
        if (event.event === 'lost' && state.state === 'contested' && event.connection === state.by) {
          asking = without(asking, event.connection);
        }
        state = next;
        t.is('to' in state ? state.to : undefined, owner);
        t.is(asking.length, state.state === 'contested' ? 1 : 0);
      }
    }),
  );
});

function without(asking: readonly string[], answered: string): string[] {
  const place = asking.indexOf(answered);
  return asking.filter((_, index) => index !== place);
}
