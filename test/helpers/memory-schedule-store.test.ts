import { describeScheduleStore } from '../contracts/schedule-store.ts';
import { createMemoryScheduleStore } from './memory-schedule-store.ts';

const store = createMemoryScheduleStore();
describeScheduleStore('memory', () => store);
