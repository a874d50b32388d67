import { GROUPS, tryPages } from './try-pages.ts';

tryPages(GROUPS.first);
