/** Runs one command line: arguments in, exit code out. Never throws. */
import { type Invocation, parseArguments } from './arguments.js';
import { EXIT, type ExitCode, UsageError } from './exit.js';
import type { Io } from './io.js';
import type { Services } from './services.js';
import { complain } from './session.js';

async function dispatch(args: Invocation, io: Io, services: Services): Promise<ExitCode> {
  switch (args.command) {
    case 'print':
      io.out(args.text);
      return EXIT.clean;
    case 'check':
      return (await import('./commands/check.js')).runCheck(args, io, services);
    case 'review':
      return (await import('./commands/review.js')).runReview(args, io, services);
    case 'fix':
      return (await import('./commands/fix.js')).runFix(args, io, services);
    case 'map':
      return (await import('./commands/map.js')).runMap(args, io, services);
    case 'explain':
      return (await import('./commands/explain.js')).runExplain(args, io);
    case 'facts':
      return (await import('./commands/facts.js')).runFacts(args, io, services);
  }
}

/** Runs a command line and says how it ended. Wrong use and faults become one line on stderr. */
export async function run(argv: readonly string[], io: Io, services: Services): Promise<ExitCode> {
  try {
    return await dispatch(parseArguments(argv), io, services);
  } catch (error) {
    if (error instanceof UsageError) {
      complain(io, error.message);
      return EXIT.usage;
    }
    complain(io, `internal fault: ${error instanceof Error ? error.message : String(error)}`);
    if ((io.env.GPUSVM_REVIEW_DEBUG ?? '') !== '' && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
    return EXIT.fault;
  }
}
