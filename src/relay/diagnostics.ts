import { RELAY_DIAGNOSTICS, RELAY_DIAGNOSTICS_WINDOW_MS } from '../protocol/limits.js';

/** Why a handshake came to nothing, as it is told to those who look after an executor. Source: 0.169.0. */
export type DiagnosticReason = DemultiplexerReason | ValidationReason;

export type DemultiplexerReason =
  | 'handshake_request'
  | 'handshake_completion'
  | 'duplicate_active_stream'
  | 'duplicate_pending_stream'
  | 'active_stream_limit'
  | 'pending_validation_limit'
  | 'cooldown'
  | 'data_before_handshake'
  | 'reset_pending_validation'
  | 'authorization_too_long'
  | 'authorization_not_utf8';

/** Why a harness was not let in by the registry. `registry_auth`: the registry does not take the executor's own credentials. */
export type ValidationReason =
  | 'validation_protocol'
  | 'validation_timeout'
  | 'validator_task_failed'
  | 'registry_http'
  | 'registry_request'
  | 'registry_request_timeout'
  | 'registry_auth'
  | 'registry_config'
  | 'network_policy';

export type Verdict = 'tell' | 'tellThatMoreAreLeftOut' | 'leaveOut';

/** Whoever writes to a link can make handshakes fail as fast as they like: 100 are told in a minute, then that there are more. */
export class DiagnosticsWindow {
  #began = Number.NEGATIVE_INFINITY;
  #told = 0;

  next(now: number): Verdict {
    if (now >= this.#began + RELAY_DIAGNOSTICS_WINDOW_MS) [this.#began, this.#told] = [now, 0];
    this.#told += 1;
    if (this.#told <= RELAY_DIAGNOSTICS) return 'tell';
    return this.#told === RELAY_DIAGNOSTICS + 1 ? 'tellThatMoreAreLeftOut' : 'leaveOut';
  }
}
