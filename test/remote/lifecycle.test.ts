import test from 'ava';
import { knownRejectionReason, type LifecycleEvent, lineOf } from '#src/remote/lifecycle.js';

const NOW = new Date(Date.UTC(2030, 0, 2, 3, 4, 5, 6));
const TIME = '2030-01-02T03:04:05.006Z';
const link = { requestId: 'req_0', connectionAttempt: 3 };
const LINK = 'request_id="req_0" connection_attempt=3';

/** Recorded from release 0.169.0, but for the last three, the stream of a handshake and the place in its source. */
const lines: [LifecycleEvent, string][] = [
  [
    { event: 'registered' },
    ' INFO Noise executor registration completed noise_event="registration" noise_outcome="ok" security_profile="noise_hybrid_ik_v1"',
  ],
  [
    { event: 'registrationRetry', attempt: 0, delayMs: 545.6, status: 503 },
    ' WARN Noise executor retrying uncommitted registry registration noise_event="registration" noise_outcome="retry" retry_attempt=1 retry_delay_ms=546 status=503',
  ],
  [
    { event: 'connected', ...link },
    ` INFO Noise executor connected to rendezvous noise_event="rendezvous_connection" noise_outcome="ok" ${LINK}`,
  ],
  [
    { event: 'disconnected', reason: 'peer_close', ...link },
    ` INFO Noise executor disconnected from rendezvous noise_event="rendezvous_connection" noise_outcome="disconnected" noise_reason="peer_close" ${LINK}`,
  ],
  [
    { event: 'connectFailed', ...link, errorKind: 'http', httpStatus: 503, rejectionReason: 'pod_draining' },
    ` WARN Noise executor failed to connect to rendezvous noise_event="rendezvous_connection" noise_outcome="error" noise_reason="websocket_error" ${LINK} error_kind="http" http_status=503 rejection_reason="pod_draining"`,
  ],
  [
    { event: 'connectFailed', ...link, errorKind: 'io', ioErrorKind: 'ECONNREFUSED' },
    ` WARN Noise executor failed to connect to rendezvous noise_event="rendezvous_connection" noise_outcome="error" noise_reason="websocket_error" ${LINK} error_kind="io" io_error_kind="connection_refused"`,
  ],
  [
    { event: 'connectFailed', ...link, errorKind: 'io', ioErrorKind: 'ENOTFOUND' },
    ` WARN Noise executor failed to connect to rendezvous noise_event="rendezvous_connection" noise_outcome="error" noise_reason="websocket_error" ${LINK} error_kind="io" io_error_kind="other"`,
  ],
  [
    { event: 'handshakeCompleted', streamId: 'invalid' },
    ' INFO Noise executor handshake completed noise_event="handshake" noise_outcome="ok" stream_id="invalid"',
  ],
  [
    {
      event: 'handshakeDiagnostic',
      outcome: 'rejected',
      reason: 'registry_http',
      status: 500,
      environmentId: 'env-1',
      registrationId: 'reg-1',
      streamId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    },
    ' WARN Noise executor handshake diagnostic noise_event="handshake" noise_outcome="rejected" noise_side="executor" noise_reason="registry_http" registry_status=500 environment_id="env-1" executor_registration_id="reg-1" stream_id="3f2504e0-4f89-41d3-9a0c-0305e82c3301"',
  ],
  [
    { event: 'diagnosticsLimited' },
    ' WARN Noise executor handshake diagnostics rate limited noise_event="handshake_diagnostics" noise_outcome="rate_limited" noise_side="executor"',
  ],
  [{ event: 'coolingDown' }, ' WARN pausing Noise relay handshakes after repeated failures'],
  [
    { event: 'frameDropped', why: 'relay message frame is missing body' },
    ' WARN dropping malformed Noise relay frame from harness: exec-server protocol error: relay message frame is missing body',
  ],
  [
    { event: 'reregistrationFailed', status: undefined, delayMs: 1500 },
    ' WARN Noise executor failed to register again noise_event="registration" noise_outcome="error" retry_delay_ms=1500',
  ],
  [
    { event: 'streamFailed', streamId: 'invalid', why: 'Noise relay sequence number exhausted' },
    ' WARN Noise virtual stream failed: Noise relay sequence number exhausted stream_id="invalid"',
  ],
  [
    { event: 'readableByOthers', path: '/home/me/.codex/auth.json' },
    ' WARN others on this machine may read the credentials in /home/me/.codex/auth.json',
  ],
];

for (const [event, line] of lines) {
  test(`${JSON.stringify(event)} is one line`, (t) => {
    t.is(lineOf(event, NOW), `${TIME} ${line}`);
  });
}

test('what others chose cannot begin a line, end a value or speak to a terminal', (t) => {
  const hostile = 'x\n\u001b[2J"\u2028y';
  const event = { event: 'handshakeDiagnostic', outcome: 'rejected', reason: 'cooldown', streamId: 'invalid' } as const;
  const diagnostic = lineOf({ ...event, environmentId: hostile, registrationId: hostile }, NOW);
  t.true(diagnostic.includes('environment_id="x\ufffd\ufffd[2J\\"\ufffdy" executor_registration_id='), diagnostic);
  for (const line of [diagnostic, lineOf({ event: 'readableByOthers', path: hostile }, NOW)]) {
    for (const character of ['\n', '\u001b', '\u2028']) t.false(line.includes(character), line);
  }
});

test('of the reasons of a rendezvous only those are told that are known', (t) => {
  t.is(knownRejectionReason('pod_draining'), 'pod_draining');
  t.is(knownRejectionReason('wrong_rendezvous_cluster'), 'wrong_rendezvous_cluster');
  for (const header of [undefined, '', 'Pod_draining', ' pod_draining', 'secret', ['pod_draining', 'missing_role']]) {
    t.is(knownRejectionReason(header), undefined);
  }
});
