import { createContext } from 'svelte';

const HIDDEN = 'wattline.band.hidden';

/** How the frame around the pages stands. */
export class Frame {
  /** The band is hidden for more room (PER-13); for this tab only, so that no one loses it. */
  bandHidden = $state(sessionStorage.getItem(HIDDEN) === 'yes');

  toggleBand(): void {
    this.bandHidden = !this.bandHidden;
    sessionStorage.setItem(HIDDEN, this.bandHidden ? 'yes' : 'no');
  }
}

export const [getFrame, setFrame] = createContext<Frame>();
