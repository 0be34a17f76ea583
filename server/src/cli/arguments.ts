/** The command line, parsed: Commander's words in, a typed command out. */
import { Command, CommanderError, Option } from 'commander';
import type { Severity } from '../rules/finding.js';
import { UsageError } from './exit.js';
import type { ColorChoice } from './style.js';
import { TOOL_NAME, toolVersion } from './version.js';

/** Formats of findings. */
export const FINDING_FORMATS = ['text', 'gcc', 'json', 'sarif', 'github', 'gitlab', 'b4', 'mail'] as const;
/** Formats of the ownership map. */
export const MAP_FORMATS = ['text', 'json', 'dot', 'svg'] as const;
/** Formats of facts, pages and fixes. */
export const PLAIN_FORMATS = ['text', 'json'] as const;

/** A format that `check` and `review` print. */
export type FindingFormat = (typeof FINDING_FORMATS)[number];
/** A format that `map` prints. */
export type MapFormat = (typeof MAP_FORMATS)[number];
/** A format that the other commands print. */
export type PlainFormat = (typeof PLAIN_FORMATS)[number];

/** What every command takes. */
interface Common {
  readonly color: ColorChoice;
  readonly isQuiet: boolean;
}

interface Scope {
  readonly paths: readonly string[];
  readonly tree: string | undefined;
  readonly rules: readonly string[];
}

/** A command with its arguments, checked as far as words alone can be. */
export type Invocation = Common &
  (
    | (Scope & {
        readonly command: 'check';
        readonly format: FindingFormat;
        readonly minSeverity: Severity;
        readonly baseline: string | undefined;
        readonly baselineMode: 'read' | 'update' | 'prune';
        /** Answers of earlier runs count while nothing they were made from has changed. */
        readonly usesCache: boolean;
        readonly since: string | undefined;
      })
    | {
        readonly command: 'review';
        readonly inputs: readonly string[];
        readonly tree: string | undefined;
        readonly rules: readonly string[];
        readonly format: FindingFormat;
        readonly minSeverity: Severity;
        readonly baseline: string | undefined;
      }
    | (Scope & {
        readonly command: 'fix';
        readonly format: PlainFormat;
        readonly withSuggested: boolean;
        readonly refactor: string | undefined;
        readonly write: boolean;
      })
    | { readonly command: 'map'; readonly paths: readonly string[]; readonly tree: string | undefined; readonly format: MapFormat }
    | { readonly command: 'explain'; readonly rule: string | undefined; readonly guide: boolean; readonly format: PlainFormat }
    | { readonly command: 'facts'; readonly tree: string | undefined; readonly format: PlainFormat }
    /** Help or version was printed: `text` is what to print. */
    | { readonly command: 'print'; readonly text: string }
  );

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information'];

function collect(value: string, sofar: readonly string[]): readonly string[] {
  return [
    ...sofar,
    ...value
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  ];
}

function treeOption(): Option {
  return new Option('--tree <dir>', 'kernel tree: a folder with include/drm/drm_gpusvm.h (default: found upwards)');
}

function ruleOption(): Option {
  return new Option('--rule <id>', 'only this rule; may be given again').argParser(collect).default([], 'all rules');
}

function severityOption(): Option {
  return new Option('--min-severity <level>', 'report this severity and above').choices([...SEVERITIES]).default('information');
}

function oneOf<T extends string>(value: string, allowed: readonly T[], command: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`--format ${value}: '${command}' prints ${allowed.join(', ')}`);
  return found;
}

type Options = Readonly<Record<string, unknown>>;

function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function flag(options: Options, name: string): boolean {
  return options[name] === true;
}

function list(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function severity(options: Options): Severity {
  return SEVERITIES.find((level) => level === options.minSeverity) ?? 'information';
}

function color(options: Options): ColorChoice {
  const value = options.color;
  return value === 'always' || value === 'never' ? value : 'auto';
}

/** Parses the arguments after the program's name. Throws UsageError, one line, for wrong use. */
export function parseArguments(argv: readonly string[]): Invocation {
  let printed = '';
  let complaint = '';
  let result: Invocation | undefined;
  const program = new Command(TOOL_NAME);
  const common = (options: Options): Common => ({ color: color(options), isQuiet: flag(options, 'quiet') });
  const format = (options: Options): string => text(options, 'format') ?? 'text';

  const configure = (command: Command): Command =>
    command.exitOverride().configureOutput({
      writeOut: (words) => {
        printed += words;
      },
      writeErr: (words) => {
        complaint += words;
      },
    });

  configure(program)
    .description('Reviews Linux kernel code that uses drm_gpusvm: who owns pages and ranges, which locks are held, what leaks.')
    .version(toolVersion(), '--version', 'print the version')
    .helpOption('--help', 'print help')
    .configureHelp({ showGlobalOptions: true })
    .addOption(new Option('--format <name>', `output format: ${FINDING_FORMATS.join(', ')}; map also dot, svg`).default('text'))
    .addOption(new Option('--color <when>', 'colour the output').choices(['auto', 'always', 'never']).default('auto'))
    .option('--quiet', 'findings only: no progress, no summary')
    .addHelpText('after', '\nExit: 0 nothing at or above the threshold, 1 findings, 2 wrong use or unreadable input, 3 an internal fault.')
    .helpCommand(false)
    .showSuggestionAfterError(true);

  const define = (name: string, summary: string): Command =>
    configure(program.command(name)).description(summary).helpOption('--help', 'print help').configureHelp({ showGlobalOptions: true });

  define('check', 'report findings in files, folders or the whole driver tree')
    .argument('[path...]', 'files or folders; none means all drivers below --tree')
    .addOption(treeOption())
    .addOption(ruleOption())
    .addOption(severityOption())
    .option('--baseline <file>', 'leave out findings that this file lists')
    .option('--update-baseline', 'write the present findings to the baseline and drop those that are gone')
    .option('--prune-baseline', 'only drop from the baseline what is gone')
    .option('--no-cache', 'check anew, whatever earlier runs found (GPUSVM_REVIEW_CACHE=off does the same)')
    .option('--since <range>', 'only findings new in a git range A..B (B defaults to the files on disk)')
    .action((paths: string[], _options: unknown, command: Command) => {
      const options: Options = command.optsWithGlobals();
      const baseline = text(options, 'baseline');
      const update = flag(options, 'updateBaseline');
      const prune = flag(options, 'pruneBaseline');
      if ((update || prune) && baseline === undefined) {
        throw new UsageError(`--${update ? 'update' : 'prune'}-baseline needs --baseline FILE`);
      }
      result = {
        command: 'check',
        ...common(options),
        paths,
        tree: text(options, 'tree'),
        rules: list(options, 'rule'),
        format: oneOf(format(options), FINDING_FORMATS, 'check'),
        minSeverity: severity(options),
        baseline,
        baselineMode: update ? 'update' : prune ? 'prune' : 'read',
        usesCache: options.cache !== false,
        since: text(options, 'since'),
      };
    });

  define('review', 'say for each patch of a series what it introduces, fixes and leaves')
    .argument('<input...>', 'an mbox, patch files, a lore thread saved as text, - for standard input, or A..B in a git tree')
    .addOption(treeOption())
    .addOption(ruleOption())
    .addOption(severityOption())
    .option('--baseline <file>', 'leave out findings that this file lists')
    .action((inputs: string[], _options: unknown, command: Command) => {
      const options: Options = command.optsWithGlobals();
      result = {
        command: 'review',
        ...common(options),
        inputs,
        tree: text(options, 'tree'),
        rules: list(options, 'rule'),
        format: oneOf(format(options), FINDING_FORMATS, 'review'),
        minSeverity: severity(options),
        baseline: text(options, 'baseline'),
      };
    });

  define('fix', 'repair findings: prints a unified diff, or writes the files')
    .argument('[path...]', 'files or folders; none means all drivers below --tree')
    .addOption(treeOption())
    .addOption(ruleOption())
    .option('--suggested', 'also fixes that need a look')
    .option('--refactor <name>', 'run a refactor instead, such as driver-owned-pages')
    .option('--write', 'write the files instead of printing a diff')
    .action((paths: string[], _options: unknown, command: Command) => {
      const options: Options = command.optsWithGlobals();
      result = {
        command: 'fix',
        ...common(options),
        paths,
        tree: text(options, 'tree'),
        rules: list(options, 'rule'),
        format: oneOf(format(options), PLAIN_FORMATS, 'fix'),
        withSuggested: flag(options, 'suggested'),
        refactor: text(options, 'refactor'),
        write: flag(options, 'write'),
      };
    });

  define('map', 'show who owns what: drivers, range structs, pages members, release paths, layouts')
    .argument('[path...]', 'folders of drivers; none means all below --tree')
    .addOption(treeOption())
    .action((paths: string[], _options: unknown, command: Command) => {
      const options: Options = command.optsWithGlobals();
      const chosen = oneOf(format(options), MAP_FORMATS, 'map');
      result = { command: 'map', ...common(options), paths, tree: text(options, 'tree'), format: chosen };
    });

  define('explain', "print a rule's page; without a rule, list the rules")
    .argument('[rule]', 'id of a rule')
    .option('--guide', "print the reviewer's guide: all rules and contracts on one page")
    .action((rule: string | undefined, _options: unknown, command: Command) => {
      const options: Options = command.optsWithGlobals();
      const chosen = oneOf(format(options), PLAIN_FORMATS, 'explain');
      result = { command: 'explain', ...common(options), rule, guide: flag(options, 'guide'), format: chosen };
    });

  define('facts', 'print the API facts found in the tree')
    .addOption(treeOption())
    .action((_options: unknown, command: Command) => {
      const options: Options = command.optsWithGlobals();
      const chosen = oneOf(format(options), PLAIN_FORMATS, 'facts');
      result = { command: 'facts', ...common(options), tree: text(options, 'tree'), format: chosen };
    });

  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: 'print', text: printed, color: 'auto', isQuiet: false };
    const said = complaint === '' || error.code === 'commander.help' ? `no command given; see ${TOOL_NAME} --help` : complaint;
    throw new UsageError(
      said
        .trim()
        .replace(/^error: /, '')
        .split('\n')
        .map((part) => part.trim())
        .join(' '),
    );
  }
  return result ?? { command: 'print', text: program.helpInformation(), color: 'auto', isQuiet: false };
}
