/** A refusal or failure: what, what to do, and the id to quote. */
import { TriangleAlert } from 'lucide-react';
import { asProblem } from '@/api/problem';
import { Button } from './button';
import { CopyButton } from './copy-button';

export function ProblemNotice(props: { error: unknown; retry?: () => void }) {
  if (props.error === null || props.error === undefined) return null;
  const problem = asProblem(props.error);
  const page = problem.page();
  return (
    <div
      role="alert"
      className="grid gap-2 rounded-lg border border-danger bg-critical-tint p-3 text-sm text-ink"
    >
      <p className="flex items-start gap-2 font-medium">
        <TriangleAlert size={18} aria-hidden className="mt-0.5 shrink-0 text-danger" />
        <span className="first-letter:uppercase inline-block">{problem.message}</span>
      </p>
      {problem.advice !== '' && <p>{problem.advice}</p>}
      {problem.fields.length > 0 && (
        <ul className="list-disc pl-6">
          {problem.fields.map(({ field, reason }) => (
            <li key={`${field} ${reason}`}>
              <code className="font-mono">{field}</code>: {reason}
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <code className="font-mono text-xs text-ink-muted">
          {page === undefined ? (
            problem.code
          ) : (
            <a href={page} className="underline">
              {problem.code}
            </a>
          )}
          {problem.requestId && ` · request ${problem.requestId}`}
        </code>
        {problem.requestId && <CopyButton value={problem.requestId} what="request id" />}
        {props.retry && (
          <Button size="small" onClick={props.retry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
