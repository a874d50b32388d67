import { describeInFlight } from '../contracts/in-flight.ts';
import { createMemoryInFlight } from './memory-in-flight.ts';

const memory = createMemoryInFlight();
describeInFlight('memory', () => memory);
