export { GpuAlarmsModule } from './gpu-alarms.module.js';
export { GpuAlarmWatch } from './gpu-alarm-watch.service.js';
