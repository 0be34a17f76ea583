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
