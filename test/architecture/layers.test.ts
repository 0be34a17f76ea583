import { describe, expect, test } from 'vitest';
import { importsOf, layerProblems } from './layers.js';
import { productSources } from './sources.js';

const one = (path: string, text: string): readonly string[] => layerProblems([{ path, text }]);

describe('layers', () => {
  test('sources_keep_the_layers_ok', () => {
    const files = productSources();
    expect(files.length).toBeGreaterThan(5);
    expect(layerProblems(files)).toEqual([]);
  });

  test('upward_import_bad', () => {
    expect(one('server/src/syntax/lexer.ts', "import { a } from '../program/types.js';")).toHaveLength(1);
    expect(one('server/src/flow/solver.ts', "import type { Finding } from '../rules/finding.js';")).toHaveLength(1);
    expect(one('server/src/cli/main.ts', "import { a } from '../lsp/session.js';")).toHaveLength(1);
    expect(one('server/src/rules/a/rule.ts', "export * from '../../features/session.js';")).toHaveLength(1);
  });

  test('downward_import_ok', () => {
    expect(
      one('server/src/rules/a/rule.ts', "import { meta } from '../catalogue.js';\nimport type { Expr } from '../../syntax/ast.js';"),
    ).toEqual([]);
    expect(
      one('server/src/lsp/main.ts', "import { createConnection } from 'vscode-languageserver/node';\nimport { join } from 'node:path';"),
    ).toEqual([]);
  });

  test('program_reads_lists_of_names_ok', () => {
    const list = { path: 'server/src/contracts/names.ts', text: "export const init = 'x';" };
    const user = { path: 'server/src/program/facts.ts', text: "import { init } from '../contracts/names.js';" };
    expect(layerProblems([list, user])).toEqual([]);
    expect(layerProblems([{ ...list, text: "import type { A } from '../program/types.js';" }, user])).toHaveLength(1);
  });

  test('node_in_pure_layer_bad', () => {
    for (const layer of ['syntax', 'program', 'contracts', 'flow', 'rules', 'features', 'review']) {
      expect(one(`server/src/${layer}/x.ts`, "import { readFileSync } from 'node:fs';")).toHaveLength(1);
    }
  });

  test('editor_modules_out_of_place_bad', () => {
    expect(one('server/src/features/hover.ts', "import { Hover } from 'vscode-languageserver';")).toHaveLength(1);
    expect(one('server/src/cli/main.ts', "import { Range } from 'vscode-languageserver-textdocument';")).toHaveLength(1);
    expect(one('server/src/lsp/main.ts', "import * as vscode from 'vscode';")).toHaveLength(1);
    expect(one('client/src/client.ts', "import { rules } from '../../server/src/rules/catalogue.js';")).toHaveLength(1);
  });

  test('unknown_folder_bad', () => {
    expect(one('server/src/util/x.ts', "import { a } from './y.js';")).toEqual(['server/src/util/x.ts: stands in no layer']);
  });

  test('every_form_of_import_is_read_ok', () => {
    const text = `import a from 'a1';\nimport 'a2';\nexport { b } from "a3";\nconst c = await import('a4');\ntype D = import('a5').D;\nconst e = require('a6');\n// import x from 'no';`;
    expect(importsOf(text)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
  });
});
