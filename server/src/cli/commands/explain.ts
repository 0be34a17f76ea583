/** `explain`: a rule's page, the list of rules, or the reviewer's guide. */
import { catalogue } from '../../rules/catalogue.js';
import type { RuleMeta } from '../../rules/finding.js';
import { serviceMessage, serviceMessages } from '../../rules/service.js';
import type { Invocation } from '../arguments.js';
import { readRulePage } from '../assets.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import type { Io } from '../io.js';
import { JSON_VERSION } from '../reporters/json.js';
import { unknownRule } from '../session.js';
import { createStyle, type Style, wantsColor } from '../style.js';
import { TOOL_NAME, toolVersion } from '../version.js';

const GROUPS: readonly (readonly [RuleMeta['group'], string])[] = [
  ['ownership', 'Ownership: pages and ranges'],
  ['notifier', 'Notifier callbacks'],
  ['locks', 'Locks'],
  ['flags', 'Flags words'],
  ['errors', 'Errors and retries'],
  ['references', 'References and lifetimes'],
  ['dma', 'DMA mappings'],
];

function listRules(style: Style): string {
  const width = Math.max(...catalogue.map((rule) => rule.id.length));
  const sections = GROUPS.map(([group, title]) => {
    const lines = catalogue
      .filter((rule) => rule.group === group)
      .map((rule) => {
        const severity = rule.severity === 'information' ? 'info' : rule.severity;
        return `  ${style.bold(rule.id.padEnd(width))}  ${style.severity(rule.severity, severity.padEnd(7))}  ${rule.summary}`;
      });
    return `${style.bold(title)}\n${lines.join('\n')}\n`;
  });
  const service = serviceMessages.map(
    ({ id, severity, summary }) => `  ${style.bold(id.padEnd(width))}  ${style.severity(severity, severity.padEnd(7))}  ${summary}`,
  );
  return `${sections.join('\n')}\n${style.bold('Service messages')}\n${service.join('\n')}\n\nThe page of a rule: ${TOOL_NAME} explain RULE\n`;
}

/** Markdown for a terminal: headings stand out, everything else stays as written. */
function renderPage(page: string, style: Style): string {
  return page.replace(/^(#{1,6}) (.*)$/gm, (line) => style.bold(line));
}

/** Runs `explain`. */
export async function runExplain(args: Extract<Invocation, { command: 'explain' }>, io: Io): Promise<ExitCode> {
  const style = createStyle(wantsColor(args.color, io));
  const tool = { name: TOOL_NAME, version: toolVersion() };
  const json = (value: object): string => `${JSON.stringify({ version: JSON_VERSION, tool, ...value }, null, 2)}\n`;
  if (args.guide) {
    const { reviewersGuide } = await import('../../features/guide.js');
    const guide = reviewersGuide(catalogue, readRulePage);
    io.out(args.format === 'json' ? json({ guide }) : renderPage(guide, style));
    return EXIT.clean;
  }
  if (args.rule === undefined) {
    io.out(args.format === 'json' ? json({ rules: catalogue, service: serviceMessages }) : listRules(style));
    return EXIT.clean;
  }
  const rule = catalogue.find((candidate) => candidate.id === args.rule) ?? serviceMessage(args.rule);
  if (rule === undefined) throw new UsageError(`explain ${unknownRule(args.rule)}`);
  const page = readRulePage(rule.id);
  if (args.format === 'json') io.out(json({ rule, page: page ?? null }));
  else io.out(page === undefined ? `# ${rule.id}\n\n${rule.summary}\n` : renderPage(page.endsWith('\n') ? page : `${page}\n`, style));
  return EXIT.clean;
}
