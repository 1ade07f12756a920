export { defineConfig, provideConfig, environment, ConfigFault, type ConfigOf, type EnvReader } from './config.js';
export { coreConfig } from './core-config.js';
