/** `review`: what each patch of a series introduces, fixes and leaves. */
import type { Invocation } from '../arguments.js';
import { type ExitCode, UsageError } from '../exit.js';
import type { Io } from '../io.js';
import type { Services } from '../services.js';

/** Runs `review`. */
export async function runReview(_args: Extract<Invocation, { command: 'review' }>, _io: Io, _services: Services): Promise<ExitCode> {
  throw new UsageError('review is not built yet');
}
