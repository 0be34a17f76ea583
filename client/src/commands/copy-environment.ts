/** Copies a report of versions, settings and figures, for a bug report. */
import { env, version, window } from 'vscode';
import type { App } from '../app.js';
import type { EnvironmentResult } from '../protocol.js';
import { strings } from '../strings.js';

/** The command. Works without a server, too: then the report says so. */
export async function copyEnvironment(app: App): Promise<void> {
  const answer = await app.server.request<EnvironmentResult>('gpusvm/environment', {});
  const server = answer?.text ?? '### GPU SVM Review\n\nThe server does not run.\n';
  await env.clipboard.writeText(
    `${server}\n#### Editor\n\n- ${env.appName} ${version}, ${env.remoteName ?? 'local'}, ${process.platform} ${process.arch}\n`,
  );
  void window.setStatusBarMessage(strings.copied(), 5000);
}
