/** Three sines 120° apart as SVG paths, `periods` of them over a frame of `width` × `height`. */
export function threePhases(width: number, height: number, periods: number): string[] {
  const STEPS = 96;
  return [0, 1, 2].map((phase) => {
    const points = Array.from({ length: STEPS + 1 }, (_, step) => {
      const x = (step / STEPS) * width;
      const angle = (step / STEPS) * periods * 2 * Math.PI - (phase * 2 * Math.PI) / 3;
      const y = (height / 2) * (1 - 0.98 * Math.sin(angle));
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    return `M${points.join('L')}`;
  });
}
