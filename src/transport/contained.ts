import { faultText } from '../protocol/fault-text.js';
import type { Accept, ConnectionEvents } from './connection.js';

/** Is told of an error that nobody expected, and that has done no harm to others. */
export type Fault = (error: unknown) => void;

/** For those who have nobody to tell. */
export const warnOfFault: Fault = (error) => process.emitWarning(`unexpected error: ${faultText(error)}`);

const NOBODY: ConnectionEvents = { message: () => {}, closed: () => {} };

/** What the owner of a connection throws ends that connection, and nothing else. */
export const contained =
  (accept: Accept, fault: Fault): Accept =>
  (connection) => {
    const failed = (error: unknown) => {
      fault(error);
      connection.close('an error on this side');
    };
    let events: ConnectionEvents;
    try {
      events = accept(connection);
    } catch (error) {
      failed(error);
      return NOBODY;
    }
    return {
      message: (message) => {
        try {
          events.message(message);
        } catch (error) {
          failed(error);
        }
      },
      closed: (reason) => {
        try {
          events.closed(reason);
        } catch (error) {
          fault(error);
        }
      },
    };
  };
