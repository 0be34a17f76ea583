/** Every command, one file each. */
import { commands, type Disposable } from 'vscode';
import { type App, openPlace } from '../app.js';
import type { WirePlace } from '../protocol.js';
import type { Status } from '../status.js';
import { copyEnvironment } from './copy-environment.js';
import { fixAll } from './fix-all.js';
import { openLifecycle } from './open-lifecycle.js';
import { openRule } from './open-rule.js';
import { openSample } from './open-sample.js';
import { restart } from './restart.js';
import { reviewPatches } from './review-patches.js';
import { showLifecycleView } from './show-lifecycle-view.js';
import { showLimits } from './show-limits.js';
import { showMap } from './show-map.js';

/** Registers the commands; their titles stand in package.json. */
export function registerCommands(app: App, status: Status): readonly Disposable[] {
  const table: Readonly<Record<string, (...given: readonly unknown[]) => unknown>> = {
    'gpusvm.openLifecycle': (anchor) => openLifecycle(app, typeof anchor === 'string' ? anchor : undefined),
    'gpusvm.openRule': (id) => openRule(app, typeof id === 'string' ? id : undefined),
    'gpusvm.showLifecycleView': (place) => showLifecycleView(app, place),
    'gpusvm.showMap': () => showMap(app),
    'gpusvm.fixAll': () => fixAll(),
    'gpusvm.showLimits': () => showLimits(status),
    'gpusvm.restart': () => restart(app),
    'gpusvm.copyEnvironment': () => copyEnvironment(app),
    'gpusvm.reviewPatches': (uri) => reviewPatches(app, uri),
    // Not contributed: what a click in the ownership view runs.
    'gpusvm.openPlace': (place) => (isPlace(place) ? openPlace(place) : undefined),
    'gpusvm.openSample': () => openSample(app),
  };
  return Object.entries(table).map(([name, run]) => commands.registerCommand(name, run));
}

function isPlace(value: unknown): value is WirePlace {
  return typeof value === 'object' && value !== null && 'uri' in value && 'start' in value && 'end' in value;
}
