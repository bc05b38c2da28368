/** Loaded with a program (`--import`): registers a provider, and leaves all spans in the file that SPANS_FILE names when it ends. */
import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { trace } from '@opentelemetry/api';
import { MemoryTracing } from './memory-tracing.js';

const tracing = new MemoryTracing();
trace.setGlobalTracerProvider(tracing);
process.on('exit', () => writeFileSync(process.env.SPANS_FILE!, inspect(tracing.spans, { depth: 20 })));
