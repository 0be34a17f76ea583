// Preloaded into the server: the longest that its main thread kept anything waiting, written where $LAG_FILE says when it ends.
// Time in which the thread was ready and got no core is the machine's, not the thread's: it does not count.
const { isMainThread } = require('node:worker_threads');
if (isMainThread) {
  const { readFileSync, writeFileSync } = require('node:fs');
  /** Milliseconds that this thread was on a core, and that it waited for one; none where the system does not tell. */
  const times = () => {
    try {
      const [computed, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
        .split(' ')
        .map((ns) => Number(ns) / 1e6);
      return { computed, waited };
    } catch {
      return { computed: 0, waited: 0 };
    }
  };
  const step = 5;
  const found = { max: 0, raw: 0, turns: 0, computed: 0 };
  let before;
  // Loading is not serving.
  setTimeout(() => {
    before = { at: performance.now(), ...times() };
    const began = before.computed;
    setInterval(() => {
      const now = { at: performance.now(), ...times() };
      const gap = now.at - before.at - step;
      found.raw = Math.max(found.raw, gap);
      found.max = Math.max(found.max, gap - (now.waited - before.waited));
      found.computed = now.computed - began;
      found.turns++;
      before = now;
    }, step).unref();
  }, 400);
  process.on('exit', () => writeFileSync(process.env.LAG_FILE, JSON.stringify(found)));
}
