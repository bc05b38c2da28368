import {
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

/** A span as it was made, and ended. */
export class MemorySpan implements Span {
  readonly attributes: Attributes;
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  endTime: TimeInput | undefined;
  readonly #context: SpanContext;

  constructor(
    readonly name: string,
    readonly options: SpanOptions,
    readonly parent: SpanContext | undefined,
    number: number,
  ) {
    this.attributes = { ...options.attributes };
    const spanId = String(number).padStart(16, '0');
    this.#context = { traceId: parent?.traceId ?? spanId.repeat(2), spanId, traceFlags: parent?.traceFlags ?? 1 };
  }

  get kind(): string {
    return SpanKind[this.options.kind ?? SpanKind.INTERNAL];
  }

  /** Milliseconds. */
  get duration(): number {
    return Number(this.endTime) - Number(this.options.startTime);
  }

  spanContext = () => this.#context;
  isRecording = () => this.endTime === undefined;
  end = (endTime?: TimeInput) => {
    if (this.endTime !== undefined) throw new Error('a span ends once');
    this.endTime = endTime ?? Date.now();
  };
  setAttribute = (key: string, value: never) => this.#with(() => (this.attributes[key] = value));
  setAttributes = (attributes: Attributes) => this.#with(() => Object.assign(this.attributes, attributes));
  setStatus = (status: SpanStatus) => this.#with(() => (this.status = status));
  addEvent = () => this;
  addLink = () => this;
  addLinks = () => this;
  updateName = () => this;
  recordException = () => {};

  #with(change: () => void): this {
    change();
    return this;
  }
}

/** A provider that keeps its spans, as a program that uses OpenTelemetry has one. */
export class MemoryTracing implements TracerProvider {
  readonly spans: MemorySpan[] = [];

  getTracer(): Tracer {
    return {
      startSpan: (name: string, options: SpanOptions = {}, context?: Context) => {
        const parent = context && trace.getSpanContext(context);
        const span = new MemorySpan(name, options, parent, this.spans.length + 1);
        this.spans.push(span);
        return span;
      },
      startActiveSpan: () => {
        throw new Error('nobody needs it');
      },
    };
  }

  named(name: string): MemorySpan[] {
    return this.spans.filter((span) => span.name === name);
  }
}
