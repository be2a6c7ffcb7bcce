import { answerApproval, connect, followRun, loadConfig, loadValue, startTemporal } from 'orchestrator';

// Answers the approval of a run from a program, as the page or the chat of a company would.
const [runId = 'letter-2', choice = 'send'] = process.argv.slice(2);
const config = loadConfig(process.env);
const connection = await connect(config, await startTemporal(config, console.error));

for await (const { approvals = [] } of followRun(connection, runId)) {
  const [asked] = approvals;
  if (asked?.edit === undefined) continue;
  const draft = await loadValue(connection, asked.edit);
  const { isDecided } = await answerApproval(connection, runId, {
    step: asked.step,
    choice,
    edited: `${draft as string}\n\nYours, the support team`,
    answer: { reason: 'It was our fault', refund: 20 },
    by: 'grace',
    groups: ['support'], // a program that answers for people knows who they are
  });
  console.log(`${asked.message} ${isDecided ? choice : 'More answers are needed'}`);
  break;
}

await connection.close();
