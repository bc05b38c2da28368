/** Where in a trace a request stands, as W3C Trace Context writes it: https://www.w3.org/TR/trace-context/#traceparent-header */
export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly flags: number;
}

/** Undefined for what is none: then a trace begins here. */
export function parseTraceParent(text: string): TraceParent | undefined {
  const [, version, traceId, spanId, flags, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text) ?? [];
  if (version === undefined || version === 'ff' || /^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined;
  // Later versions may say more, this one may not.
  if (version === '00' && more !== undefined) return undefined;
  return { traceId: traceId!, spanId: spanId!, flags: Number.parseInt(flags!, 16) };
}
