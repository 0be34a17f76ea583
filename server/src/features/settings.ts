/**
 * The settings: one table that makes the manifest's section, docs/settings.md and the validator. None needs a reload.
 * Keys are written without their prefix `gpusvm.`.
 */
import { catalogue } from '../rules/catalogue.js';
import type { Severity } from '../rules/finding.js';

/** Where findings are shown: in open files, in those that were opened or changed in this session, or in the whole driver tree. */
export type Scope = 'open' | 'changed' | 'tree';

/** The values of all settings. */
export interface Settings {
  readonly enable: boolean;
  readonly scope: Scope;
  readonly minimumSeverity: Severity;
  readonly rules: Readonly<Record<string, Severity | 'off'>>;
  readonly hover: boolean;
  readonly hoverState: boolean;
  readonly hoverKernelDoc: 'auto' | 'always' | 'never';
  readonly codeLens: boolean;
  readonly inlayHintsState: boolean;
  readonly inlayHintsLocks: boolean;
  readonly semanticHighlighting: boolean;
  readonly documentHighlight: boolean;
  readonly treeFollowsEditor: boolean;
  readonly trace: 'off' | 'messages' | 'verbose';
}

/** A setting as the manifest, the page and the validator see it. */
export interface SettingRow<K extends keyof Settings = keyof Settings> {
  readonly key: K;
  /** Name below `gpusvm.`, as the user writes it. */
  readonly name: string;
  readonly default: Settings[K];
  readonly schema: Readonly<Record<string, unknown>>;
  /** Markdown, a sentence or two. */
  readonly description: string;
  readonly isValid: (value: unknown) => value is Settings[K];
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

function flag<K extends keyof Settings>(key: K, name: string, standard: boolean & Settings[K], description: string): SettingRow<K> {
  return {
    key,
    name,
    default: standard,
    schema: { type: 'boolean' },
    description,
    isValid: isBoolean as (value: unknown) => value is Settings[K],
  };
}

function choice<K extends keyof Settings>(
  key: K,
  name: string,
  options: readonly { readonly value: Settings[K] & string; readonly text: string }[],
  standard: Settings[K] & string,
  description: string,
): SettingRow<K> {
  const values = options.map((option) => option.value);
  return {
    key,
    name,
    default: standard,
    schema: { type: 'string', enum: values, markdownEnumDescriptions: options.map((option) => option.text) },
    description,
    isValid: (value): value is Settings[K] => (values as readonly unknown[]).includes(value),
  };
}

const severities: readonly unknown[] = ['error', 'warning', 'information', 'off'];

const rules: SettingRow<'rules'> = {
  key: 'rules',
  name: 'rules',
  default: {},
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      catalogue.map((rule) => [rule.id, { enum: severities, markdownDescription: `${rule.summary} Reported as: ${rule.severity}.` }]),
    ),
  },
  description: 'Severity of single rules, or `off`. Rules that are not named keep their own.',
  isValid: (value): value is Settings['rules'] =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((item) => severities.includes(item)),
};

/** The table, in the order of the page. */
export const settingRows: readonly SettingRow[] = [
  flag('enable', 'enable', true, 'Review C files that use GPU SVM.'),
  choice(
    'scope',
    'diagnostics.scope',
    [
      { value: 'open', text: 'Files open in an editor.' },
      {
        value: 'changed',
        text: 'Files that were opened, edited, or changed on disk in this session, also after they are closed. Nothing is asked of git.',
      },
      { value: 'tree', text: 'Every file of the driver tree that matters, whether open or not.' },
    ],
    'open',
    'Which files have their findings listed.',
  ),
  choice(
    'minimumSeverity',
    'diagnostics.minimumSeverity',
    [
      { value: 'information', text: 'All findings.' },
      { value: 'warning', text: 'Warnings and errors.' },
      { value: 'error', text: 'Errors only.' },
    ],
    'information',
    'Findings below this severity are not shown.',
  ),
  rules,
  flag('hover', 'hover.enable', true, 'Hovers on findings, API names and members.'),
  flag('hoverState', 'hover.state', true, 'Say in hovers which state objects and locks are in at the cursor.'),
  choice(
    'hoverKernelDoc',
    'hover.kernelDoc',
    [
      { value: 'auto', text: 'Unless clangd runs too: its hover shows the same comment.' },
      { value: 'always', text: 'Always.' },
      { value: 'never', text: 'Never.' },
    ],
    'auto',
    "Show the tree's own kernel-doc comment in hovers.",
  ),
  flag(
    'codeLens',
    'codeLens.enable',
    true,
    'A line above functions and structs that take part in a lifecycle: their part, and their open findings.',
  ),
  flag('inlayHintsState', 'inlayHints.state', false, 'Show the state of an object after each call that changes it.'),
  flag('inlayHintsLocks', 'inlayHints.locks', false, 'Show which locks are held after each call that takes or drops one.'),
  flag(
    'semanticHighlighting',
    'semanticHighlighting.enable',
    false,
    'Mark owners, borrowed pointers and flags words for the colour theme.',
  ),
  flag(
    'documentHighlight',
    'documentHighlight.pairs',
    true,
    'Highlight what undoes the call under the cursor: lock and unlock, map and unmap, get and put.',
  ),
  flag('treeFollowsEditor', 'ownershipView.followEditor', true, 'The ownership view selects the function or struct under the cursor.'),
  choice(
    'trace',
    'trace.server',
    [
      { value: 'off', text: 'Nothing.' },
      { value: 'messages', text: 'Names of messages.' },
      { value: 'verbose', text: 'Whole messages.' },
    ],
    'off',
    'Log the messages between editor and server in the output channel.',
  ),
];

/** The prefix of every setting. */
export const settingsPrefix = 'gpusvm';

/** Every setting at its default. */
export const defaultSettings: Settings = readSettings(undefined).settings;

/** Reads the section `gpusvm` as an editor sends it; a value that is not allowed is named and its default taken. */
export function readSettings(section: unknown): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const entries = settingRows.map((row) => {
    const value = valueAt(section, row.name);
    if (value === undefined || value === null) return [row.key, row.default] as const;
    if (row.isValid(value)) return [row.key, value] as const;
    problems.push(`${settingsPrefix}.${row.name}: ${JSON.stringify(value)} is not one of its values`);
    return [row.key, row.default] as const;
  });
  return { settings: Object.fromEntries(entries) as unknown as Settings, problems };
}

/** Editors send dotted names as nested objects, or whole as a key. */
function valueAt(section: unknown, name: string): unknown {
  if (typeof section !== 'object' || section === null) return undefined;
  const record = section as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(record, name)) return record[name];
  return name.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Readonly<Record<string, unknown>>)[key];
  }, section);
}

/** The section `contributes.configuration` of the manifest. */
export function settingsManifest(): Readonly<Record<string, unknown>> {
  return {
    title: 'GPU SVM Review',
    properties: Object.fromEntries(
      settingRows.map((row) => [
        `${settingsPrefix}.${row.name}`,
        { ...row.schema, default: row.default, markdownDescription: row.description, scope: row.key === 'trace' ? 'window' : 'resource' },
      ]),
    ),
  };
}

/** The page docs/settings.md. */
export function settingsPage(): string {
  const rows = settingRows.map((row) => {
    const values =
      'enum' in row.schema && Array.isArray(row.schema.enum)
        ? row.schema.enum.map((value) => `\`${value}\``).join(', ')
        : String(row.schema.type);
    return `| \`${settingsPrefix}.${row.name}\` | ${values} | \`${JSON.stringify(row.default)}\` | ${row.description} |`;
  });
  return [
    '# Settings',
    '',
    'Written by `npm run generate` from `server/src/features/settings.ts`. A change takes effect at once; none needs a reload.',
    'Editors other than VS Code send the same names to the server in the section `gpusvm`.',
    '',
    '| setting | values | default | what it does |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
