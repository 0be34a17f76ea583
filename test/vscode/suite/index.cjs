// Runs the suite inside the extension host and writes mocha's JSON report where REPORT says.
const path = require('node:path');
const fs = require('node:fs');

exports.run = async () => {
  const Mocha = require('mocha');
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: 'json', reporterOptions: { output: process.env.REPORT } });
  for (const name of fs.readdirSync(__dirname).filter((file) => file.endsWith('.test.cjs'))) mocha.addFile(path.join(__dirname, name));
  const failures = await new Promise((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} failed`);
};
