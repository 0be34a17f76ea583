/** A little tree of a driver, Lumen, with its own SVM code beside the interface: for the tables that a tree adds. Everything in it is ours. */
import type { Analysis } from '../../server/src/features/analysis.js';
import { createAnalysis } from '../../server/src/features/session.js';
import { readWasm } from '../../server/src/host/assets.js';
import type { FileHost } from '../../server/src/program/types.js';

/** Folder of the driver. */
export const folder = 'drivers/gpu/drm/lumen';
/** Its source. */
export const source = `${folder}/lumen_svm.c`;

const header = `
struct lumen_vm {
	struct mutex lock;
	struct list_head ranges;
	struct mm_struct *mm;
};
struct lumen_range {
	struct lumen_vm *vm;
	struct mutex lock;
	struct list_head link;
	unsigned long seq;
	u64 address;
};
`;
const locks =
  'struct mutex { int owner; };\nstruct rw_semaphore { int count; };\nvoid mutex_lock(struct mutex *m);\nvoid mutex_unlock(struct mutex *m);\n';

/** A host over the tree: the driver's source, and other files by path. */
export function hostOf(code: string, files: Readonly<Record<string, string>> = {}): FileHost {
  const texts: Record<string, string> = {
    'include/drm/drm_gpusvm.h':
      'struct drm_gpusvm { struct rw_semaphore notifier_lock; };\nstruct drm_gpusvm_range { int x; };\nstruct drm_gpusvm_pages { int y; };\nbool drm_gpusvm_pages_valid(struct drm_gpusvm *svm, struct drm_gpusvm_pages *pages);\n',
    'include/linux/mutex.h': locks,
    'include/linux/mm_types.h': 'struct mm_struct { struct rw_semaphore mmap_lock; };\n',
    [`${folder}/lumen.h`]: header,
    [source]: `#include <linux/mutex.h>\n#include <linux/mm_types.h>\n#include <drm/drm_gpusvm.h>\n#include "lumen.h"\n${code}`,
    ...files,
  };
  return {
    read: (path) => texts[path],
    list: (path) => {
      const prefix = path === '' ? '' : `${path}/`;
      const below = Object.keys(texts).filter((one) => one.startsWith(prefix));
      return [...new Set(below.map((one) => one.slice(prefix.length).replace(/\/.*$/, '/')))];
    },
  };
}

/** An analysis of the tree. */
export function analysisOf(code: string, files: Readonly<Record<string, string>> = {}): Promise<Analysis> {
  return createAnalysis({ host: hostOf(code, files), hasTree: true, wasm: readWasm() });
}

/** What is found in the driver's source: `function rule`, and `file: reason` for what could not be used. */
export async function found(code: string, files: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const report = (await analysisOf(code, files)).check([source]);
  return [...report.findings.map((one) => `${one.function} ${one.rule}`), ...report.limits.map((one) => `${one.file}: ${one.reason}`)];
}
