import { describe, expect, it } from 'vitest';
import { parseKernelDoc } from '../../server/src/syntax/kernel-doc.js';

describe('kernel-doc', () => {
  it('reads name, summary, parameters, sections and what the caller must hold _ok', () => {
    const doc = parseKernelDoc(`/**
 * thing_unmap() - drop the mappings
 *                 of a thing
 * @thing: the thing,
 *         never NULL
 * @ctx: how
 *
 * Drops them all. The caller must hold the thing's lock for writing.
 *
 * Second paragraph.
 *
 * Context: must be called with the notifier lock held. May sleep.
 * Return: 0, or a negative error code
 *         on failure.
 */`);
    expect(doc).toEqual({
      name: 'thing_unmap',
      summary: 'drop the mappings of a thing',
      description: "Drops them all. The caller must hold the thing's lock for writing.\n\nSecond paragraph.",
      params: [
        { name: 'thing', text: 'the thing, never NULL' },
        { name: 'ctx', text: 'how' },
      ],
      sections: [
        { title: 'Context', text: 'must be called with the notifier lock held. May sleep.' },
        { title: 'Return', text: '0, or a negative error code on failure.' },
      ],
      callerMust: ["The caller must hold the thing's lock for writing.", 'must be called with the notifier lock held.'],
    });
  });

  it('reads structs and titles _ok', () => {
    expect(parseKernelDoc('/** struct thing - a thing\n * @a.b: inner\n */')).toMatchObject({
      name: 'struct thing',
      summary: 'a thing',
      params: [{ name: 'a.b', text: 'inner' }],
    });
    expect(parseKernelDoc('/**\n * DOC: Overview of it\n *\n * Text.\n */')).toMatchObject({
      name: 'Overview of it',
      description: 'Text.',
    });
  });

  it('says nothing of other comments _bad', () => {
    expect(parseKernelDoc('/* thing() - no */')).toBeUndefined();
    expect(parseKernelDoc('/** */')).toBeUndefined();
  });
});
