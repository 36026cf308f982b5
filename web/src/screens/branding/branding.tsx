/** How the organization's reports look, and how that will be. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { ReportBranding } from '@/client';
import {
  getReportBrandingOptions,
  getReportBrandingQueryKey,
  putReportBrandingMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { CONTRAST_MIN, contrastOnWhite } from './contrast';
import { Logo, logoAddress } from './logo';
import { Preview } from './preview';

/** Longest name and foot, characters, as the API takes them. */
const NAME_CHARS_MAX = 60;
const FOOTER_CHARS_MAX = 120;

export function Branding() {
  const look = useQuery(getReportBrandingOptions());
  return (
    <Screen
      title="Branding"
      says="How reports look that are written from now on; those that are written stay as they are."
      narrow
    >
      {look.isPending && <Waiting what="the look" />}
      {look.isError && <ProblemNotice error={look.error} retry={() => void look.refetch()} />}
      {look.data && <Look look={look.data} />}
    </Screen>
  );
}

function Look({ look }: { look: ReportBranding }) {
  const mayChange = useMay('organization:write');
  const cache = useQueryClient();
  const [name, setName] = useState(look.name);
  const [color, setColor] = useState(look.color);
  const [footer, setFooter] = useState(look.footer);
  const save = useMutation({
    ...putReportBrandingMutation(),
    onSuccess: (saved) => {
      cache.setQueryData(getReportBrandingQueryKey(), saved);
      say('Saved. The next report looks like this.');
    },
  });
  const contrast = contrastOnWhite(color);
  const tooLight = contrast !== undefined && contrast < CONTRAST_MIN;
  return (
    <>
      <Card title="Look">
        <fieldset disabled={!mayChange} className="contents">
          <Form
            errors={save.error ? asProblem(save.error).byField() : {}}
            onSubmit={() => save.mutate({ body: { name, color, footer } })}
          >
            <TextField
              label="Name"
              name="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
              required
              maxLength={NAME_CHARS_MAX}
              hint="Stands above the title."
            />
            <div className="flex items-end gap-3">
              <TextField
                label="Colour"
                name="color"
                value={color}
                onChange={(event) => setColor(event.target.value)}
                required
                pattern="#[0-9a-fA-F]{6}"
                hint={
                  tooLight
                    ? `Too light to be read on white: ${contrast.toFixed(1)} to 1, and 4.5 is needed.`
                    : 'Of name, headings and links, such as #1f5fbf.'
                }
              />
              <input
                type="color"
                aria-label="Pick a colour"
                value={contrast === undefined ? '#000000' : color.toLowerCase()}
                onChange={(event) => setColor(event.target.value)}
                className="mb-6 h-9 w-14 rounded-md border border-line-strong bg-surface"
              />
            </div>
            <TextField
              label="Foot"
              name="footer"
              value={footer}
              onChange={(event) => setFooter(event.target.value)}
              maxLength={FOOTER_CHARS_MAX}
              hint="Stands at the foot of every page; may be empty."
            />
            <ProblemNotice error={save.error} />
            {mayChange && (
              <div>
                <Button type="submit" look="primary" busy={save.isPending} disabled={tooLight}>
                  Save
                </Button>
              </div>
            )}
          </Form>
        </fieldset>
      </Card>
      <Logo look={look} />
      <Preview
        logo={logoAddress(look)}
        name={name}
        color={contrast === undefined ? look.color : color}
        footer={footer}
      />
    </>
  );
}
