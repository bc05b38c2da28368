/** What happens in an executor, in numbers for Prometheus. Labels are names of ours: methods, causes, codes. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LifecycleEvent } from '../remote/lifecycle.js';
import type { ExecutorEvent, Observer, RequestAnswered } from './executor-event.js';
import type { ExecutorState } from './executor-state.js';

/** From an answer out of memory to a long poll, seconds. */
const REQUEST_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10, 60];
const START_BUCKETS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Where numbers come from that nobody tells of. */
export interface Sources {
  /** Undefined until there is one. */
  readonly state: () => ExecutorState | undefined;
  /** Lines of the log and of the audit file that were lost. */
  readonly lostLines: () => { readonly log: number; readonly audit: number };
}

export class Metrics implements Observer {
  readonly #sources: Sources;
  readonly #registry = new Registry();
  readonly #connections = this.#counter('connections_total', 'Connections that were opened');
  readonly #sessionsStarted = this.#counter('sessions_started_total', 'Sessions that began');
  readonly #sessionsResumed = this.#counter('sessions_resumed_total', 'Connections that came back to a session');
  readonly #sessionsEnded = this.#counter('sessions_ended_total', 'Sessions that ended', 'cause');
  readonly #requests = this.#counter('requests_total', 'Requests that were answered', 'method', 'outcome');
  readonly #requestSeconds = this.#histogram(
    'request_seconds',
    'From the arrival of a request to its answer; process/read waits for as long as it is asked to',
    REQUEST_BUCKETS,
    'method',
  );
  readonly #requestBytes = this.#counter('request_bytes_total', 'Bytes of requests');
  readonly #answerBytes = this.#counter('answer_bytes_total', 'Bytes of answers');
  readonly #processesStarted = this.#counter('processes_started_total', 'Processes that were started', 'sandbox');
  readonly #processesEnded = this.#counter('processes_ended_total', 'Processes that ended', 'cause');
  readonly #startSeconds = this.#histogram('process_start_seconds', 'From a request to its process', START_BUCKETS);
  readonly #limits = this.#counter('limits_reached_total', 'What a limit has refused or ended', 'limit');
  readonly #workersLost = this.#counter('workers_lost_total', 'Supervising threads that died');
  readonly #faults = this.#counter('faults_total', 'Errors that no code foresaw');
  readonly #warnings = this.#counter('warnings_total', 'What the operator was warned of');
  readonly #tokenReloads = this.#counter('token_reloads_total', 'Tokens read again', 'outcome');
  readonly #registrations = this.#counter('registrations_total', 'Registrations at a registry', 'outcome');
  readonly #relayConnects = this.#counter('relay_connects_total', 'Links to a rendezvous, dialled', 'outcome');
  readonly #relayEnds = this.#counter('relay_disconnects_total', 'Links to a rendezvous that ended', 'reason');
  readonly #handshakes = this.#counter('handshakes_total', 'Handshakes with harnesses', 'outcome', 'reason');
  readonly #streamsFailed = this.#counter('relay_streams_failed_total', 'Streams by a relay that ended by a fault');
  readonly #framesDropped = this.#counter('relay_frames_dropped_total', 'Frames by a relay that made no sense');
  readonly #draining = this.#gauge('draining', '1 while no new commands are taken and the last ones are waited for');
  readonly #relayUp = this.#gauge('relay_connected', '1 while there is a link to a rendezvous');
  readonly #now = {
    connections: this.#gauge('connections', 'Connections'),
    sessions: this.#gauge('sessions', 'Sessions, with and without a connection', 'state'),
    processes: this.#gauge('processes', 'Processes that start, run, or have ended and can be read', 'state'),
    ringBytes: this.#gauge('ring_bytes', 'Memory of output that can be read'),
    requests: this.#gauge('requests', 'Requests that wait for their turn, and ordinary ones that run', 'state'),
    heldBytes: this.#gauge('request_queue_bytes', 'Bytes of requests that wait or run'),
    queuedBytes: this.#gauge('outbound_queue_bytes', 'Bytes that peers have not taken'),
    workers: this.#gauge('workers', 'Supervising threads', 'state'),
    lostLines: this.#gauge('lost_lines', 'Lines that were lost because nobody took them', 'file'),
  };

  constructor(sources: Sources) {
    this.#sources = sources;
    // Memory, processor time, descriptors and event-loop delay of this program, under the names that all Node programs use.
    collectDefaultMetrics({ register: this.#registry });
    this.#draining.set(0);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them, in Prometheus' text format. */
  async text(): Promise<string> {
    const { log, audit } = this.#sources.lostLines();
    this.#now.lostLines.set({ file: 'log' }, log);
    this.#now.lostLines.set({ file: 'audit' }, audit);
    const state = this.#sources.state();
    if (state) this.#look(state);
    return await this.#registry.metrics();
  }

  readonly tell = (event: ExecutorEvent): void => {
    switch (event.event) {
      case 'requestAnswered':
        this.#answered(event);
        return;
      case 'connectionOpened':
        this.#connections.inc();
        return;
      case 'connectionClosed':
      case 'sessionDetached':
      case 'workerReady':
        return;
      case 'sessionStarted':
        this.#sessionsStarted.inc();
        return;
      case 'sessionResumed':
        this.#sessionsResumed.inc();
        return;
      case 'sessionEnded':
        this.#sessionsEnded.inc({ cause: event.cause.type });
        return;
      case 'processStarted':
        this.#processesStarted.inc({ sandbox: event.sandboxed ? 'bubblewrap' : 'none' });
        this.#startSeconds.observe(event.ms / 1000);
        return;
      case 'processEnded':
        this.#processesEnded.inc({ cause: event.cause?.type ?? 'unknown' });
        return;
      case 'limitReached':
        this.#limits.inc({ limit: event.limit });
        return;
      case 'workerLost':
        this.#workersLost.inc();
        return;
      case 'draining':
        this.#draining.set(1);
        return;
      case 'tokensReloaded':
        this.#tokenReloads.inc({ outcome: event.error === undefined ? 'ok' : 'error' });
        return;
      case 'fault':
        this.#faults.inc();
        return;
      case 'warning':
        this.#warnings.inc();
        return;
      default:
        event satisfies never;
    }
  };

  /** The same for the way to a rendezvous. */
  readonly remote = (event: LifecycleEvent): void => {
    switch (event.event) {
      case 'registered':
        this.#registrations.inc({ outcome: 'ok' });
        return;
      case 'registrationRetry':
      case 'reregistrationFailed':
        this.#registrations.inc({ outcome: 'error' });
        return;
      case 'connected':
        this.#relayConnects.inc({ outcome: 'ok' });
        this.#relayUp.set(1);
        return;
      case 'connectFailed':
        this.#relayConnects.inc({ outcome: 'error' });
        return;
      case 'disconnected':
        this.#relayEnds.inc({ reason: event.reason });
        this.#relayUp.set(0);
        return;
      case 'handshakeCompleted':
        this.#handshakes.inc({ outcome: 'ok', reason: '' });
        return;
      case 'handshakeDiagnostic':
        this.#handshakes.inc({ outcome: event.outcome, reason: event.reason });
        return;
      case 'frameDropped':
        this.#framesDropped.inc();
        return;
      case 'streamFailed':
        this.#streamsFailed.inc();
        return;
      case 'diagnosticsLimited':
      case 'coolingDown':
      case 'readableByOthers':
        return;
      default:
        event satisfies never;
    }
  };

  #answered({ method, outcome, bytesIn, bytesOut, ms }: RequestAnswered): void {
    this.#requests.inc({ method, outcome });
    this.#requestSeconds.observe({ method }, ms / 1000);
    this.#requestBytes.inc(bytesIn);
    this.#answerBytes.inc(bytesOut);
  }

  #look({ connections, sessions, processes, workers }: ExecutorState): void {
    const sum = (of: keyof (typeof connections)[number]) => connections.reduce((all, load) => all + load[of], 0);
    const now = this.#now;
    now.connections.set(connections.length);
    for (const state of ['attached', 'detached'] as const) now.sessions.set({ state }, sessions[state]);
    for (const state of ['starting', 'running', 'ended'] as const) now.processes.set({ state }, processes[state]);
    for (const state of ['waiting', 'running'] as const) now.requests.set({ state }, sum(state));
    for (const state of ['ready', 'starting'] as const) now.workers.set({ state }, workers[state]);
    now.ringBytes.set(processes.ringBytes);
    now.heldBytes.set(sum('heldBytes'));
    now.queuedBytes.set(sum('queuedBytes'));
  }

  #counter<L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> {
    return new Counter({ name: `farhand_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> {
    return new Gauge({ name: `farhand_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram<L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]): Histogram<L> {
    return new Histogram({ name: `farhand_${name}`, help, buckets, labelNames, registers: [this.#registry] });
  }
}
