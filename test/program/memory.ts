/** A tree in memory and a program over it, for the tests of the program. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readConfig } from '../../server/src/program/config.js';
import { createProgram } from '../../server/src/program/program.js';
import type { FileHost, Program, ProgramFile } from '../../server/src/program/types.js';
import { createItemParser } from '../../server/src/syntax/parser.js';
import type { ItemParser } from '../../server/src/syntax/source.js';

const require = createRequire(import.meta.url);

let parser: Promise<ItemParser> | undefined;

/** The parser, made once per test file. */
export const testParser = (): Promise<ItemParser> => {
  parser ??= createItemParser({
    runtime: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
  return parser;
};

/** A host that counts what is read. */
export interface MemoryHost extends FileHost {
  readonly reads: string[];
  readonly files: Map<string, string>;
}

/** A host over texts by path. */
export const memoryHost = (texts: Readonly<Record<string, string>>): MemoryHost => {
  const files = new Map(Object.entries(texts));
  const reads: string[] = [];
  return {
    reads,
    files,
    read: (path) => {
      reads.push(path);
      return files.get(path);
    },
    list: (folder) => {
      const names = new Set<string>();
      const prefix = folder === '' ? '' : `${folder}/`;
      for (const path of files.keys()) {
        if (!path.startsWith(prefix)) continue;
        const rest = path.slice(prefix.length);
        const slash = rest.indexOf('/');
        names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
      }
      return [...names];
    },
  };
};

/** A program over texts by path. */
export const programOf = async (
  texts: Readonly<Record<string, string>>,
  options: { readonly config?: string; readonly hasTree?: boolean } = {},
): Promise<{ readonly program: Program; readonly host: MemoryHost; file(path: string): ProgramFile }> => {
  const host = memoryHost(texts);
  const program = createProgram({ host, parser: await testParser(), config: readConfig(options.config), hasTree: options.hasTree ?? true });
  return {
    program,
    host,
    file: (path) => {
      const found = program.file(path);
      if (found === undefined) throw new Error(`no file ${path}`);
      return found;
    },
  };
};
