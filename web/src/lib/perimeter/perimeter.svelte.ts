import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { VIEWS, type View } from './tree';

const PINNED = 'wattline.perimeter.pinned';
const VIEW = 'wattline.perimeter.view';

/** How the perimeter stands: open, closed to a rail, or pinned open; and how its tree is sorted. */
export class Perimeter {
  /** Pinned, it stands beside the page; remembered per browser (PER-02). */
  pinned = $state(read(PINNED) !== 'no');
  /** Opened over the page for one choice, when it is not pinned. */
  opened = $state(false);
  /** The view chosen last, for addresses that do not name one. */
  view = $state<View>(VIEWS.find((view) => view === read(VIEW)) ?? 'location');
  filter = $state('');
  /** What people opened and closed in the tree, by node. */
  byHand = new SvelteMap<string, boolean>();

  pin(): void {
    this.pinned = true;
    this.opened = false;
    write(PINNED, 'yes');
  }

  /** Unpins it and leaves it open over the page, so that what one looked at is still there. */
  unpin(): void {
    this.pinned = false;
    this.opened = true;
    write(PINNED, 'no');
  }

  open(): void {
    this.opened = true;
  }

  close(): void {
    this.opened = false;
    if (!this.pinned) return;
    this.pinned = false;
    write(PINNED, 'no');
  }

  /** After a choice the page is what matters; only a pinned panel stays. */
  chosen(): void {
    this.opened = false;
  }

  useView(view: View): void {
    this.view = view;
    write(VIEW, view);
  }
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage may be forbidden; the choice then holds for this visit.
  }
}

export const [getPerimeter, setPerimeter] = createContext<Perimeter>();
