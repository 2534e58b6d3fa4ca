import type { AppErrorData, ErrorCode } from './errors';
import type { PatientListProblem } from './naming/patient-list';
import { m } from './messages/messages';
import type { Locale } from './messages/runtime';

type Underscored<Text extends string> = Text extends `${infer Head}-${infer Tail}` ? `${Head}_${Underscored<Tail>}` : Text;
type NeededKey = `error_${Underscored<ErrorCode>}` | `problem_${Underscored<PatientListProblem>}`;
type Message = (inputs: Record<string, unknown>, options: { locale?: Locale }) => string;

// Assigning names every code without a text at compile time; which parameters a text wants is checked by a test.
const texts: Record<NeededKey, unknown> = m;

/** Their `problem` is a code of its own. */
const LISTS: readonly ErrorCode[] = ['patient-list-invalid', 'label-list-invalid'];

/**
 * One sentence that says what happened and a way forward, in the language asked for, else the current one. A parameter that whoever
 * threw did not know is shown as a dash.
 */
export function messageForError(error: Pick<AppErrorData, 'code' | 'params'>, locale?: Locale): string {
  const params = { ...error.params };
  if (LISTS.includes(error.code)) params['problem'] = problemText(String(params['problem'] ?? '–'), locale);
  return textOf(`error_${error.code}`, params, locale) ?? error.code;
}

function problemText(problem: string, locale: Locale | undefined): string {
  return textOf(`problem_${problem}`, {}, locale) ?? problem;
}

function textOf(name: string, params: Record<string, unknown>, locale: Locale | undefined): string | null {
  const key = name.replaceAll('-', '_');
  const message = Object.hasOwn(texts, key) ? (texts as Record<string, Message>)[key] : undefined;
  if (message === undefined) return null;
  const known = new Proxy(params, { get: (target, parameter): unknown => shown(target[String(parameter)]) });
  return message(known, locale === undefined ? {} : { locale });
}

function shown(parameter: unknown): unknown {
  return parameter === undefined || parameter === '' ? '–' : parameter;
}
