import { createTheme, type MantineColorsTuple } from '@mantine/core';

// One quiet blue, dark enough for white text on it (4.5:1) from shade 6 on.
const sea: MantineColorsTuple = [
    '#eef4fc',
    '#dbe7f8',
    '#b4cdf1',
    '#8ab2ea',
    '#6599e3',
    '#4c86dc',
    '#2a66c4',
    '#2158ae',
    '#1a4b98',
    '#123e82',
];

// The dark side of styles.css, for what Mantine draws.
const dark: MantineColorsTuple = [
    '#e5e8ec',
    '#c6ccd4',
    '#9aa5b1',
    '#7c8794',
    '#3a424d',
    '#2f363f',
    '#1d2228',
    '#171b20',
    '#13171b',
    '#0f1216',
];

export const theme = createTheme({
    colors: { sea, dark },
    primaryColor: 'sea',
    primaryShade: { light: 6, dark: 6 },
    fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Color Emoji", sans-serif',
    fontFamilyMonospace:
        'ui-monospace, "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
    defaultRadius: 'sm',
    fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
    cursorType: 'pointer',
    focusRing: 'auto',
    respectReducedMotion: true,
});
