/** Holds a JSON value against the file's schema. Problems are one line each, at the smallest place that is wrong. */
import { type JsonNode, memberOf, type Problem } from './json.js';
import type { Schema } from './schema.js';

const kinds: Readonly<Record<NonNullable<Schema['type']>, string>> = {
  object: 'an object { … }',
  array: 'a list [ … ]',
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** Everything that is wrong with a value, in the order of the text. */
export function validate(node: JsonNode, schema: Schema, path = ''): readonly Problem[] {
  const at = path === '' ? '' : `${path}: `;
  const wrong = (message: string, span: { readonly start: number; readonly end: number } = node): readonly Problem[] => [
    { start: span.start, end: span.end, message: `${at}${message}`, bySchema: true },
  ];
  if (schema.const !== undefined) {
    const value = node.kind === 'string' || node.kind === 'number' ? node.value : undefined;
    return value === schema.const ? [] : wrong(`must be ${JSON.stringify(schema.const)}`);
  }
  if (schema.oneOf !== undefined) {
    const by = schema.discriminator ?? '';
    if (node.kind !== 'object') return wrong(`must be ${kinds.object} with "${by}"`);
    const told = memberOf(node, by);
    if (told === undefined) return wrong(`has no "${by}"`);
    const branch = schema.oneOf.find((one) => told.kind === 'string' && one.properties?.[by]?.const === told.value);
    if (branch === undefined) return wrong(`"${by}" must be one of ${branchNames(schema).join(', ')}`, told);
    return validate(node, branch, path);
  }
  const isRight =
    schema.type === undefined ||
    (schema.type === 'integer' ? node.kind === 'number' && Number.isInteger(node.value) : node.kind === schema.type);
  if (!isRight) return wrong(`must be ${kinds[schema.type ?? 'object']}`);
  switch (node.kind) {
    case 'string':
      if (schema.enum !== undefined && !schema.enum.includes(node.value)) return wrong(`must be one of ${schema.enum.join(', ')}`);
      if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(node.value))
        return wrong(`${JSON.stringify(clip(node.value))} is not ${schema.patternWords ?? 'allowed here'}`);
      return [];
    case 'number':
      if (schema.minimum !== undefined && node.value < schema.minimum) return wrong(`must be at least ${schema.minimum}`);
      if (schema.maximum !== undefined && node.value > schema.maximum) return wrong(`must be at most ${schema.maximum}`);
      return [];
    case 'array': {
      const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
      if (node.items.length < minItems || node.items.length > maxItems)
        return wrong(minItems === maxItems ? `must have ${minItems} entries` : `must have at least ${minItems} entries`);
      return items === undefined ? [] : node.items.flatMap((item, index) => validate(item, items, `${path}[${index}]`));
    }
    case 'object': {
      const properties = schema.properties ?? {};
      const seen = new Set<string>();
      const problems: Problem[] = [];
      for (const { key, keySpan, value } of node.members) {
        const inner = Object.hasOwn(properties, key) ? properties[key] : undefined;
        if (seen.has(key)) problems.push(...wrong(`"${key}" stands here twice`, keySpan));
        else if (inner !== undefined) problems.push(...validate(value, inner, path === '' ? key : `${path}.${key}`));
        else problems.push(...wrong(unknownKey(key, Object.keys(properties)), keySpan));
        seen.add(key);
      }
      for (const key of schema.required ?? [])
        if (!seen.has(key)) problems.push(...wrong(`has no "${key}"`, { start: node.start, end: node.start + 1 }));
      return problems;
    }
    default:
      return [];
  }
}

/** The names that tell the branches of a choice apart. */
export function branchNames(schema: Schema): readonly string[] {
  const by = schema.discriminator ?? '';
  return (schema.oneOf ?? []).flatMap((one) => {
    const name = one.properties?.[by]?.const;
    return typeof name === 'string' ? [name] : [];
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = known.find(
    (one) => one.toLowerCase() === key.toLowerCase() || one.startsWith(key) || (key.length > 3 && key.startsWith(one)),
  );
  return `"${clip(key)}" is no property here${near === undefined ? `; there are ${known.filter((one) => one !== '$schema').join(', ')}` : `; did you mean "${near}"?`}`;
}

const clip = (value: string): string => (value.length > 60 ? `${value.slice(0, 57)}…` : value);
