/** The flags of `serve` that bound it, one for each of its limits. */
import { DEFAULT_LIMITS, type ExecutorLimits } from '../limits/executor-limits.js';
import type { LimitName } from '../protocol/errors.js';
import { LONGEST_SECONDS, OUTBOUND_QUEUE_BYTES, SMALLEST_OUTBOUND_BYTES } from '../protocol/limits.js';
import { readCount, readWithin } from './values.js';

export interface LimitFlag {
  readonly limit: LimitName;
  readonly sets: keyof ExecutorLimits;
  readonly value: 'COUNT' | 'BYTES' | 'SECONDS';
  readonly description: string;
  /** Undefined: there is no limit unless somebody sets one. */
  readonly default: number | undefined;
}

const limitFlag = (
  limit: LimitName,
  sets: keyof ExecutorLimits,
  value: LimitFlag['value'],
  description: string,
  byDefault = DEFAULT_LIMITS[sets],
): LimitFlag => ({
  ...{ limit, sets, value, description },
  default: byDefault === Number.POSITIVE_INFINITY ? undefined : byDefault,
});

export const LIMIT_FLAGS: readonly LimitFlag[] = [
  limitFlag('max-connections', 'connections', 'COUNT', 'Connections at once'),
  limitFlag('max-sessions', 'sessions', 'COUNT', 'Sessions at once; one without a connection lives for 80 s'),
  limitFlag('max-session-processes', 'sessionProcesses', 'COUNT', 'Processes of one session that run at once'),
  limitFlag('max-processes', 'processes', 'COUNT', 'Processes of all sessions that run at once'),
  limitFlag('max-starts-per-second', 'startsPerSecond', 'COUNT', 'Processes that one session starts per second'),
  limitFlag('max-retained-bytes', 'retainedBytes', 'BYTES', 'Memory of ended processes; with more, none is started'),
  limitFlag(
    'max-outbound-bytes',
    'outboundBytes',
    'BYTES',
    'What may wait for a peer; with more, its connection ends',
    OUTBOUND_QUEUE_BYTES,
  ),
  limitFlag('max-process-seconds', 'processSeconds', 'SECONDS', 'A process that runs longer is killed'),
  limitFlag(
    'idle-session-seconds',
    'idleSessionSeconds',
    'SECONDS',
    'A connected session that is idle for so long ends',
  ),
];

/** As the help writes it: `--max-sessions <COUNT>`. */
export const flagsOf = ({ limit, value }: LimitFlag): string => `--${limit} <${value}>`;

/** Errors: UsageError, naming the flag. */
export function readLimit(flag: LimitFlag, text: string, flags: string): number {
  if (flag.limit === 'max-outbound-bytes') return readWithin(text, flags, SMALLEST_OUTBOUND_BYTES);
  return flag.value === 'SECONDS' ? readWithin(text, flags, 1, LONGEST_SECONDS) : readCount(text, flags);
}
