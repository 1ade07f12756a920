import { PARAMETER_LIMITS } from '@atelier/contracts';
import { familyOf, formatSeconds, Slider, studioWords } from '@atelier/ui-kit';
import { Part } from './group.js';
import { MakingSettings } from './making.js';
import { SizeField } from './size-field.js';
import { useModels } from './use-models.js';
import type { PartProps } from './what.js';

const w = studioWords.create;
const limits = PARAMETER_LIMITS;

export function VideoSettings(props: PartProps) {
  const { draft, faults, onChange } = props;
  const { used } = useModels(draft);
  // Some families make only clips of n · step + 1 frames.
  const step = familyOf(used?.base)?.frameStep ?? 1;
  return (
    <>
      <SizeField {...props} />
      <Part>
        <Slider
          label={w.frames}
          hint={w.framesHint(formatSeconds(draft.frames / draft.fps))}
          min={1}
          max={limits.videoFramesMax}
          step={step}
          value={draft.frames}
          error={faults.frames}
          onChange={(frames) => onChange({ frames })}
        />
        <Slider label={w.fps} min={1} max={limits.fpsMax} value={draft.fps} error={faults.fps} onChange={(fps) => onChange({ fps })} />
        <Slider
          label={w.motion}
          hint={w.motionHint}
          min={1}
          max={255}
          value={draft.motionBucket}
          error={faults.motionBucket}
          onChange={(motionBucket) => onChange({ motionBucket })}
        />
      </Part>
      <MakingSettings {...props} />
    </>
  );
}

export function InterpolateSettings({ draft, faults, onChange }: PartProps) {
  return (
    <Part>
      <Slider
        label={w.targetFps}
        hint={w.targetFpsHint}
        min={1}
        max={limits.targetFpsMax}
        value={draft.targetFps}
        error={faults.targetFps}
        onChange={(targetFps) => onChange({ targetFps })}
      />
    </Part>
  );
}
