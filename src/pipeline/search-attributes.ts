/** The product's search attributes, with Temporal's type names. They never hold content. */
export const SEARCH_ATTRIBUTES = {
  OrchestratorPipeline: 'Keyword',
  OrchestratorStatus: 'Keyword',
  OrchestratorCostUsd: 'Double',
  OrchestratorTenant: 'Keyword',
} as const;
