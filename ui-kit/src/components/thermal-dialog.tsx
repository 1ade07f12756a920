import { THERMAL_MODES, type ThermalMode } from '@atelier/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Model, setThermal, thermalQuery } from '../api/models.js';
import { formatBytes, formatDateTime, formatMicros, formatSeconds } from '../format.js';
import { words } from '../strings.js';
import { Button } from './button.js';
import { Facts } from './card.js';
import { Dialog } from './dialog.js';
import { Field, Select } from './field.js';
import { Slider } from './slider.js';
import { ErrorState, Skeleton } from './states.js';
import { toast } from './toast.js';

const w = words.thermal;
const WARM_MINUTES = { standard: 30, min: 5, max: 240, step: 5 };
const ORDER: readonly ThermalMode[] = ['AUTOMATIC', 'COLD', 'WARM', 'HOT', 'OFF'] satisfies readonly (typeof THERMAL_MODES)[number][];

/** Where a model's weights are kept, and what another state would cost before it is chosen. */
export function ThermalDialog({ model, onClose }: { model: Model | null; onClose: () => void }) {
  const queries = useQueryClient();
  const { data, error } = useQuery({ ...thermalQuery(model?.id ?? ''), enabled: model !== null });
  const [mode, setMode] = useState<ThermalMode | null>(null);
  const [minutes, setMinutes] = useState<number>(WARM_MINUTES.standard);
  const save = useMutation({
    mutationFn: ({ id, chosen }: { id: string; chosen: ThermalMode }) => setThermal(id, chosen, chosen === 'WARM' ? minutes : undefined),
    onSuccess: () => {
      toast(w.saved(model?.name ?? ''));
      close();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['models'] }),
  });
  const close = (): void => {
    save.reset();
    setMode(null);
    onClose();
  };
  const chosen = mode ?? data?.mode ?? 'COLD';
  return (
    <Dialog
      open={model !== null}
      onClose={close}
      title={w.title(model?.name ?? '')}
      footer={
        <>
          <Button onClick={close}>{words.action.cancel}</Button>
          <Button kind="main" busy={save.isPending} disabled={!data} onClick={() => model && save.mutate({ id: model.id, chosen })}>
            {w.save}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {(error ?? save.error) && <ErrorState error={error ?? save.error} inline />}
        <Field label={w.mode}>
          {(ids) => (
            <Select
              {...ids}
              value={chosen}
              options={ORDER.map((value) => ({ value, label: w.modes[value] }))}
              onChange={(event) => setMode(event.target.value as ThermalMode)}
            />
          )}
        </Field>
        {chosen === 'WARM' && <Slider label={w.minutes} unit="min" {...WARM_MINUTES} value={minutes} onChange={setMinutes} />}
        {data ? (
          <Facts
            rows={[
              [w.now, `${w.short[data.state]}, ${w.services[data.service]}`],
              data.warmUntil && [w.warmUntil, formatDateTime(data.warmUntil)],
              [w.size, formatBytes(data.cost.bytes)],
              [w.load, w.loadOf(formatSeconds(data.cost.loadMs / 1000), formatMicros(data.cost.loadMicros))],
              [w.keep, w.keepOf(formatMicros(String(BigInt(data.cost.minuteMicros) * 60n)))],
            ]}
          />
        ) : (
          !error && <Skeleton className="h-28" />
        )}
      </div>
    </Dialog>
  );
}
