/** Calls that put an embedded link on a list. Facts from `include/linux/list.h`. */

/** Calls that queue the element of their first argument. */
export const queueingCalls: ReadonlySet<string> = new Set([
  'list_add',
  'list_add_tail',
  'list_move',
  'list_move_tail',
  'list_add_rcu',
  'list_add_tail_rcu',
  'llist_add',
]);

/** Types of embedded links. */
export const linkTypes: ReadonlySet<string> = new Set(['struct list_head', 'struct llist_node']);

/** Calls that start work, by the index of the work. Facts from `include/linux/workqueue.h`. */
export const startingCalls: Readonly<Record<string, number>> = {
  schedule_work: 0,
  queue_work: 1,
  queue_work_on: 2,
  schedule_delayed_work: 0,
  queue_delayed_work: 1,
  mod_delayed_work: 1,
};

/** Calls that wait until the work of their first argument has run. Facts from `kernel/workqueue.c`. */
export const waitingCalls: ReadonlySet<string> = new Set([
  'flush_work',
  'cancel_work_sync',
  'flush_delayed_work',
  'cancel_delayed_work_sync',
]);

/** Macros that name a work's function: the work first, the function second. */
export const workMakers: readonly string[] = ['INIT_WORK', 'INIT_DELAYED_WORK', 'INIT_WORK_ONSTACK'];
