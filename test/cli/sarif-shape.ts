/**
 * The part of SARIF 2.1.0 that our reports use, in our own words: every object closed, so that a member which the standard does not have, or
 * that we never meant to write, is refused. The standard's own schema is not among the packages; what it asks of members that we do not write is not looked at.
 */
const text = { type: 'string', minLength: 1 };
const uri = { type: 'string', pattern: '^(file:///)?[^\\s\\\\]*$' };
const closed = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const list = (items: object, minItems = 0): object => ({ type: 'array', items, minItems });
const message = closed({ text }, ['text']);
const bag = { type: 'object' };
const artifactLocation = closed({ uri, uriBaseId: text }, ['uri']);
const line = { type: 'integer', minimum: 1 };
const region = closed({ startLine: line, startColumn: line, endLine: line, endColumn: line }, ['startLine']);
const physicalLocation = closed({ artifactLocation, region }, ['artifactLocation']);
const location = closed({ physicalLocation, message, logicalLocations: list(closed({ name: text, kind: text })) }, ['physicalLocation']);
const level = { enum: ['none', 'note', 'warning', 'error'] };
const fix = closed(
  {
    description: message,
    artifactChanges: list(
      closed(
        {
          artifactLocation,
          replacements: list(
            closed({ deletedRegion: region, insertedContent: closed({ text: { type: 'string' } }, ['text']) }, ['deletedRegion']),
            1,
          ),
        },
        ['artifactLocation', 'replacements'],
      ),
      1,
    ),
  },
  ['artifactChanges'],
);
const codeFlow = closed(
  {
    message,
    threadFlows: list(
      closed({ locations: list(closed({ location, executionOrder: { type: 'integer', minimum: 0 } }), 1) }, ['locations']),
      1,
    ),
  },
  ['threadFlows'],
);
const result = closed(
  {
    ruleId: text,
    ruleIndex: { type: 'integer', minimum: 0 },
    level,
    message,
    locations: list(location),
    partialFingerprints: { type: 'object', additionalProperties: text },
    codeFlows: list(codeFlow),
    fixes: list(fix),
    baselineState: { enum: ['new', 'unchanged', 'updated', 'absent'] },
    properties: bag,
  },
  ['message'],
);
const rule = closed(
  {
    id: text,
    shortDescription: message,
    defaultConfiguration: closed({ level }),
    properties: closed({ tags: { ...list(text), uniqueItems: true } }),
  },
  ['id'],
);
const run = closed(
  {
    tool: closed(
      {
        driver: closed(
          {
            name: text,
            version: text,
            semanticVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
            rules: { ...list(rule), uniqueItems: true },
          },
          ['name'],
        ),
      },
      ['driver'],
    ),
    columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
    originalUriBaseIds: { type: 'object', additionalProperties: closed({ uri: { type: 'string', pattern: '/$' } }, ['uri']) },
    invocations: list(
      closed(
        {
          executionSuccessful: { type: 'boolean' },
          toolExecutionNotifications: list(closed({ level, message, locations: list(location) }, ['message'])),
        },
        ['executionSuccessful'],
      ),
    ),
    results: list(result),
    properties: bag,
  },
  ['tool'],
);

/** The schema. */
export const sarifShape = closed(
  { version: { const: '2.1.0' }, $schema: { type: 'string', pattern: '^https://.*sarif-schema-2\\.1\\.0\\.json$' }, runs: list(run) },
  ['version', 'runs'],
);

interface Base {
  readonly uriBaseId?: string;
}

interface Log {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly originalUriBaseIds?: Readonly<Record<string, object>>;
    readonly results: readonly { readonly ruleId: string; readonly ruleIndex?: number }[];
  }[];
}

/** What a schema cannot say: indexes that lead elsewhere, bases that are not named, ends before starts. Empty for a good log. */
export function brokenReferences(log: Log): readonly string[] {
  const problems: string[] = [];
  for (const one of log.runs) {
    for (const { ruleId, ruleIndex } of one.results)
      if (ruleIndex !== undefined && one.tool.driver.rules[ruleIndex]?.id !== ruleId) problems.push(`rule ${ruleIndex} is not ${ruleId}`);
    JSON.stringify(one, (_key, value: (Base & Partial<Record<string, number>>) | undefined) => {
      if (value === null || typeof value !== 'object') return value;
      if (value.uriBaseId !== undefined && one.originalUriBaseIds?.[value.uriBaseId] === undefined)
        problems.push(`no base ${value.uriBaseId}`);
      const { startLine, endLine = startLine, startColumn = 1, endColumn = Number.POSITIVE_INFINITY } = value;
      if (startLine !== undefined && endLine !== undefined && (endLine < startLine || (endLine === startLine && endColumn < startColumn)))
        problems.push(`a region ends at ${endLine}:${endColumn} before ${startLine}:${startColumn}`);
      return value;
    });
  }
  return problems;
}
