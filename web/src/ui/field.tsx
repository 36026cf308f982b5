/** Form fields: a label, a control, what is wrong with it. */
import { Field as Base } from '@base-ui/react/field';
import { Form as BaseForm } from '@base-ui/react/form';
import type { ComponentProps, FormEvent, ReactNode } from 'react';
import { classes } from './classes';

const CONTROL =
  'w-full rounded-md border border-line-strong bg-surface px-3 py-1.5 text-ink placeholder:text-ink-muted disabled:opacity-60 data-[invalid]:border-danger aria-[invalid=true]:border-danger';

/** A form whose fields show the API's reasons; `errors` by field name. */
export function Form(props: {
  errors?: Record<string, string>;
  onSubmit: (values: FormData) => void;
  children: ReactNode;
  className?: string;
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    props.onSubmit(new FormData(event.currentTarget));
  };
  return (
    <BaseForm
      errors={props.errors ?? {}}
      onSubmit={submit}
      className={classes('grid gap-4', props.className)}
    >
      {props.children}
    </BaseForm>
  );
}

interface Labelled {
  label: string;
  name: string;
  hint?: ReactNode;
}

function Frame({ label, name, hint, children }: Labelled & { children: ReactNode }) {
  return (
    <Base.Root name={name} className="grid gap-1">
      <Base.Label className="text-sm font-medium">{label}</Base.Label>
      {children}
      {hint !== undefined && (
        <Base.Description className="text-[0.8125rem] text-ink-muted">{hint}</Base.Description>
      )}
      <Base.Error className="text-[0.8125rem] font-medium text-danger" />
    </Base.Root>
  );
}

/** One line of text. */
export function TextField({
  label,
  name,
  hint,
  ...rest
}: Labelled & Omit<ComponentProps<'input'>, 'name'>) {
  return (
    <Frame label={label} name={name} hint={hint}>
      <Base.Control {...rest} className={CONTROL} />
    </Frame>
  );
}

/** Several lines of text. */
export function TextArea({
  label,
  name,
  hint,
  ...rest
}: Labelled & Omit<ComponentProps<'textarea'>, 'name'>) {
  return (
    <Frame label={label} name={name} hint={hint}>
      <Base.Control
        render={<textarea {...rest} />}
        className={classes(CONTROL, 'font-mono text-sm', rest.className)}
      />
    </Frame>
  );
}

/** One of a few; the platform's own control, which every keyboard and phone knows. */
export function Choice<T extends string>(props: {
  label: string;
  value: T | '';
  options: readonly (readonly [value: T | '', says: string])[];
  onChange: (value: T | '') => void;
  hideLabel?: boolean;
}) {
  return (
    <label className="inline-flex items-center gap-1.5 text-sm">
      <span className={props.hideLabel ? 'sr-only' : 'text-ink-muted'}>{props.label}</span>
      <select
        className="min-h-8 rounded-md border border-line-strong bg-surface px-2 py-1 text-sm text-ink"
        value={props.value}
        onChange={(event) => props.onChange(event.target.value as T | '')}
      >
        {props.options.map(([value, says]) => (
          <option key={value} value={value}>
            {says}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Text that narrows a list; `/` puts the cursor here. */
export function FilterText(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <input
      type="search"
      data-filter
      aria-label={props.label}
      placeholder={props.label}
      defaultValue={props.value}
      // A new address (back, a link) is a new starting text.
      key={props.value}
      onKeyDown={(event) => {
        if (event.key === 'Enter') props.onChange(event.currentTarget.value);
      }}
      onBlur={(event) => {
        if (event.currentTarget.value !== props.value) props.onChange(event.currentTarget.value);
      }}
      className="min-h-8 w-64 max-w-full rounded-md border border-line-strong bg-surface px-2.5 py-1 text-sm"
    />
  );
}

/** One of several ways, each with a sentence. */
export function RadioCards<T extends string>(props: {
  legend: string;
  name: string;
  value: T;
  options: readonly { value: T; name: string; says: ReactNode }[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{props.legend}</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {props.options.map((option) => (
          <label
            key={option.value}
            className="flex cursor-pointer items-start gap-2.5 rounded-lg border border-line bg-surface p-3 has-checked:border-accent has-checked:bg-accent-tint has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={props.name}
              value={option.value}
              checked={option.value === props.value}
              onChange={() => props.onChange(option.value)}
              className="mt-1 accent-accent"
            />
            <span className="grid gap-0.5">
              <span className="text-sm font-medium">{option.name}</span>
              <span className="text-[0.8125rem] text-ink-muted">{option.says}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
