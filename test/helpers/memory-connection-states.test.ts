import { describeConnectionStates } from '../contracts/connection-states.ts';
import { createMemoryConnectionStates } from './memory-connection-states.ts';

const memory = createMemoryConnectionStates();
describeConnectionStates('memory', () => memory);
