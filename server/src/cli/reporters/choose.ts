/** From the name of a format to the report of `check`. Reporters load when they are asked for. */
import { catalogue } from '../../rules/catalogue.js';
import type { FindingFormat } from '../arguments.js';
import type { CheckResult, ReportContext } from '../located.js';

/** The report as text, with a trailing newline unless empty. */
export async function reportCheck(format: FindingFormat, result: CheckResult, context: ReportContext): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('./text.js')).reportText(result, context);
    case 'gcc':
      return (await import('./gcc.js')).reportGcc(result, context);
    case 'json':
      return (await import('./json.js')).reportJson(result);
    case 'sarif':
      return (await import('./sarif.js')).reportSarif(result, catalogue);
    case 'github':
      return (await import('./github.js')).reportGithub(result, context);
    case 'gitlab':
      return (await import('./gitlab.js')).reportGitlab(result, context);
    case 'b4':
      return (await import('./b4.js')).reportB4(result, context);
    case 'mail':
      return (await import('./mail.js')).reportMail(result, context);
  }
}
