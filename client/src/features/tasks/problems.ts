import type { BesaceError } from '@besace/matrix/api/types';
import { useI18n } from 'vue-i18n';
import { useSay } from '../../app/errors.ts';
import type { BoardProblem } from './useBoard.ts';

/** The plain sentence of why a change was not made. */
export function useSayProblem(): (problem: BoardProblem) => string {
  const { t } = useI18n();
  const say = useSay();
  return (problem) => (isRefusal(problem) ? t(`tasks.problems.${refusalKey(problem)}`) : say(problem));
}

type Refusal = Extract<BoardProblem, { readonly field: string }>;

/** Each has its sentence at `tasks.problems.<key>`. */
export function refusalKey({ code, field }: Refusal): string {
  if (code === 'full') return field === 'labels' ? 'full-labels' : 'full-assignees';
  if (code === 'unknown') return 'gone';
  return field === 'title' || field === 'description' || field === 'labels' || field === 'due'
    ? `invalid-${field}`
    : 'invalid-other';
}

function isRefusal(problem: BoardProblem): problem is Refusal {
  return !isFailure(problem);
}

function isFailure(problem: BoardProblem): problem is BesaceError {
  return !('field' in problem);
}
