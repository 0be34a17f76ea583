/** Tells a thread that is busy that something newer has arrived: counters in memory that two threads share. */

/** What has come from the client, and what the busy thread has heard of. */
export interface EditClock {
  /** Memory for the other thread. */
  readonly memory: SharedArrayBuffer;
  /** A message has arrived: an edit, or another. */
  arrived(isEdit: boolean): void;
  /** True when an edit has arrived that this thread was not told of before; asked again, the same edit does not count. */
  hasNewEdit(): boolean;
  /** The same, for any message. */
  hasNews(): boolean;
  /** This thread has heard of all that arrived up to now. */
  heard(): void;
}

/** Makes a clock, or joins the one that another thread made. */
export function createEditClock(memory: SharedArrayBuffer = new SharedArrayBuffer(8)): EditClock {
  const counters = new Int32Array(memory);
  const now = (slot: number): number => Atomics.load(counters, slot);
  const known = [now(0), now(1)];
  // What is new stops the work once. Work taken up again goes on, whatever became of the message on its way.
  const isNew = (slot: number): boolean => {
    const count = now(slot);
    if (count === known[slot]) return false;
    known[slot] = count;
    return true;
  };
  return {
    memory,
    arrived(isEdit) {
      if (isEdit) Atomics.add(counters, 0, 1);
      Atomics.add(counters, 1, 1);
    },
    hasNewEdit: () => isNew(0),
    hasNews: () => isNew(1),
    heard() {
      known[0] = now(0);
      known[1] = now(1);
    },
  };
}
