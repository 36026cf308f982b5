/** Markdown as elements: sanitised, without raw HTML, loaded only where a report is read. */
import ReactMarkdown from 'react-markdown';
import rehypeSanitize from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { visible } from '@/ui/inert';

export default function Markdown({ text }: { text: string }) {
  return (
    <div className="prose-report">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[rehypeSanitize]}
        // A report makes no requests of its own.
        disallowedElements={['img']}
      >
        {visible(text)}
      </ReactMarkdown>
    </div>
  );
}
