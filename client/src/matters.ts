/** Whether a document is worth a server: a cheap look at its text, so that other C projects never start one. */
import type { TextDocument } from 'vscode';

/** Families of the API, and the words by which drivers name their own layer over it. */
const api = /\b(?:drm_gpusvm|drm_pagemap|mmu_interval_|hmm_range|migrate_vma|i915_gem_gtt_)|\bdma_(?:map|unmap|iova)_/;
const layer = /(?:_svm|userptr|pagemap|get_pages|put_pages)/;
const driver = /\/drivers\/(?:gpu\/drm|accel)\//;

/** Documents that the server is told of. Kernel headers are C, whatever the editor takes `.h` for. */
export const selector = [
  { scheme: 'file', language: 'c' },
  { scheme: 'untitled', language: 'c' },
  { scheme: 'file', language: 'cpp', pattern: '**/*.h' },
];

/** True for a C document that uses the API, or belongs to a driver's layer over it. */
export function matters(document: TextDocument): boolean {
  const isC = document.languageId === 'c' || (document.languageId === 'cpp' && document.fileName.endsWith('.h'));
  if (!isC || (document.uri.scheme !== 'file' && document.uri.scheme !== 'untitled')) return false;
  const text = document.getText();
  return api.test(text) || (driver.test(document.uri.path) && layer.test(text));
}
