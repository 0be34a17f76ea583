/**
 * Work, timers and callbacks that are set going: who runs later has the object in which they are embedded, and gives it back.
 * Facts from `include/linux/{workqueue,timer,hrtimer,irq_work,kthread,rcupdate,task_work}.h`.
 */
import type { Contract, ResultKind } from './schema.js';

const later = (name: string, argument: number, source: string, result: ResultKind = 'bool'): Contract => ({
  name,
  words: 'Set going: the function that runs later has the object around it.',
  source: `include/linux/${source}`,
  result,
  ops: [{ op: 'keep', ref: String(argument) }],
});

/** Calls that hand an embedded work item, timer or head to a function that runs later. */
export const deferredContracts: readonly Contract[] = [
  later('queue_work', 1, 'workqueue.h'),
  later('queue_work_on', 2, 'workqueue.h'),
  later('queue_work_node', 2, 'workqueue.h'),
  later('queue_delayed_work', 1, 'workqueue.h'),
  later('queue_delayed_work_on', 2, 'workqueue.h'),
  later('mod_delayed_work', 1, 'workqueue.h'),
  later('mod_delayed_work_on', 2, 'workqueue.h'),
  later('queue_rcu_work', 1, 'workqueue.h'),
  later('schedule_work', 0, 'workqueue.h'),
  later('schedule_work_on', 1, 'workqueue.h'),
  later('schedule_delayed_work', 0, 'workqueue.h'),
  later('kthread_queue_work', 1, 'kthread.h'),
  later('kthread_queue_delayed_work', 1, 'kthread.h'),
  later('irq_work_queue', 0, 'irq_work.h'),
  later('add_timer', 0, 'timer.h', 'void'),
  later('mod_timer', 0, 'timer.h', 'value'),
  later('hrtimer_start', 0, 'hrtimer.h', 'void'),
  later('call_rcu', 0, 'rcupdate.h', 'void'),
  later('call_srcu', 1, 'srcu.h', 'void'),
  later('tasklet_schedule', 0, 'interrupt.h', 'void'),
];
