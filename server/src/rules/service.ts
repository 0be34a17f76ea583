/** Messages about the tool's own inputs: no rules about code, so not in the catalogue, but listed and explained like rules. */
import type { Severity } from './finding.js';

/** A service message. Its page is `docs/<id>.md`. */
export interface ServiceMessage {
  readonly id: string;
  readonly severity: Severity;
  /** One line, for lists. */
  readonly summary: string;
}

/** Every service message. */
export const serviceMessages: readonly ServiceMessage[] = [
  {
    id: 'suppression',
    severity: 'warning',
    summary: 'A suppression comment names no rule, hides nothing, or gives no reason.',
  },
  { id: 'contracts', severity: 'error', summary: 'A file of contracts says something that cannot be used.' },
];

/** The service message with an id; undefined for others. */
export function serviceMessage(id: string): ServiceMessage | undefined {
  return serviceMessages.find((one) => one.id === id);
}
