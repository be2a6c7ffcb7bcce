/** How the bench is called. */
export const USAGE = `npm run bench                              all scenarios, at most 15 minutes
npm run bench -- --smoke                   fewer of them, at most 90 seconds
npm run bench -- --only one-step,fan-100   these only
npm run bench -- --minutes 5                no new round after so long
npm run bench -- --cpu-prof FOLDER         and the CPU profiles of the workers
npm run bench -- report FILE [FILE …]      recordings as one page, each scenario from the last that has it
npm run bench -- report FILE … --write     the same into docs/performance.md
npm run bench -- compare OLD NEW           two recordings side by side`;
