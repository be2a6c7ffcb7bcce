// The SDK takes a stack trace whenever a promise is made, so that it can show where a workflow waits: two thirds of the
// processor time of a run. This interpreter always waits in the same few places; the view says which step waits.
Error.stackTraceLimit = 0;
