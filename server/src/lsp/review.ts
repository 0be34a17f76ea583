/** `gpusvm/review`: a patch series on a tree, by an analysis of its own, so that what is open keeps its answers meanwhile. */
import { statSync } from 'node:fs';
import type { CancellationToken } from 'vscode-languageserver/node';
import { type ReviewSession, readSeries, reviewSeries, reviewSession } from '../review/index.js';
import type { Context } from './context.js';
import { pathOfUri, toPosition } from './convert.js';
import { breathe } from './guard.js';
import type { ReviewParams, ReviewResult, ReviewTextParams, TextResult, WireReviewFinding } from './protocol.js';

/** Reviews that a client still shows: the last few. */
const kept = 4;

/** The reviews of a session. */
export interface ReviewService {
  review(params: ReviewParams, token: CancellationToken): Promise<ReviewResult | null>;
  text(params: ReviewTextParams): TextResult;
  reply(params: { readonly review: number; readonly patch: number }): TextResult;
}

/** Makes the service. */
export function createReviews(context: Context): ReviewService {
  const sessions = new Map<number, ReviewSession>();
  let last = 0;
  return {
    async review({ uri, inputs }, token) {
      const { services } = context;
      const path = pathOfUri(uri);
      const root = path === undefined ? undefined : services.findTree(path);
      if (root === undefined || !statSync(root).isDirectory()) return null;
      const reading = await readSeries(inputs.map(({ name, text }) => ({ name, content: text })));
      const host = services.createHost(root);
      const config = host.read('.config');
      const analysis = await services.createAnalysis({
        host,
        hasTree: true,
        wasm: services.readWasm(),
        ...(config === undefined ? {} : { config }),
      });
      // What is being edited is what the series will meet.
      for (const document of context.documents.all()) {
        const target = context.trees.locate(document.uri);
        if (target?.tree.root === root && target.tree.hasTree) analysis.setText(target.path, document.getText());
      }
      const progress = context.abilities.showsProgress ? await context.connection.window.createWorkDoneProgress() : undefined;
      progress?.begin('GPU SVM Review', 0, reading.series.title, true);
      try {
        const report = await reviewSeries({
          analysis,
          host,
          series: reading.series,
          problems: reading.problems,
          pause: () => breathe(),
          isCancelled: () => token.isCancellationRequested || progress?.token.isCancellationRequested === true,
          onProgress: (done, total, next) => progress?.report(Math.round((100 * done) / Math.max(1, total)), next),
        });
        const session = reviewSession(report);
        const review = ++last;
        sessions.set(review, session);
        for (const id of sessions.keys()) if (id <= review - kept) sessions.delete(id);
        return resultOf(review, session);
      } finally {
        progress?.done();
      }
    },
    text({ review, patch, side, path }) {
      const text = sessions.get(review)?.text(patch, side, path);
      return text === undefined ? {} : { text };
    },
    reply({ review, patch }) {
      const text = sessions.get(review)?.reply(patch);
      return text === undefined ? {} : { text };
    },
  };
}

function resultOf(review: number, session: ReviewSession): ReviewResult {
  const { view } = session;
  return {
    review,
    title: view.title,
    problems: view.problems,
    leftOfSeries: view.left.ofSeries,
    leftOther: view.left.other,
    time: Math.round(view.ms),
    patches: view.patches.map((patch) => ({
      index: patch.index,
      label: patch.label,
      title: patch.title,
      from: patch.from,
      files: patch.files,
      problems: patch.problems,
      findings: patch.findings.map((finding): WireReviewFinding => {
        const textOf = (file: string): string => session.text(patch.index, finding.side, file) ?? '';
        const { introducedBy, fixedBy, start, end, trace, line: _line, patchLine: _patchLine, ...rest } = finding;
        const text = textOf(finding.file);
        return {
          ...rest,
          start: toPosition(text, start),
          end: toPosition(text, end),
          trace: trace.map((step) => {
            const own = textOf(step.file);
            return { message: step.message, file: step.file, start: toPosition(own, step.start), end: toPosition(own, step.end) };
          }),
          ...(introducedBy === undefined ? {} : { introducedBy }),
          ...(fixedBy === undefined ? {} : { fixedBy }),
        };
      }),
    })),
  };
}
