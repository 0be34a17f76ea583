/** Whether a message's parameters have the shape that its method asks for. What has not is answered or dropped before any handler sees it. */
import { memberOf } from './wire.js';

type Test = (value: unknown) => boolean;

const isObject: Test = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isString: Test = (value) => typeof value === 'string';
const isCount: Test = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
const isWhole: Test = (value) => typeof value === 'number' && Number.isInteger(value);
const isPosition: Test = (value) => isCount(memberOf(value, 'line')) && isCount(memberOf(value, 'character'));
const isRange: Test = (value) => isPosition(memberOf(value, 'start')) && isPosition(memberOf(value, 'end'));
const isDocument: Test = (value) => isString(memberOf(value, 'uri'));
const list =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const shape =
  (members: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isObject(value) && Object.entries(members).every(([name, test]) => test(memberOf(value, name)));
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || value === null || test(value);

const isChange: Test = (value) => isString(memberOf(value, 'text')) && optional(isRange)(memberOf(value, 'range'));
const inDocument = { textDocument: isDocument };
const atPosition = shape({ ...inDocument, position: isPosition });
const isInput = shape({ name: isString, text: isString });
const isItem = shape({ uri: isString, name: isString });

/** Requests and notices whose parameters are more than an object. Others of `textDocument/` name a document at least. */
const tests: Readonly<Record<string, Test>> = {
  'textDocument/didOpen': shape({ textDocument: shape({ uri: isString, text: isString, version: isWhole }) }),
  'textDocument/didChange': shape({ textDocument: shape({ uri: isString, version: isWhole }), contentChanges: list(isChange) }),
  'textDocument/hover': atPosition,
  'textDocument/completion': atPosition,
  'textDocument/references': atPosition,
  'textDocument/documentHighlight': atPosition,
  'textDocument/prepareCallHierarchy': atPosition,
  'textDocument/prepareRename': atPosition,
  'textDocument/foldingRange': shape(inDocument),
  'textDocument/inlayHint': shape({ ...inDocument, range: isRange }),
  'textDocument/codeAction': shape({
    ...inDocument,
    range: isRange,
    context: shape({ diagnostics: list(shape({ range: isRange })), only: optional(list(isString)) }),
  }),
  'callHierarchy/incomingCalls': shape({ item: isItem }),
  'callHierarchy/outgoingCalls': shape({ item: isItem }),
  'workspace/didChangeWatchedFiles': shape({ changes: list(shape({ uri: isString })) }),
  'workspace/executeCommand': shape({ command: isString, arguments: optional(Array.isArray) }),
  'gpusvm/lifecycle': shape({ uri: isString, position: isPosition }),
  'gpusvm/roles': shape({ uri: isString }),
  'gpusvm/ownership': shape({ uri: isString }),
  'gpusvm/map': shape({ uri: isString }),
  'gpusvm/page': shape({ page: isString }),
  'gpusvm/review': shape({ uri: isString, inputs: list(isInput) }),
  'gpusvm/reviewText': shape({ review: isWhole, patch: isWhole, side: isString, path: isString }),
  'gpusvm/reviewReply': shape({ review: isWhole, patch: isWhole }),
};

/** Methods without parameters. */
const bare: ReadonlySet<string> = new Set(['shutdown', 'exit', 'initialized', 'initialize']);

/** False for parameters that no client who knows the method would send. Methods that are not ours are let through: their answer is an error. */
export function isPlausible(method: string, params: unknown): boolean {
  if (bare.has(method) || method.startsWith('$/')) return true;
  const test = tests[method];
  if (test !== undefined) return test(params);
  if (method.startsWith('textDocument/')) return shape(inDocument)(params);
  // Handlers take one object; a list would be spread over their parameters.
  return isObject(params);
}
