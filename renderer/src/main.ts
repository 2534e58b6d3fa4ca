import './styles/fonts';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { createWindowApi } from './lib/api';

const target = document.getElementById('app');
if (target !== null) mount(App, { target, props: { api: createWindowApi(window.netra) } });
