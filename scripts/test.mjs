// `npm test`: the rings that need no network, browser or kernel tree. Arguments go to vitest.
import { bin, run, setup } from './setup.mjs';

await setup();
process.exit(run(bin('vitest'), ['run', ...process.argv.slice(2)], { env: { CI: process.env.CI ?? 'true' } }));
