import { followPages, OWN_PAGES } from './followed-pages.ts';

followPages(OWN_PAGES);
