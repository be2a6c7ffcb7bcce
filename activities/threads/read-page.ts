import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import type TurndownService from 'turndown';
import { PipelineError } from '../../src/errors.ts';
import { markdownOf } from './markdown.ts';

export interface Page {
  readonly html: string;
  /** Where it came from: what its links start at. */
  readonly url: string;
}

export interface ReadablePage {
  readonly title: string;
  readonly markdown: string;
}

const ELEMENTS_MAX = 50_000;

/** The article of a page, or all of it where there is none, as Markdown. Throws `TOOL_OUTPUT_INVALID`. */
export function readPage(page: Page): ReadablePage {
  try {
    const options = { serializer: (node: TurndownService.Node) => node };
    const article = new Readability(documentOf(page), options).parse();
    // Readability takes apart what it reads, so the page is read anew.
    const document = documentOf(page);
    const title = document.querySelector('title')?.textContent ?? '';
    return { title: oneLine(article?.title || title), markdown: markdownOf(article?.content ?? document.body) };
  } catch (error) {
    throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read the page: ${(error as Error).message}`);
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** What is used of a document; the types of browsers are not there. */
interface PageDocument {
  readonly body: TurndownService.Node;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

interface PageElement {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
}

const NOT_READ = 'script, style, noscript, template, iframe, object, embed';

function documentOf({ html, url }: Page): PageDocument {
  const { document } = parseHTML(withBody(html)) as unknown as { document: PageDocument };
  for (const element of document.querySelectorAll(NOT_READ)) element.remove();
  const elements = [...document.querySelectorAll('*')].length;
  if (elements > ELEMENTS_MAX) throw new Error(`it has ${elements} elements, at most ${ELEMENTS_MAX} are allowed`);
  const base = URL.parse(document.querySelector('base')?.getAttribute('href') ?? '', url)?.href ?? url;
  for (const link of document.querySelectorAll('a[href]')) setAddress(link, 'href', base);
  for (const image of document.querySelectorAll('img[src]')) setAddress(image, 'src', base);
  return document;
}

/** These tags may be left out in HTML, but the parser does not put them in. */
function withBody(html: string): string {
  if (/<html[\s>]/i.test(html) && /<body[\s>]/i.test(html)) return html;
  return `<html><body>${html.replaceAll(/<\/?(?:html|head|body)(?:\s[^>]*)?>/gi, '')}</body></html>`;
}

/** Whole addresses of the web are kept: what else there is (`data:`, `javascript:`) is long, or leads nowhere. */
function setAddress(element: PageElement, name: string, base: string): void {
  const address = URL.parse(element.getAttribute(name) as string, base);
  if (address !== null && /^(https?|mailto):$/.test(address.protocol)) element.setAttribute(name, address.href);
  else element.removeAttribute(name);
}
