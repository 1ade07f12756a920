-- fleet: which engine of a box runs a task; until now there was one.
ALTER TABLE task ADD COLUMN engine text NOT NULL DEFAULT 'builtin' CHECK (engine IN ('builtin', 'comfyui', 'onnx'));
