/** Open documents, asked for by requests that may come before the notice that opens them. */
import type { TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';

/** How long the notice is waited for, in milliseconds. */
const patience = 2000;

/** Makes the question. A document that was closed is not waited for. */
export function createOpened(documents: TextDocuments<TextDocument>): (uri: string) => Promise<TextDocument | undefined> {
  const waiting = new Map<string, Set<(document: TextDocument | undefined) => void>>();
  const closed = new Set<string>();
  documents.onDidOpen(({ document }) => {
    closed.delete(document.uri);
    for (const resolve of waiting.get(document.uri) ?? []) resolve(document);
    waiting.delete(document.uri);
  });
  documents.onDidClose(({ document }) => closed.add(document.uri));
  return (uri) => {
    const document = documents.get(uri);
    if (document !== undefined || closed.has(uri)) return Promise.resolve(document);
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), patience);
      const list = waiting.get(uri) ?? new Set();
      const settle = (found: TextDocument | undefined): void => {
        clearTimeout(timer);
        list.delete(settle);
        resolve(found);
      };
      list.add(settle);
      waiting.set(uri, list);
    });
  };
}
