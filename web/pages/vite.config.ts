import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Two pages, each served by its service from its own path: the call emulator has /test-interface and its files below
// /test-interface/assets, the sandbox /sandbox and /sandbox/assets (libs/app, page.hpp). All links are relative, so that
// a proxy may put a service under a path of its own.
const paths: Record<string, string> = {
    'test-interface.html': 'test-interface/',
    'sandbox.html': 'sandbox/',
};

// Where `npm run dev` finds the services.
const emulator = process.env.CALL_EMULATOR_URL ?? 'http://127.0.0.1:8025';
const sandbox = process.env.SANDBOX_URL ?? 'http://127.0.0.1:8029';

export default defineConfig({
    plugins: [react()],
    base: './',
    html: { cspNonce: '__CSP_NONCE__' },
    build: {
        outDir: process.env.PAGES_OUT ?? 'dist',
        emptyOutDir: true,
        // Debian 12's browsers and the phones of the last four years.
        target: 'es2022',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        chunkSizeWarningLimit: 900,
        rollupOptions: {
            input: Object.keys(paths),
            output: {
                // What both pages and most releases share stays in the browser's cache.
                manualChunks(id) {
                    if (id.includes('/node_modules/')) return 'vendor';
                    return id.includes('/src/shared/') ? 'shared' : undefined;
                },
            },
        },
    },
    experimental: {
        renderBuiltUrl(filename, { hostId, hostType }) {
            return hostType === 'html' ? paths[hostId] + filename : { relative: true };
        },
    },
    server: {
        proxy: {
            '/patterns': emulator,
            '/emulate': emulator,
            '/runs': emulator,
            '/ready': emulator,
            '^/sandbox/(?!assets)': sandbox,
        },
    },
});
