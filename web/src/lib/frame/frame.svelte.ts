import { createContext } from 'svelte';

const HIDDEN = 'wattline.band.hidden';

/** What the shell and its pages tell each other. */
export class Frame {
  /** What the open page is about, such as a circuit's name; it leads the document's title. */
  subject = $state<string | null>(null);
  /** The band is hidden for more room (PER-13); for this tab only, so that no one loses it. */
  bandHidden = $state(sessionStorage.getItem(HIDDEN) === 'yes');

  toggleBand(): void {
    this.bandHidden = !this.bandHidden;
    sessionStorage.setItem(HIDDEN, this.bandHidden ? 'yes' : 'no');
  }
}

export const [getFrame, setFrame] = createContext<Frame>();
