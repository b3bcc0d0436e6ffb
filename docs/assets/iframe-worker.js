/* Search runs in a worker, which browsers refuse to pages that are opened from a folder. There, a hidden frame runs the
   worker's script instead, and the messages go through this class. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super()
      this.onmessage = this.onerror = null
      const frame = document.createElement("iframe")
      frame.hidden = true
      this.frame = frame
      this.ready = new Promise(resolve => {
        window.addEventListener("message", event => {
          if (event.source !== frame.contentWindow) return
          const copy = new MessageEvent("message", { data: event.data })
          if (this.onmessage) this.onmessage(copy)
          this.dispatchEvent(copy)
        })
        frame.addEventListener("load", resolve, { once: true })
      })
      const script = new URL(address, document.baseURI).href.replaceAll('"', "&quot;")
      // In the frame `postMessage` is the worker's way out; what comes in is an ordinary message event.
      const way = "const out = parent; window.postMessage = data => out.postMessage(data, '*');"
        + "window.importScripts = (...all) => all.reduce((before, one) => before.then(() => new Promise(done => {"
        + "const script = document.createElement('script'); script.src = one; script.onload = done;"
        + "document.body.append(script) })), Promise.resolve())"
      frame.srcdoc = `<!doctype html><body><script>${way}</` + `script><script src="${script}"></` + "script>"
      document.addEventListener("DOMContentLoaded", () => document.body.append(frame), { once: true })
      if (document.body) document.body.append(frame)
    }

    postMessage(data) {
      this.ready.then(() => {
        this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data, source: window }))
      })
    }

    terminate() {
      this.frame.remove()
    }
  }
}
