/** The disk, shared with the language server. */
export * from '../host/node-host.js';
