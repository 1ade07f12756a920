import type { GpuClass } from '@atelier/contracts';

/**
 * On-demand list prices in dollars per hour (domain §5). They put unlike classes on one scale when a lane is chosen and when the fair order
 * counts service; what a job costs comes from billing's rate cards, never from here.
 */
export const LIST_RATE: Readonly<Record<GpuClass, number>> = { CPU: 0.04, T4: 0.35, L4: 0.7, A10G: 1, A100: 2.5, H100: 4 };
