import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const api = 'http://localhost:3000';

export default defineConfig({
  base: '/admin/',
  publicDir: '../ui-kit/public',
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@atelier/contracts': fileURLToPath(new URL('../contracts/src/index.ts', import.meta.url)) } },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // The browsers that know `light-dark()`.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The content security policy allows fonts and pictures from our own address only.
    assetsInlineLimit: 0,
  },
  server: { port: 5174, proxy: { '/api': api, '/files': api } },
});
