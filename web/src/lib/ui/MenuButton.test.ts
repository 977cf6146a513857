import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import MenuButton from './MenuButton.svelte';

const choose = vi.fn();
const children = createRawSnippet(() => ({ render: () => '<span>EN</span>' }));

beforeEach(() => {
  choose.mockClear();
  render(MenuButton, {
    label: 'Language',
    items: [
      { value: 'en', label: 'English', checked: true },
      { value: 'fr', label: 'Français', checked: false },
    ],
    choose,
    children,
  });
});

const button = () => screen.getByRole('button', { name: 'Language' });
const menu = () => screen.queryByRole('menu');

test('opens with the focus on what is chosen, walks, chooses and gives the focus back', async () => {
  await userEvent.click(button());
  await vi.waitFor(() =>
    expect(screen.getByRole('menuitemradio', { name: 'English' })).toHaveFocus(),
  );
  await userEvent.keyboard('{ArrowDown}{Enter}');
  expect(choose).toHaveBeenCalledWith('fr');
  expect(menu()).toBeNull();
  expect(button()).toHaveFocus();
});

test('closes by Escape without choosing', async () => {
  await userEvent.click(button());
  await vi.waitFor(() => expect(menu()?.contains(document.activeElement)).toBe(true));
  await userEvent.keyboard('{Escape}');
  expect(menu()).toBeNull();
  expect(choose).not.toHaveBeenCalled();
  expect(button()).toHaveFocus();
});

test('closes when the focus goes elsewhere', async () => {
  await userEvent.click(button());
  await vi.waitFor(() => expect(menu()?.contains(document.activeElement)).toBe(true));
  (document.activeElement as HTMLElement).blur();
  await vi.waitFor(() => expect(menu()).toBeNull());
});
