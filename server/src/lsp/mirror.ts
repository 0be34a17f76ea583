/** The documents that a client has open, as they stand: what a server that starts again has to be told. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { memberOf } from './wire.js';

/** Open documents, kept by watching the client's notices. */
export interface Mirror {
  /** Takes a notice; true when it opened, changed or closed a document. Notices that make no sense are passed over. */
  take(method: string, params: unknown): boolean;
  /** The open documents, in the order in which they were opened. */
  all(): readonly TextDocument[];
}

/** Makes a mirror. */
export function createMirror(): Mirror {
  const open = new Map<string, TextDocument>();
  const opened = (params: unknown): boolean => {
    const document = memberOf(params, 'textDocument');
    const [uri, language, version, text] = ['uri', 'languageId', 'version', 'text'].map((name) => memberOf(document, name));
    if (typeof uri !== 'string' || typeof text !== 'string') return false;
    open.set(uri, TextDocument.create(uri, typeof language === 'string' ? language : 'c', typeof version === 'number' ? version : 0, text));
    return true;
  };
  const changed = (params: unknown): boolean => {
    const uri = memberOf(memberOf(params, 'textDocument'), 'uri');
    const version = memberOf(memberOf(params, 'textDocument'), 'version');
    const changes = memberOf(params, 'contentChanges');
    const document = typeof uri === 'string' ? open.get(uri) : undefined;
    if (document === undefined || !Array.isArray(changes)) return false;
    try {
      open.set(document.uri, TextDocument.update(document, changes, typeof version === 'number' ? version : document.version));
      return true;
    } catch {
      // A change that names no place in the text: the server passes it over as well.
      return false;
    }
  };
  return {
    take(method, params) {
      if (method === 'textDocument/didOpen') return opened(params);
      if (method === 'textDocument/didChange') return changed(params);
      if (method !== 'textDocument/didClose') return false;
      const uri = memberOf(memberOf(params, 'textDocument'), 'uri');
      return typeof uri === 'string' && open.delete(uri);
    },
    all: () => [...open.values()],
  };
}
