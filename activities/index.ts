import { hostFunctions } from '../src/pipeline/expression-host.ts';
import { renderTemplate } from '../src/pipeline/template.ts';
import type { ArtifactStore } from './artifacts/store.ts';
import { withQualityFiles } from './artifacts/quality-files.ts';
import { writeRunRecord } from './artifacts/run-records.ts';
import type { Activities } from './calls.ts';
import { createControl } from './control/control.ts';
import { asActivity } from './failure.ts';
import { createSweep } from './models/sweep-streams.ts';
import { keepValue, loadScope } from './values.ts';

/** The calls that need something of the worker: made by their folders, registered here. */
export type Calls = Pick<Activities, 'invokeModel' | 'callTool' | 'runCheck' | 'findReusable' | 'checkParts'>;

/** The registered activities. Every one goes through `asActivity`, so that every failure has one of our codes. */
export function createActivities(store: ArtifactStore, calls: Calls): Activities {
  const control = createControl(store);
  const sweepStreams = createSweep(store);
  return {
    expandItems: (call) => asActivity(() => control.expandItems(call)),
    readItems: (call) => asActivity(() => control.readItems(call)),
    collectItems: (call) => asActivity(() => control.collectItems(call)),
    resolveInputs: (call) => asActivity(() => control.resolveInputs(call)),
    readUndo: (call) => asActivity(() => control.readUndo(call)),
    keepValues: (call) => asActivity(() => control.keepValues(call)),
    saveFile: (call) => asActivity(() => control.saveFile(call)),
    invokeModel: (call) => asActivity(() => calls.invokeModel(call)),
    callTool: (call) => asActivity(() => calls.callTool(call)),
    runCheck: (call) => asActivity(() => calls.runCheck(call)),
    findReusable: (call) => asActivity(() => calls.findReusable(call)),
    checkParts: (call) => asActivity(() => calls.checkParts(call)),
    render: ({ tenant, scope, template }) =>
      asActivity(async () => {
        const values = await loadScope(store, tenant, scope);
        return keepValue(store, tenant, renderTemplate(template, values, { host: hostFunctions }));
      }),
    writeRecord: ({ tenant, record }) =>
      asActivity(async () => {
        await writeRunRecord(store, tenant, await withQualityFiles(store, tenant, record));
        sweepStreams(tenant);
      }),
  };
}
