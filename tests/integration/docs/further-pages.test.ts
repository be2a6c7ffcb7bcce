import { followPages, FURTHER_PAGES } from './followed-pages.ts';

followPages(FURTHER_PAGES);
