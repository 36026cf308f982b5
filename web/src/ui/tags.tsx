/** Words people marked something with. */
import { Inert } from './inert';

export function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <ul aria-label="Tags" className="flex flex-wrap gap-1">
      {tags.map((tag) => (
        <li
          key={tag}
          className="rounded-md border border-line-strong px-1.5 text-[0.8125rem] break-all"
        >
          <Inert>{tag}</Inert>
        </li>
      ))}
    </ul>
  );
}
