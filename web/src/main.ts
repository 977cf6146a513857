import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { basePath, onSessionLost } from '$lib/api/client';
import { i18n } from '$lib/i18n/index.svelte';
import { Session } from '$lib/session/session.svelte';
import { logInAddress } from './pages';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

// The catalogue and the question who is logged in travel at the same time.
const session = new Session();
onSessionLost(() => session.end());
const started = session.start();
await i18n.use(i18n.preferred());
await started;

// Where nobody is logged in the log-in page is gone to right away: the frame and the page behind it
// are fetched by whoever comes in.
const from = location.pathname.slice(basePath().length) + location.search;
if (session.current === null && !from.startsWith('/login')) {
  history.replaceState(null, '', basePath() + logInAddress(from));
}
mount(App, { target, props: { session } });
