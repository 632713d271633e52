// Loaded into a server that runs as a program of its own (--import), beside --expose-gc: when it is asked, it collects
// garbage, and says what memory and which handles are left.
process.on('message', () => {
  globalThis.gc()
  // What is freed by finalizers takes another turn.
  setImmediate(() => {
    globalThis.gc()
    process.send?.({ ...process.memoryUsage(), handles: process.getActiveResourcesInfo() })
  })
})
process.channel?.unref()
