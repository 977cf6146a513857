import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/svelte';
import { afterEach } from 'vitest';

// What one test rendered must not be found by the next.
afterEach(cleanup);
