import { FIRST_PAGES, followPages } from './followed-pages.ts';

followPages(FIRST_PAGES);
