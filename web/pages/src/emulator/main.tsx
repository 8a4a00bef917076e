import '@fontsource-variable/inter/index.css';
import '@mantine/core/styles.css';
import '../shared/styles.css';
import '../shared/chat.css';
import './emulator.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';

createRoot(document.getElementById('root')!).render(
    <StrictMode>
        <App />
    </StrictMode>,
);
