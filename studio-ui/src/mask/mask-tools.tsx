import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Button, clsx, IconButton, Segments, Slider, studioWords, Tooltip } from '@atelier/ui-kit';
import { Brush, Contrast, Eraser, Eye, EyeOff, Hand, Lasso, Maximize, MousePointerClick, Redo2, Undo2, ZoomIn, ZoomOut } from 'lucide-react';
import { useId, useState } from 'react';
import { feather, grow, invert } from './bitmap.js';
import type { MaskWork } from './use-mask.js';

const w = studioWords.mask;
const icon = 'size-4';

export const TOOLS = [
  { value: 'brush', key: 'b', icon: <Brush aria-hidden className={icon} /> },
  { value: 'eraser', key: 'e', icon: <Eraser aria-hidden className={icon} /> },
  { value: 'lasso', key: 'l', icon: <Lasso aria-hidden className={icon} /> },
  { value: 'click', key: 's', icon: <MousePointerClick aria-hidden className={icon} /> },
  { value: 'pan', key: 'h', icon: <Hand aria-hidden className={icon} /> },
] as const;
export type Tool = (typeof TOOLS)[number]['value'];

interface Props {
  tool: Tool;
  choose: (tool: Tool) => void;
  removing: boolean;
  setRemoving: (removing: boolean) => void;
  size: number;
  setSize: (size: number) => void;
  largest: number;
  shown: boolean;
  setShown: (shown: boolean) => void;
  work: MaskWork;
  zoom: (factor: number) => void;
  fit: () => void;
  busy: boolean;
}

export function MaskTools(props: Props) {
  const { tool, choose, removing, setRemoving, size, setSize, largest, shown, setShown, work, zoom, fit, busy } = props;
  return (
    <div role="toolbar" aria-label={w.tools} className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-paper px-3 py-2">
      <ToolChoice tool={tool} choose={choose} />
      {(tool === 'brush' || tool === 'eraser') && (
        <div className="w-44">
          <Slider label={w.size} min={1} max={Math.max(2, Math.min(512, largest), size)} value={size} onChange={setSize} />
        </div>
      )}
      {(tool === 'lasso' || tool === 'click') && (
        <Segments
          label={w.mode}
          value={removing ? 'remove' : 'add'}
          options={(['add', 'remove'] as const).map((value) => ({ value, label: w.modes[value] }))}
          onChange={(mode) => setRemoving(mode === 'remove')}
        />
      )}
      <Edge work={work} />
      <div className="flex items-center">
        <IconButton label={w.invert} icon={<Contrast aria-hidden className={icon} />} onClick={() => work.apply(invert)} />
        <IconButton label={w.undo} icon={<Undo2 aria-hidden className={icon} />} disabled={!work.state.canUndo} onClick={work.undo} />
        <IconButton label={w.redo} icon={<Redo2 aria-hidden className={icon} />} disabled={!work.state.canRedo} onClick={work.redo} />
        <IconButton label={w.zoomOut} icon={<ZoomOut aria-hidden className={icon} />} onClick={() => zoom(0.8)} />
        <IconButton label={w.zoomIn} icon={<ZoomIn aria-hidden className={icon} />} onClick={() => zoom(1.25)} />
        <IconButton label={w.fit} icon={<Maximize aria-hidden className={icon} />} onClick={fit} />
        <IconButton
          label={shown ? w.hide : w.show}
          aria-pressed={!shown}
          icon={shown ? <Eye aria-hidden className={icon} /> : <EyeOff aria-hidden className={icon} />}
          onClick={() => setShown(!shown)}
        />
      </div>
      <span className="num text-12 text-ink-soft">{busy ? w.looking : w.share(Math.round(work.state.share * 100))}</span>
    </div>
  );
}

function ToolChoice({ tool, choose }: Pick<Props, 'tool' | 'choose'>) {
  const name = useId();
  return (
    <fieldset>
      <legend className="sr-only">{w.tool}</legend>
      <div className="flex gap-0.5 rounded-house border border-line bg-sunk p-0.5">
        {TOOLS.map(({ value, icon, key }) => (
          <Tooltip key={value} text={`${w.toolNames[value]} (${key.toUpperCase()})`}>
            <label
              className={clsx(
                'relative grid size-8 place-items-center rounded-small border has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-ink',
                value === tool ? 'border-line bg-surface text-ink' : 'border-transparent text-ink-soft hover:text-ink',
              )}
            >
              <input
                type="radio"
                name={name}
                aria-label={w.toolNames[value]}
                className="absolute inset-0 cursor-pointer appearance-none outline-none"
                checked={value === tool}
                onChange={() => choose(value)}
              />
              {icon}
            </label>
          </Tooltip>
        ))}
      </div>
    </fieldset>
  );
}

/** One number for the three things one does to an edge. */
function Edge({ work }: { work: MaskWork }) {
  const [amount, setAmount] = useState(8);
  return (
    <div role="group" aria-label={w.edge} className="flex items-end gap-1.5">
      <div className="w-36">
        <Slider label={w.edge} unit="px" min={1} max={Math.min(PARAMETER_LIMITS.growMax, 128)} value={amount} onChange={setAmount} />
      </div>
      <Button size="small" onClick={() => work.apply((mask) => feather(mask, amount))}>
        {w.feather}
      </Button>
      <Button size="small" onClick={() => work.apply((mask) => grow(mask, amount))}>
        {w.grow}
      </Button>
      <Button size="small" onClick={() => work.apply((mask) => grow(mask, -amount))}>
        {w.shrink}
      </Button>
    </div>
  );
}
