import { Context } from '@temporalio/activity';
import { Liquid } from 'liquidjs';

const liquid = new Liquid();

/** The same work as the product's tools `text.template` and `http.request` do, and no more. */
export const rawActivities = {
  async fillTemplate({ template, data }: { template: string; data: object }): Promise<string> {
    return (await liquid.parseAndRender(template, data)) as string;
  },

  async request(url: string): Promise<number> {
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat(), 500);
    try {
      const response = await fetch(url, { signal: context.cancellationSignal });
      await response.arrayBuffer();
      return response.status;
    } finally {
      clearInterval(timer);
    }
  },
};

export type RawActivities = typeof rawActivities;
