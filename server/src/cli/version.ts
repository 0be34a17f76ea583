/** Name and version of the tool, as reports carry them. */
import { readFileSync } from 'node:fs';

/** Name in reports, of the command and of the package. */
export const TOOL_NAME = 'gpusvm-review';

/** The version: written in by the bundler; read from the manifest when run from source. */
export function toolVersion(): string {
  const bundled = process.env.GPUSVM_REVIEW_VERSION;
  if (bundled !== undefined) return bundled;
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return typeof version === 'string' ? version : '0.0.0';
}
