import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { onSessionLost } from '$lib/api/client';
import { i18n } from '$lib/i18n/index.svelte';
import { Session } from '$lib/session/session.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

// The catalogue and the question who is logged in travel at the same time.
const session = new Session();
onSessionLost(() => session.end());
const started = session.start();
await i18n.use(i18n.preferred());
await started;
mount(App, { target, props: { session } });
