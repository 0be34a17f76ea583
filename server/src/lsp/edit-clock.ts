/** Tells a thread that is busy that a newer edit has arrived: counters in memory that two threads share. */

/** How many edits have come from the client, and how many the busy thread has heard of. */
export interface EditClock {
  /** Memory for the other thread. */
  readonly memory: SharedArrayBuffer;
  /** An edit has arrived. */
  arrived(): void;
  /** True when an edit has arrived that this thread was not told of before; asked again, the same edit does not count. */
  isBehind(): boolean;
  /** This thread has heard of all that arrived up to now. */
  heard(): void;
}

/** Makes a clock, or joins the one that another thread made. */
export function createEditClock(memory: SharedArrayBuffer = new SharedArrayBuffer(4)): EditClock {
  const counters = new Int32Array(memory);
  let known = Atomics.load(counters, 0);
  return {
    memory,
    arrived: () => {
      Atomics.add(counters, 0, 1);
    },
    isBehind() {
      const now = Atomics.load(counters, 0);
      if (now === known) return false;
      // An edit stops the work once. Work taken up again goes on, whatever became of the edit on its way.
      known = now;
      return true;
    },
    heard() {
      known = Atomics.load(counters, 0);
    },
  };
}
