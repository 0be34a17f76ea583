/** Whether a document is worth a server: a cheap look at its place and text, so that other C projects never start one. */
import type { TextDocument } from 'vscode';

/** Families of the API. */
const api = /\b(?:drm_gpusvm|drm_pagemap|mmu_interval_|hmm_range|migrate_vma|i915_gem_gtt_)|\bdma_(?:map|unmap|iova)_/;
/** A driver's file may use its own layer over the API only: which of them matter, the server knows. */
const driver = /\/drivers\/(?:gpu\/drm|accel)\//;

/** Documents that the server is told of. Kernel headers are C, whatever the editor takes `.h` for. */
export const selector = [
  { scheme: 'file', language: 'c' },
  { scheme: 'untitled', language: 'c' },
  { scheme: 'file', language: 'cpp', pattern: '**/*.h' },
  { scheme: 'file', language: 'json', pattern: '**/*gpusvm-contracts.json' },
  { scheme: 'file', language: 'jsonc', pattern: '**/*gpusvm-contracts.json' },
];

/** True for a file of contracts: the server says what is wrong with it beyond its schema. */
export function holdsContracts(document: TextDocument): boolean {
  return document.uri.scheme === 'file' && document.fileName.endsWith('gpusvm-contracts.json');
}

/** True for a C document that uses the API, or lies in a driver's folder. */
export function matters(document: TextDocument): boolean {
  const isC = document.languageId === 'c' || (document.languageId === 'cpp' && document.fileName.endsWith('.h'));
  if (!isC || (document.uri.scheme !== 'file' && document.uri.scheme !== 'untitled')) return false;
  return driver.test(document.uri.path) || api.test(document.getText());
}
