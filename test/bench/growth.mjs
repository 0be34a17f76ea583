/**
 * How time and memory grow with the number of functions in a file and of files in a driver; at most linear is what is asked. Made-up code, no
 * kernel tree needed. Times are CPU time.
 *   node --expose-gc test/bench/growth.mjs [--svg FILE] [--json FILE]        last line: `N passed, N failed`
 */
import { writeFileSync } from 'node:fs';
import { folderHost, loadEngine, openTree, ROOT } from '../recall/engine.mjs';

const options = { svg: undefined, json: undefined };
for (let i = 2; i < process.argv.length; i += 2) {
  if (process.argv[i] === '--svg') options.svg = process.argv[i + 1];
  else if (process.argv[i] === '--json') options.json = process.argv[i + 1];
  else throw new Error(`unknown argument ${process.argv[i]}`);
}

const folder = `${ROOT}/test/fixtures/kernel`;
const base = folderHost(folder);
const driver = 'drivers/gpu/drm/growth';

/** A function with a loop, a lock and error paths, that calls the one before it. */
const one = (name, before) => `int ${name}(struct drm_gpusvm *gpusvm, struct growth_range *range, struct drm_gpusvm_ctx *ctx, int n)
{
	int err, i;

	err = drm_gpusvm_get_pages(gpusvm, &range->pages, gpusvm->mm, NULL, 0, 4096, ctx);
	if (err)
		return err;
	drm_gpusvm_notifier_lock(gpusvm);
	for (i = 0; i < n; i++)
		if (!drm_gpusvm_pages_valid(gpusvm, &range->pages))
			err = -EAGAIN;
	drm_gpusvm_notifier_unlock(gpusvm);
	if (!err && n)
		err = ${before === undefined ? '0' : `${before}(gpusvm, range, ctx, n - 1)`};
	return err;
}
`;
const head = `#include <drm/drm_gpusvm.h>\nstruct growth_range { struct drm_gpusvm_range base; struct drm_gpusvm_pages pages; };\n`;
/** Calls go back four functions at most: drivers are wide, not endlessly deep. */
const text = (file, functions) =>
  head +
  Array.from({ length: functions }, (_, i) => one(`growth_${file}_${i}`, i % 4 === 0 ? undefined : `growth_${file}_${i - 1}`)).join('\n');

const engine = await loadEngine();
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
async function measure(files) {
  const names = Object.keys(files);
  const host = {
    read: (path) => files[path] ?? base.read(path),
    list: (path) =>
      path === driver
        ? names.map((name) => name.slice(driver.length + 1))
        : path === 'drivers/gpu/drm'
          ? [...base.list(path), 'growth/']
          : base.list(path),
  };
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const began = cpu();
  const analysis = await openTree({ createAnalysis: (o) => engine.createAnalysis({ ...o, host }) }, folder);
  const { stats } = analysis.check(names);
  const ms = cpu() - began;
  globalThis.gc?.();
  // The session is alive up to here.
  return { ms, mb: (process.memoryUsage().heapUsed - before) / 1e6 + 0 * analysis.check([]).findings.length, functions: stats.functions };
}

// The first session pays for code that is compiled once.
await measure({ [`${driver}/warm.c`]: text('warm', 40) });
const series = { 'functions in a file': [], 'files in a driver': [] };
for (const count of [100, 200, 400, 800])
  series['functions in a file'].push([count, await measure({ [`${driver}/f.c`]: text('f', count) })]);
for (const count of [10, 20, 40, 80]) {
  const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [`${driver}/f${i}.c`, text(`f${i}`, 10)]));
  series['files in a driver'].push([count, await measure(files)]);
}

/** The power of the number with which a figure grows: 1 is linear. Least squares on logarithms. */
function power(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(Math.max(y, 0.1))]);
  const mean = (at) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  return logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

const report = Object.entries(series).map(([name, points]) => ({
  name,
  points: points.map(([count, { ms, mb }]) => ({ count, cpuMs: Math.round(ms), heapMb: Math.round(mb * 10) / 10 })),
  timePower: Math.round(power(points.map(([x, y]) => [x, y.ms])) * 100) / 100,
  heapPower: Math.round(power(points.map(([x, y]) => [x, y.mb])) * 100) / 100,
}));

/** Points and the line through the first that linear growth would follow. */
function plot() {
  const [width, height, gap] = [360, 220, 40];
  const panel = ({ name, points, timePower }, index) => {
    const left = gap + index * (width + gap);
    const [mostX, mostY] = [
      points.at(-1).count,
      Math.max(...points.map((one) => one.cpuMs), (points[0].cpuMs * points.at(-1).count) / points[0].count),
    ];
    const at = ({ count, cpuMs }) =>
      `${(left + (count / mostX) * width).toFixed(1)},${(gap + height - (cpuMs / mostY) * height).toFixed(1)}`;
    const linear = at({ count: mostX, cpuMs: (points[0].cpuMs * mostX) / points[0].count });
    return [
      `<text x="${left}" y="${gap - 14}">CPU time by ${name} (power ${timePower})</text>`,
      `<path d="M${left},${gap}V${gap + height}H${left + width}" fill="none" stroke="#888"/>`,
      `<path d="M${left},${gap + height}L${linear}" stroke="#aaa" stroke-dasharray="4"/>`,
      `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="#06c" stroke-width="2"/>`,
      ...points.map(
        (one) =>
          `<circle cx="${at(one).split(',')[0]}" cy="${at(one).split(',')[1]}" r="3" fill="#06c"/><text x="${at(one).split(',')[0]}" y="${gap + height + 16}" text-anchor="middle">${one.count}</text>`,
      ),
      `<text x="${left + 4}" y="${gap + 10}">${Math.round(mostY)} ms</text>`,
    ].join('\n');
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * width + 3 * gap}" height="${height + 2 * gap}" font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n${report.map(panel).join('\n')}\n</svg>\n`;
}

if (options.svg !== undefined) writeFileSync(options.svg, plot());
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
console.log(JSON.stringify(report, null, 2));
// Room for a machine that is doing other things; quadratic would be 2.
const bad = report.filter(({ timePower, heapPower }) => timePower > 1.25 || heapPower > 1.25);
for (const { name } of bad) console.log(`GROWS by ${name}`);
console.log(`${report.length - bad.length} passed, ${bad.length} failed`);
process.exitCode = bad.length > 0 ? 1 : 0;
