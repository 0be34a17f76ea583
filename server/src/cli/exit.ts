/** How a run ends: exit codes, and the error that wrong use or bad input raises. */
import type { Severity } from '../rules/finding.js';

/** Exit codes of the command line, a contract with scripts. */
export const EXIT = { clean: 0, findings: 1, usage: 2, fault: 3 } as const;

/** One of the documented exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Wrong use or unreadable input. The message is one line that says what and where; the run ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The worse of two exit codes: a fault outranks bad input, which outranks findings. */
export function worse(a: ExitCode, b: ExitCode): ExitCode {
  return a > b ? a : b;
}

const RANK: Readonly<Record<Severity, number>> = { error: 2, warning: 1, information: 0 };

/** True when a severity is at or above a threshold. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return RANK[severity] >= RANK[threshold];
}
