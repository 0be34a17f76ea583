// The client's copy of the types of our own requests: client and server share no code, only the protocol.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function generate({ root }) {
  const text = readFileSync(join(root, 'server/src/lsp/protocol.ts'), 'utf8');
  return [{ path: 'client/src/protocol.ts', text: `// Written by npm run generate from server/src/lsp/protocol.ts.\n${text}` }];
}
