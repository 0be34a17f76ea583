/** Files that lie beside the bundle, shared with the language server. */
export * from '../host/assets.js';
