// The JSON Schema of gpusvm-contracts.json, from the terms that also make the validator.
export async function generate({ load }) {
  const { schemaFile } = await load('server/src/contracts/file/schema.ts');
  return [{ path: 'schemas/gpusvm-contracts.schema.json', text: schemaFile() }];
}
