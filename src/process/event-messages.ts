/** The texts of process/output, process/exited and process/closed. `idJson` is the processId as JSON text. */
import type { ProcessEnd } from '../protocol/process-end.js';
import type { StreamName } from '../rings/record-layout.js';

/** What stands before and behind the base64 text of a chunk. */
export const outputHead = (idJson: string, seq: number, stream: StreamName): string =>
  `{"method":"process/output","params":{"processId":${idJson},"seq":${seq},"stream":"${stream}","chunk":"`;
export const OUTPUT_TAIL = '"}}';

export const outputMessage = (idJson: string, seq: number, stream: StreamName, bytes: Buffer): string =>
  outputHead(idJson, seq, stream) + bytes.toString('base64') + OUTPUT_TAIL;

/** `end`: for whoever wants to know more than 0.169.0 tells. */
export const exitedMessage = (
  idJson: string,
  seq: number,
  exitCode: number,
  sandboxDenied: boolean,
  end: ProcessEnd | undefined,
): string =>
  `{"method":"process/exited","params":{"processId":${idJson},"seq":${seq},"exitCode":${exitCode},"sandboxDenied":${sandboxDenied}${endMembers(end)}}}`;

/** Members to stand behind others; none for what is not known. */
export const endMembers = (end: ProcessEnd | undefined): string =>
  (end?.cause ? `,"cause":${JSON.stringify(end.cause)}` : '') +
  (end?.usage ? `,"usage":${JSON.stringify(end.usage)}` : '');

export const closedMessage = (idJson: string, seq: number): string =>
  `{"method":"process/closed","params":{"processId":${idJson},"seq":${seq}}}`;
