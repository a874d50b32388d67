import { describeTimeLimits } from '../contracts/provider.ts';
import { VARIANTS } from './variants/all.ts';

// Apart from the rest of the contract, because it waits for real seconds.
describeTimeLimits(VARIANTS);
